/** What the browser tests share: a private folder and a mark, so that nothing they start or write stays behind. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireGuard } from "../../../src/notebook/kernel/guard.js";
import {
  endMarkedProcesses,
  extendMark,
  markedProcesses,
  markVariable,
} from "../../../src/notebook/kernel/processes.js";
import { within } from "../../../src/notebook/kernel/waiting.js";

/** Its watchdog cleans up also where this process is killed. */
const guard = acquireGuard();
process.env[markVariable] = extendMark(guard.token); // every process started from now on carries it
process.env.TMPDIR = temporaryFolder("tmp");
process.env.SNC_RESULTS = temporaryFolder("results");

const tasks: (() => Promise<unknown>)[] = [];

/** Does this when the tests of the file have ended, well or badly, the latest first; what then still runs is killed. */
export function atEnd(task: () => Promise<unknown>): void {
  tasks.unshift(task);
}

after(async () => {
  try {
    for (const task of tasks) await within(20, task());
  } finally {
    await endMarkedProcesses(guard.token);
    guard.release();
  }
});

/** A folder of this name for temporary files, removed at the end. */
export function temporaryFolder(name: string): string {
  const folder = path.join(guard.folder, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The processes started here that still run and have this text in their command line. */
export async function runningWith(text: string): Promise<number[]> {
  const pids = markedProcesses(guard.token);
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return pids.filter((_, i) => commands[i].includes(text));
}

/** Asks again and again until there is an answer. */
export async function until<T>(seconds: number, what: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  assert.fail(`expected ${what} within ${seconds} s`);
}
