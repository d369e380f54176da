/** The runner itself is stopped, killed, disturbed: no process, no half-written file, no false success. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Kernel } from "../../src/notebook/kernel.js";
import { markedProcesses } from "../../src/notebook/processes.js";
import { stream } from "../../src/random.js";
import {
  assertNothingLeft,
  fixture,
  kernelStarted,
  newFolder,
  readCopy,
  runCli,
  startCli,
  streamOf,
  token,
  workFolder,
} from "../notebook/runner.js";

const random = stream(7, "faults");
/** Moments from before the kernel's start to the middle of the notebook, the same in every run of the tests. */
const moments = Array.from({ length: 6 }, (_, i) => Math.round(300 + (i + random.uniform()) * 700));

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  for (const moment of moments) {
    test(`${signal} after ${moment} ms: what ran so far is saved as a failure`, async () => {
      const folder = newFolder();
      const { child, result } = startCli(["run", "--format", "ndjson", fixture("slow"), "--out", folder]);
      await sleep(moment);
      child.kill(signal);
      const ended = await result;
      if (ended.signal === null) {
        assert.equal(ended.code, code, ended.stderr);
        assert.equal(ended.outcomes.length, 1);
        if (ended.events.some((event) => event.type === "started")) {
          const copy = await readCopy(path.join(folder, "slow.ipynb"));
          assert.equal(copy.metadata.snc.verdict, "stopped");
        } else assert.equal(existsSync(path.join(folder, "slow.ipynb")), false); // stopped while it was planned
      } else assert.equal(existsSync(path.join(folder, "slow.ipynb")), false); // before the program listened
      await assertNothingLeft();
    });
  }
}

for (const moment of moments) {
  test(`SIGKILL of the runner after ${moment} ms leaves no process and no copy`, async () => {
    const folder = newFolder();
    const { child, result } = startCli(["run", fixture("slow"), "--out", folder]);
    await sleep(moment);
    child.kill("SIGKILL");
    await result;
    await assertNothingLeft();
    assert.equal(existsSync(path.join(folder, "slow.ipynb")), false);
  });
}

test("SIGKILL of the runner and of its watchdog: the kernel sees that its parent is gone", async () => {
  const { child, result } = startCli(["run", fixture("slow"), "--out", newFolder()]);
  await kernelStarted();
  await sleep(2000);
  const watchdogs = markedProcesses(token).filter((pid) => commandOf(pid).includes("watchdog"));
  assert.equal(watchdogs.length, 1);
  process.kill(watchdogs[0], "SIGKILL");
  child.kill("SIGKILL");
  await result;
  for (let i = 0; i < 100 && markedProcesses(token).length > 0; i++) await sleep(50);
  assert.deepEqual(markedProcesses(token).map(commandOf), []);
  await assertNothingLeft();
});

const commandOf = (pid: number): string => spawnSync("cat", [`/proc/${pid}/cmdline`], { encoding: "utf8" }).stdout;

test("two runners at once into one folder: both end well and the copy is whole", async () => {
  const folder = newFolder();
  const results = await Promise.all([1, 2].map(() => runCli([fixture("ok"), "--out", folder])));
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0],
    results.map((r) => r.stderr).join(),
  );
  assert.equal(streamOf(await readCopy(path.join(folder, "ok.ipynb")), 1), "out 3\n");
  await assertNothingLeft();
});

test("a port that is taken: the kernel says so and ends; the client takes others", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as { port: number };
  const file = path.join(workFolder, "taken.json");
  const ports = { shell_port: port, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: 0 };
  await writeFile(
    file,
    JSON.stringify({ transport: "tcp", ip: "127.0.0.1", key: "k", signature_scheme: "hmac-sha256", ...ports }),
  );
  const launcher = path.join(__dirname, "..", "..", "dist", "notebook", "launcher.js");
  const { status, stderr } = spawnSync(process.execPath, [launcher, file], { encoding: "utf8", timeout: 20_000 });
  assert.equal(status, 71);
  assert.match(stderr, new RegExp(`cannot listen on tcp://127\\.0\\.0\\.1:${port}: Address already in use`));
  taken.close();
  const kernel = await Kernel.start({ cwd: workFolder, transport: "tcp" });
  assert.equal((await kernel.execute("1 + 1").reply).content.status, "ok");
  await kernel.shutdown();
  await assertNothingLeft();
});

test("a full disk: the error names the copy, nothing half-written is left", async (t) => {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { encoding: "utf8" });
  if (mounted.status !== 0) return t.skip(`a small disk cannot be mounted here: ${mounted.stderr ?? mounted.error}`);
  try {
    const { code, stderr } = await runCli([fixture("burst"), "--out", folder]);
    assert.equal(code, 6, stderr);
    assert.match(stderr, /burst\.ipynb: the executed copy cannot be written: ENOSPC/);
    assert.equal(existsSync(path.join(folder, "burst.ipynb")), false);
    await assertNothingLeft();
  } finally {
    spawnSync("umount", [folder]);
  }
});

test("a folder that cannot be written is a failure of the machine, told before anything runs", async () => {
  const file = path.join(workFolder, "not-a-folder");
  await writeFile(file, "");
  const { code, stderr } = await runCli([fixture("ok"), "--out", file]);
  assert.equal(code, 6, stderr);
  assert.match(stderr, /not-a-folder/);
});
