import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { executePlan, type PlanEvent, threadShare } from "../../../src/notebook/plan/execution.js";
import { planNotebooks } from "../../../src/notebook/plan/plan.js";
import { assertNothingLeft, fixture, newFolder, readCopy, runCli, startCli, streamOf } from "../../helpers/runner.js";

interface Options {
  jobs?: number;
  keepGoing?: boolean;
  /** The base names each waits for. */
  dependsOn?: Record<string, string[]>;
  artifact?: () => string;
  totalTimeoutSeconds?: number;
  onEvent?(event: PlanEvent): void;
}

/** Plans and executes notebooks into `out`; verdicts by base name, and every event. */
async function execute(files: string[], out: string, options: Options = {}) {
  const { jobs = 1, keepGoing = false, dependsOn = {}, artifact } = options;
  const logs = path.join(out, "logs");
  const planned = await planNotebooks({ files, folder: out, out, logs, entries: [], parametersOf: () => ({}) });
  const plan = planned.map((notebook) => ({
    ...notebook,
    dependsOn: dependsOn[notebook.name] ?? [],
    reads: artifact ? ["x"] : [],
  }));
  const events: PlanEvent[] = [];
  const outcomes = await executePlan(plan, {
    context: { artifactHash: async () => artifact?.(), backend: async () => "native" },
    jobs,
    keepGoing,
    force: false,
    totalTimeoutSeconds: options.totalTimeoutSeconds,
    onEvent(event) {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  const verdicts = Object.fromEntries(outcomes.map(({ notebook, kind }) => [path.basename(notebook, ".ipynb"), kind]));
  return { outcomes, verdicts, events };
}

/** A fixture under another name. */
async function copyOf(name: string, as: string): Promise<string> {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  await copyFile(fixture(name), path.join(folder, `${as}.ipynb`));
  return path.join(folder, `${as}.ipynb`);
}

test("executed once and left alone the second time; a failure is never cached, nor does it leave the success before it", async () => {
  const out = newFolder();
  const file = await copyOf("ok", "sometimes");
  const good = await readFile(file, "utf8");
  assert.equal((await execute([file], out)).verdicts.sometimes, "ok");
  const copy = await readFile(path.join(out, "sometimes.ipynb"), "utf8");
  assert.equal((await execute([file], out)).verdicts.sometimes, "unchanged");
  await writeFile(file, good.replace("gain * 2", "throw new Error('now')"));
  assert.equal((await execute([file], out)).verdicts.sometimes, "cellError");
  assert.equal((await execute([file], out)).verdicts.sometimes, "cellError");
  await writeFile(file, good);
  const { verdicts, events } = await execute([file], out);
  assert.equal(verdicts.sometimes, "ok", "the copy that lies there is the failure's");
  const started = events.find((event) => event.type === "started");
  assert.match(started?.reason ?? "", /of a failure/);
  assert.equal(await readFile(path.join(out, "sometimes.ipynb"), "utf8"), copy);
  await assertNothingLeft();
});

test("what it read changed while it ran: good, but not recorded", async () => {
  const out = newFolder();
  let artifact = "1".repeat(16);
  const changing = {
    artifact: () => artifact,
    onEvent(event: PlanEvent) {
      if (event.type === "kernelReady") artifact = "2".repeat(16);
    },
  };
  assert.equal((await execute([fixture("ok")], out, changing)).verdicts.ok, "ok");
  assert.equal(existsSync(path.join(out, "ok.key.json")), false);
});

test("--keep-going: what needs a failed notebook is not executed and says so, the others are", async () => {
  const options = { keepGoing: true, dependsOn: { ok: ["throws"] } };
  const files = [fixture("throws"), fixture("ok"), fixture("empty-cell")];
  const { verdicts, outcomes } = await execute(files, newFolder(), options);
  assert.deepEqual(verdicts, { throws: "cellError", ok: "notExecuted", "empty-cell": "ok" });
  const passedOver = outcomes.find(({ kind }) => kind === "notExecuted");
  assert.ok(passedOver?.kind === "notExecuted");
  assert.equal(passedOver.reason, "it needs throws, which did not succeed");
});

test("two jobs: both kernels are there at once, each with its share of the threads", async () => {
  const out = newFolder();
  const files = [await copyOf("threads", "a"), await copyOf("threads", "b")];
  const { events, verdicts } = await execute(files, out, { jobs: 2 });
  assert.deepEqual(verdicts, { a: "ok", b: "ok" });
  const order = events.map(({ type }) => type).filter((type) => type === "started" || type === "finished");
  assert.deepEqual(order, ["started", "started", "finished", "finished"]);
  const share = threadShare(2).TF_NUM_INTRAOP_THREADS;
  for (const name of ["a", "b"])
    assert.equal(streamOf(await readCopy(path.join(out, `${name}.ipynb`)), 1), `${share}\n`);
  await assertNothingLeft();
});

test("threads: the cores divided by the jobs, at least one, and what the user has set is left", () => {
  assert.deepEqual(threadShare(1, 8), { TF_NUM_INTRAOP_THREADS: "8" });
  assert.deepEqual(threadShare(3, 8), { TF_NUM_INTRAOP_THREADS: "2" });
  assert.deepEqual(threadShare(4, 2), { TF_NUM_INTRAOP_THREADS: "1" });
  process.env.TF_NUM_INTRAOP_THREADS = "5";
  try {
    assert.deepEqual(threadShare(2, 8), {});
  } finally {
    delete process.env.TF_NUM_INTRAOP_THREADS;
  }
});

test("snc run --jobs 2: Ctrl-C ends both kernels, the third notebook is not executed, exit code 130", async () => {
  const files = [await copyOf("slow", "a"), await copyOf("slow", "b"), await copyOf("slow", "c")];
  const { child, result } = startCli(["run", "--format", "ndjson", "--jobs", "2", "--out", newFolder(), ...files]);
  let ready = 0;
  child.stdout?.on("data", (text: Buffer) => {
    ready += String(text).split('"kernelReady"').length - 1;
  });
  while (ready < 2 && child.exitCode === null) await sleep(50);
  child.kill("SIGINT");
  const { code, outcomes, events } = await result;
  assert.equal(code, 130);
  assert.deepEqual(outcomes.map(({ kind }) => String(kind)).sort(), ["notExecuted", "stopped", "stopped"]);
  assert.equal(events.at(-1).exitCode, 130);
  await assertNothingLeft();
});

test("snc run --format ndjson: the events of a notebook in turn, its verdict, the summary; --junit beside it", async () => {
  const out = newFolder();
  const junit = path.join(out, "reports", "junit.xml");
  const { code, events } = await runCli([fixture("throws"), "--out", out, "--junit", junit]);
  assert.equal(code, 3);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["planned", "started", "kernelReady", "cellStart", "cellEnd", "cellStart", "output", "finished", "summary"],
  );
  const [planned, started, , , , , output, finished, summary] = events;
  const named = { notebook: fixture("throws"), output: path.join(out, "throws.ipynb"), dependsOn: [] };
  assert.deepEqual(planned.notebooks, [{ ...named, estimateSeconds: null }]);
  assert.equal(started.reason, "no successful execution is recorded");
  assert.equal(output.tail, "before");
  assert.deepEqual([finished.verdict, finished.evalue, finished.cell.cellIndex], ["cellError", "bad 1", 2]);
  assert.deepEqual([summary.ok, summary.failed, summary.exitCode], [0, 1, 3]);
  for (const { time } of events) assert.ok(!Number.isNaN(Date.parse(time)));
  assert.match(
    await readFile(junit, "utf8"),
    /<testsuite name="[^"]*throws\.ipynb" time="[^"]*" tests="2" failures="1"/,
  );
});

test("snc run --dry-run says what would be executed and why, and executes nothing", async () => {
  const out = newFolder();
  const files = [fixture("ok"), fixture("throws")];
  const dryRun = async (...args: string[]): Promise<string> => {
    const { code, stdout } = await startCli(["run", "--dry-run", "--out", out, ...args]).result;
    assert.equal(code, 0);
    return stdout;
  };
  const first = await dryRun(...files);
  assert.match(first, /ok\.ipynb +execute +unknown +no successful execution is recorded\n/);
  assert.match(first, /\n2 to execute: no earlier time of 2 of them\n$/);
  assert.equal(existsSync(out), false);
  await runCli([fixture("ok"), "--out", out]);
  const second = await dryRun(...files);
  assert.match(second, /ok\.ipynb +skip +[\d.]+ s +unchanged\n/);
  assert.match(second, /\n1 to execute: no earlier time of 1 of them\n$/);
  const forced = await dryRun("--force", fixture("ok"));
  assert.match(forced, /execute +[\d.]+ s +--force\n1 to execute: about [\d.]+ s one after another\n$/);
});

test("all together have a limit: the one it falls into is ended, one after it is not begun", async () => {
  const files = [await copyOf("slow", "first"), await copyOf("ok", "second")];
  const options = { keepGoing: true, totalTimeoutSeconds: 3 };
  const { outcomes } = await execute(files, newFolder(), options);
  const limits = outcomes.map((outcome) => (outcome.kind === "timeout" ? outcome.limit : outcome.kind));
  assert.deepEqual(limits, ["notebook", "total"]);
  await assertNothingLeft();
});
