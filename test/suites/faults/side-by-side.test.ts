/** Trainings in processes of their own: the same bytes as one after another, and no process is left behind. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../../src/base/files.js";
import { program } from "../../helpers/paths.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-side-by-side-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** `snc train` at the smoke profile; `out` also marks its processes. */
const train = (out: string, ...options: string[]) =>
  spawn(process.execPath, [program, "train", "--profile", "smoke", ...options], {
    env: { ...process.env, SNC_RESULTS: path.join(root, out) },
    stdio: "ignore",
  });
const ending = (child: ReturnType<typeof train>): Promise<number | null> =>
  new Promise((resolve, reject) => child.on("exit", resolve).on("error", reject));

/** Processes, by their number, that write to this results folder. */
function processesOf(out: string): number[] {
  const mark = `SNC_RESULTS=${path.join(root, out)}\0`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(mark);
      } catch {
        return false; // gone meanwhile
      }
    });
}

async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !isSo(); waited += 100) {
    assert.ok(waited < 60_000, what);
    await sleep(100);
  }
}

const tables = (out: string): string[] => {
  const runs = path.join(root, out, "latest", "runs");
  return readdirSync(runs, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(arrow|safetensors)$/.test(file))
    .sort()
    .map((file) => `${file} ${sha256(readFileSync(path.join(runs, file)))}`);
};

test("so does a variation, of which each process is told what is set", async () => {
  const varied = ["--run", "0", "--set", "sparsity.lambda1=0.1", "--name", "strong", "--seed", "42,43"];
  assert.equal(await ending(train("variedApart", ...varied, "--jobs", "2")), 0);
  assert.equal(await ending(train("variedInTurn", ...varied, "--jobs", "1")), 0);
  assert.deepEqual(tables("variedApart"), tables("variedInTurn"));
  assert.match(tables("variedApart")[0], /^layer-6\/strong-[0-9a-f]{8}\/seed-42\/density\.arrow /);
});

test("two at a time write the bytes of one after another, and say which run did as the one before", async () => {
  assert.equal(await ending(train("apart", "--run", "1-3", "--jobs", "2")), 0);
  assert.equal(await ending(train("inTurn", "--run", "1-3", "--jobs", "1")), 0);
  assert.deepEqual(tables("apart"), tables("inTurn"));
  const flags = (out: string): unknown[] =>
    [1, 2, 3].map((run) => {
      const file = path.join(root, out, "latest", "runs", "layer-6", `run-${run}`, "seed-42", "run.json");
      return JSON.parse(readFileSync(file, "utf8")).flags;
    });
  assert.deepEqual(flags("apart"), flags("inTurn"));
});

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGKILL", null],
] as const)
  test(`${signal} ends the trainings with the command, exit code ${code}`, async () => {
    const child = train(signal, "--run", "7-9", "--jobs", "2");
    const ended = ending(child);
    await until(() => processesOf(signal).length === 3, "the command and two trainings");
    await sleep(1000);
    child.kill(signal);
    assert.equal(await ended, code);
    await until(() => processesOf(signal).length === 0, "all are gone");
  });
