/** The runner itself is stopped, killed, disturbed: no process, no half-written file, no false success. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { on } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFolder } from "../../../src/base/files.js";
import { stream } from "../../../src/base/random.js";
import { Kernel } from "../../../src/notebook/kernel/kernel.js";
import { markedProcesses } from "../../../src/notebook/kernel/processes.js";
import {
  assertCleanEnd,
  assertNothingLeft,
  type CliResult,
  fixture,
  kernelStarted,
  newFolder,
  readCopy,
  runCli,
  startCli,
  streamOf,
  token,
  workFolder,
} from "../../helpers/runner.js";
import { tableRow } from "../../helpers/table-row.js";

/** The row of one or more runs under one fault. */
const report = (t: TestContext, fault: string, verdict: string, results: CliResult[]): void =>
  tableRow(t, {
    fault,
    verdict,
    exit: [...new Set(results.map(({ code, signal }) => String(code ?? signal)))].join(", "),
    seconds: Math.max(...results.map(({ seconds }) => seconds)).toFixed(1),
    "processes left": results.reduce((sum, { processesLeft }) => sum + processesLeft.length, 0),
  });

/** How long the slow notebook takes in milliseconds where four run at once, as below, on this machine. */
async function slowTakes(): Promise<number> {
  const runs = await Promise.all([1, 2, 3, 4].map(() => runCli([fixture("slow"), "--out", newFolder()])));
  return 1000 * Math.min(...runs.map(({ seconds }) => seconds));
}

let measured: Promise<number> | undefined;

/** Moments, in milliseconds, from before the program listens to the notebook's last cells: the same shares in every run. */
async function moments(count: number): Promise<number[]> {
  measured ??= slowTakes();
  const [random, duration] = [stream(7, "faults"), await measured];
  return Array.from({ length: count }, (_, i) => Math.round(100 + ((i + random.uniform()) * duration) / count));
}

/** What a run that was stopped has saved: its verdict, or "no copy"; a copy is always whole. */
async function savedVerdict(folder: string, notebook: string): Promise<string> {
  const file = path.join(folder, `${notebook}.ipynb`);
  return existsSync(file) ? (await readCopy(file)).metadata.snc.verdict : "no copy";
}

interface Signalled {
  result: CliResult;
  verdict: string;
}

/**
 * Runs a notebook, sends the signal to its whole group as a terminal does, so long after it printed this, and asserts a
 * clean end.
 */
async function signalled(
  signal: NodeJS.Signals,
  moment: number,
  { notebook = "slow", printed }: { notebook?: string; printed?: RegExp } = {},
): Promise<Signalled> {
  const folder = newFolder();
  const { child, result } = startCli(["run", "--format", "ndjson", fixture(notebook), "--out", folder]);
  if (printed)
    for await (const [text] of on(child.stdout!, "data", { close: ["end"] })) if (printed.test(String(text))) break;
  await sleep(moment);
  if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal);
  const ended = await result;
  assertCleanEnd(ended, folder);
  return { result: ended, verdict: await savedVerdict(folder, notebook) };
}

/** What a run that got this signal says by its exit code is what its copy says. */
function assertAgrees({ result, verdict }: Signalled, signal: NodeJS.Signals, code: number): void {
  const has = (type: string): boolean => result.events.some((event) => event.type === type);
  if (result.signal === signal)
    assert.equal(verdict, has("summary") ? "ok" : "no copy"); // before the program listened, or after all it does
  else if (result.code === 0)
    assert.equal(verdict, "ok"); // it was faster
  // else it ran, or was still being planned
  else assert.deepEqual([result.code, verdict], [code, has("started") ? "stopped" : "no copy"], result.stderr);
}

const inOrder = (verdicts: string[]): string => [...new Set(verdicts)].sort().join(", ");

for (const [signal, code, count] of [
  ["SIGINT", 130, 20],
  ["SIGTERM", 143, 5],
] as const) {
  test(`${signal} at ${count} moments: what ran so far is saved as a failure`, { concurrency: 4 }, async (t) => {
    const runs: Signalled[] = [];
    const chosen = await moments(count);
    await Promise.all(
      chosen.map((moment) =>
        t.test(`after ${moment} ms`, async () => {
          const run = await signalled(signal, moment);
          runs.push(run);
          assertAgrees(run, signal, code);
        }),
      ),
    );
    assert.ok(runs.some(({ verdict }) => verdict === "stopped"));
    report(
      t,
      `${signal} of the runner × ${count}`,
      inOrder(runs.map(({ verdict }) => verdict)),
      runs.map((run) => run.result),
    );
  });
}

test("SIGINT while a notebook ends: what its copy says, the exit code says", { concurrency: 4 }, async (t) => {
  const runs: Signalled[] = [];
  const [printed, afterLastCell] = [/"cellEnd","cellIndex":3/, Array.from({ length: 12 }, (_, i) => 10 * i)];
  await Promise.all(
    afterLastCell.map((moment) =>
      t.test(`${moment} ms after its last cell`, async () => {
        const run = await signalled("SIGINT", moment, { notebook: "ok", printed });
        runs.push(run);
        assertAgrees(run, "SIGINT", 130);
      }),
    ),
  );
  const results = runs.map(({ result }) => result);
  report(t, "SIGINT while a notebook ends × 12", inOrder(runs.map(({ verdict }) => verdict)), results);
});

test("SIGKILL of the runner at 20 moments leaves no process and no copy", { concurrency: 4 }, async (t) => {
  const runs: Signalled[] = [];
  const chosen = await moments(20);
  await Promise.all(
    chosen.map((moment) =>
      t.test(`after ${moment} ms`, async () => {
        const run = await signalled("SIGKILL", moment);
        runs.push(run);
        const { code, events } = run.result;
        const of = (type: string) => events.filter((event) => event.type === type);
        const isBeyondCells = of("cellEnd").length === of("kernelReady")[0]?.cells; // the copy may be there, or not yet
        assert.ok(
          (code === 0 ? ["ok"] : ["no copy", ...(isBeyondCells ? ["ok"] : [])]).includes(run.verdict),
          run.verdict,
        );
      }),
    ),
  );
  assert.ok(runs.some(({ result }) => result.signal === "SIGKILL"));
  report(
    t,
    "SIGKILL of the runner × 20",
    inOrder(runs.map(({ verdict }) => verdict)),
    runs.map((run) => run.result),
  );
});

test("SIGKILL of the runner and of its watchdog: the kernel sees that its parent is gone", async (t) => {
  const { child, result } = startCli(["run", fixture("slow"), "--out", newFolder()]);
  await kernelStarted();
  await sleep(2000);
  const watchdogs = markedProcesses(token).filter((pid) => commandOf(pid).includes("watchdog"));
  assert.equal(watchdogs.length, 1);
  process.kill(watchdogs[0], "SIGKILL");
  child.kill("SIGKILL");
  const ended = await result;
  report(t, "SIGKILL of the runner and its watchdog", "no copy", [ended]);
  assert.deepEqual([ended.processesLeft, ended.filesLeft], [[], []]);
});

const commandOf = (pid: number): string => spawnSync("cat", [`/proc/${pid}/cmdline`], { encoding: "utf8" }).stdout;

test("two runners at once into one folder: both end well and the copy is whole", async (t) => {
  const folder = newFolder();
  const results = await Promise.all([1, 2].map(() => runCli([fixture("ok"), "--out", folder])));
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0],
    results.map((r) => r.stderr).join(),
  );
  assert.equal(streamOf(await readCopy(path.join(folder, "ok.ipynb")), 1), "out 3\n");
  for (const result of results) assertCleanEnd(result, folder);
  report(t, "two runners, one folder", inOrder(results.map(({ outcomes }) => outcomes[0].kind)), results);
});

test("a port that is taken: the kernel says so and ends; the client takes others", async (t) => {
  const startedAt = performance.now();
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const file = path.join(workFolder, "taken.json");
  const ports = { shell_port: port, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: 0 };
  await writeFile(
    file,
    JSON.stringify({ transport: "tcp", ip: "127.0.0.1", key: "k", signature_scheme: "hmac-sha256", ...ports }),
  );
  const launcher = path.join(packageFolder, "dist", "notebook", "tslab", "launcher.js");
  const { status, stderr } = spawnSync(process.execPath, [launcher, file], { encoding: "utf8", timeout: 20_000 });
  assert.equal(status, 71);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  tableRow(t, {
    fault: "a port taken",
    verdict: "cannot listen",
    exit: String(status),
    seconds,
    "processes left": markedProcesses(token).length,
  });
  assert.match(stderr, new RegExp(`cannot listen on tcp://127\\.0\\.0\\.1:${port}: Address already in use`));
  taken.close();
  const kernel = await Kernel.start({ cwd: workFolder, transport: "tcp" });
  assert.equal((await kernel.execute("1 + 1").reply).content.status, "ok");
  await kernel.shutdown();
  await assertNothingLeft();
});

/** A run whose executed copy does not fit: the machine's failure, with nothing half-written. */
async function assertDoesNotFit(t: TestContext, fault: string, folder: string, through: string[] = []): Promise<void> {
  const result = await runCli([fixture("burst"), "--out", folder], {}, through);
  report(t, fault, "no copy", [result]);
  assert.equal(result.code, 6, result.stderr);
  assert.match(
    result.stderr,
    /burst\.ipynb: found (no space left \(ENOSPC\)|a limit on the size of files \(EFBIG\))\. /,
  );
  assert.equal(existsSync(path.join(folder, "burst.ipynb")), false);
  assertCleanEnd(result, folder);
}

test("a full disk: the error names the copy, nothing half-written is left", async (t) => {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { encoding: "utf8" });
  if (mounted.status !== 0) return t.skip(`a small disk cannot be mounted here: ${mounted.stderr ?? mounted.error}`);
  try {
    await assertDoesNotFit(t, "a full disk", folder);
  } finally {
    spawnSync("umount", [folder]);
  }
});

test("so with a limit on the size of files, which needs no rights", (t) =>
  assertDoesNotFit(t, "a limit on file size", newFolder(), ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh"]));

test("no room for temporary files is a failure of the machine", async (t) => {
  const missing = newFolder();
  const result = await runCli([fixture("ok"), "--out", newFolder()], { TMPDIR: missing });
  report(t, "no temporary folder", "none", [result]);
  assert.equal(result.code, 6, result.stderr);
  assert.match(result.stderr, /cannot be written: ENOENT.*TMPDIR/s);
});

test("a folder that cannot be written is a failure of the machine, told before anything runs", async () => {
  const file = path.join(workFolder, "not-a-folder");
  await writeFile(file, "");
  const { code, stderr } = await runCli([fixture("ok"), "--out", file]);
  assert.equal(code, 6, stderr);
  assert.match(stderr, /not-a-folder/);
});
