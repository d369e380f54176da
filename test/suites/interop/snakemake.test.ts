/** The exported workflow under snakemake itself: killed in the middle, gone on with, compared with `snc train`. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { before, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { python, runProgram } from "../../../src/base/command.js";
import { packageFolder } from "../../../src/base/files.js";
import { snc } from "../../helpers/command-line.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";

let program = "";
let skipped: string | undefined;

before(async () => {
  skipped = await whyNoPython();
  if (skipped) return;
  const isNewEnough = await runProgram(python, ["-c", "import sys; print(sys.version_info >= (3, 11))"]);
  if (isNewEnough.trim() !== "True") skipped = "snakemake 9 needs Python 3.11 or newer";
  else program = await pythonWith(path.join(__dirname, "snakemake-requirements.txt"));
});

/** A folder with a Snakefile of the smoke profile, and its result sets below. */
async function workflow(t: TestContext, ...args: string[]) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "snc-snakemake-"));
  t.after(() => rm(folder, { recursive: true, maxRetries: 3 }));
  const results = path.join(folder, "results");
  const out = path.join(folder, "Snakefile");
  const profile = args.includes("--experiment") ? [] : ["--profile", "smoke"];
  const all = ["workflow", "snakemake", ...profile, "--out", out, "--format", "json", ...args];
  const { code, stdout, stderr } = await snc(all, { SNC_RESULTS: results });
  assert.equal(code, 0, stderr);
  return { folder, results, plan: JSON.parse(stdout) as { trainings: number; sets: { name: string }[] } };
}

const snakemake = (...args: string[]): string[] => ["-m", "snakemake", "-j2", "--scheduler", "greedy", ...args];

/** The files below a folder whose names end so. */
const filesBelow = async (folder: string, ending: RegExp): Promise<string[]> =>
  (await readdir(folder, { recursive: true }).catch(() => [])).filter((file) => ending.test(file));

test("snakemake plans a job for each run, layer, seed and reading, and one capture for readings that share it", async (t) => {
  if (skipped) return t.skip(skipped);
  const size = ["--runs", "0-2", "--seeds", "2"];
  const { folder, plan } = await workflow(
    t,
    ...size,
    "--alternatives",
    "inhibition",
    "--alternatives",
    "firstPosition",
  );
  assert.deepEqual([plan.trainings, plan.sets.length], [3 * 2 * 4, 4]);
  const preview = await runProgram(program, snakemake("-n", "--quiet", "rules"), { cwd: folder }).catch(
    (error: Error) => error.message,
  );
  const counts = Object.fromEntries([...preview.matchAll(/^(\w+) +(\d+)$/gm)].map(([, rule, n]) => [rule, Number(n)]));
  assert.deepEqual(counts, { inputs: 1, activations: 2, train: 24, report: 4, all: 1, total: 32 });
});

test("killed in the middle nothing counts as done; gone on with, results have the bytes of snc train and are its own", async (t) => {
  if (skipped) return t.skip(skipped);
  const { folder, results, plan } = await workflow(t, "--runs", "0-1");
  const set = path.join(results, plan.sets[0].name);

  const killed = spawn(program, snakemake("trained"), { cwd: folder, detached: true, stdio: "ignore" });
  const ended = once(killed, "exit");
  while (killed.exitCode === null && (await filesBelow(set, /checkpoint\.bin$/)).length === 0) await sleep(50);
  process.kill(-killed.pid!, "SIGKILL");
  await ended;
  await sleep(500); // its jobs, in the same group, are gone as well
  const half = await filesBelow(path.join(set, "runs"), /run\.json$/);
  assert.ok(half.length < 2, "it was killed before it was done");

  await runProgram(program, snakemake("--unlock"), { cwd: folder });
  await runProgram(program, snakemake("trained", "--rerun-incomplete"), { cwd: folder });
  const files = await filesBelow(path.join(set, "runs"), /\.(arrow|safetensors)$/);
  assert.equal(files.length, 2 * 5);

  const train = ["train", "--profile", "smoke", "--run", "0-1", "--offline", "--format", "json"];
  const plain = path.join(folder, "plain");
  const expected = await snc(train, { SNC_RESULTS: plain });
  assert.equal(expected.code, 0, expected.stderr);
  for (const file of files) {
    const [found, of] = [path.join(set, "runs", file), path.join(plain, plan.sets[0].name, "runs", file)];
    assert.ok((await readFile(found)).equals(await readFile(of)), `${file} differs`);
  }
  const merged = await snc(train, { SNC_RESULTS: results });
  assert.deepEqual(
    JSON.parse(merged.stdout).map((training: { isNew: boolean }) => training.isNew),
    [false, false],
  );
});

test("methods and variations of a specification are jobs as well", async (t) => {
  if (skipped) return t.skip(skipped);
  const given = await mkdtemp(path.join(os.tmpdir(), "snc-specification-"));
  t.after(() => rm(given, { recursive: true }));
  const specification = path.join(given, "methods.json");
  const variations = [
    { method: "batch-top-k", k: 32 },
    { run: 6, name: "target-5", set: { "sparsity.target": 0.05 } },
    { method: "relu" }, // Run 0 itself
  ];
  await writeFile(specification, JSON.stringify({ profile: "smoke", variations }));
  const { folder, results, plan } = await workflow(t, "--experiment", specification, "--runs", "0");
  assert.equal(plan.trainings, 3);
  await runProgram(program, snakemake("trained"), { cwd: folder });
  const trained = await filesBelow(path.join(results, plan.sets[0].name, "runs"), /run\.json$/);
  assert.deepEqual(trained.map((file) => file.split(path.sep)[1].replace(/-[0-9a-f]{8}$/, "")).sort(), [
    "batch-top-k-32",
    "run-0",
    "target-5",
  ]);
});

test("universes that share vectors and start are a job, trained side by side and asked at the end", async (t) => {
  if (skipped) return t.skip(skipped);
  const { folder, results, plan } = await workflow(t, "--multiverse", "--count", "1");
  const { universes, jobs } = plan as unknown as { universes: number; jobs: number };
  assert.deepEqual(
    [universes, jobs],
    [3, 2],
    "the default and other constants share all vectors; another scale does not",
  );
  await runProgram(program, snakemake(), { cwd: folder });
  const [study] = await filesBelow(results, /multiverse\.json$/);
  const bytes = await readFile(path.join(results, study));
  const again = ["multiverse", "run", "--profile", "smoke", "--count", "1", "--format", "json"];
  const { code, stdout, stderr } = await snc(again, { SNC_RESULTS: results });
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /steps\/s/, "all is trained");
  assert.ok((await readFile(path.join(results, study))).equals(bytes));
  assert.equal(JSON.parse(stdout).computed.length, universes);
});

test("a job that fails leaves nothing that counts as done, and snakemake says so", async (t) => {
  if (skipped) return t.skip(skipped);
  const { folder, results, plan } = await workflow(t, "--runs", "0");
  await assert.rejects(
    runProgram(program, snakemake("trained", "--config", "snc=false"), { cwd: folder }),
    /Error in rule inputs/,
  );
  assert.deepEqual(await filesBelow(results, /\.json$/), [`workflow/experiments/${plan.sets[0].name}.json`]);
  const rest = await runProgram(program, snakemake("trained", "-n", "--quiet", "rules"), { cwd: folder });
  assert.match(rest, /^train +1$/m, `${plan.sets[0].name} is still to be trained`);
});

test("snc workflow snakemake does not overwrite a Snakefile that it has not written", async (t) => {
  const { folder } = await workflow(t, "--runs", "0");
  const again = ["workflow", "snakemake", "--profile", "smoke", "--out"];
  assert.equal((await snc([...again, path.join(folder, "Snakefile")])).code, 0);
  const { code, stderr } = await snc([...again, path.join(packageFolder, "package.json")]);
  assert.equal(code, 2);
  assert.match(stderr, /package\.json: expected no file, or one written here/);
});
