/** What the tests of the runner share: fixtures, the command line as a process, and what it must not leave behind. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { notebookProblems } from "../../src/notebook/document.js";
import type { NotebookOutcome } from "../../src/notebook/execute.js";
import { endMarkedProcesses, markedProcesses, markVariable } from "../../src/notebook/processes.js";

export const fixture = (name: string): string => path.join(__dirname, "..", "fixtures", "notebooks", `${name}.ipynb`);

/** Every process that these tests start, at whatever distance, carries this token. */
export const token: string = randomUUID();
process.env[markVariable] = token;
// Under GitHub Actions too: notebooks that fail on purpose do not belong into its annotations and summary.
delete process.env.GITHUB_ACTIONS;
delete process.env.GITHUB_STEP_SUMMARY;

/** A folder for one test file's results and temporary files, removed at its end. */
export const workFolder: string = mkdtempSync(path.join(tmpdir(), "snc-test-"));
process.env.TMPDIR = workFolder;
after(async () => {
  await endMarkedProcesses(token);
  rmSync(workFolder, { recursive: true, force: true });
});

let folders = 0;
export const newFolder = (): string => path.join(workFolder, `out-${++folders}`);

/** Asserts that nothing runs any more that was started here; the watchdog may take a moment to see that it can go. */
export async function assertNothingLeft(): Promise<void> {
  let left: number[] = [];
  for (const until = Date.now() + 5000; Date.now() < until; await sleep(50)) {
    left = markedProcesses(token);
    if (left.length === 0) break;
  }
  const names = await Promise.all(left.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  assert.deepEqual(names, [], "processes left behind");
  assert.deepEqual(temporaryFiles(workFolder), [], "temporary files left behind");
}

/** The command lines of all processes, those with another environment included. */
export function commandLines(): string[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim()] : [];
    } catch {
      return []; // it ended while we looked
    }
  });
}

/** Waits until a kernel that was started here is there. */
export async function kernelStarted(): Promise<void> {
  const isKernel = (pid: number): boolean => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("launcher.js");
    } catch {
      return false;
    }
  };
  while (!markedProcesses(token).some(isKernel)) await sleep(50);
}

function temporaryFiles(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true }).map(String);
  return names.filter((name) => name.endsWith(".tmp") || /(^|\/)snc-\w{6}$/.test(name));
}

// biome-ignore lint/suspicious/noExplicitAny: a notebook as in its file, read by assertions
export async function readCopy(file: string): Promise<any> {
  const notebook = JSON.parse(await readFile(file, "utf8"));
  assert.deepEqual(notebookProblems(notebook), [], `${file} is a valid notebook`);
  return notebook;
}

/** The text of one cell's output on a stream. */
export function streamOf(notebook: { cells: unknown[] }, cell: number, name = "stdout"): string {
  const { outputs } = notebook.cells[cell] as { outputs: { output_type: string; name?: string; text?: string[] }[] };
  return outputs.flatMap((o) => (o.output_type === "stream" && o.name === name ? (o.text ?? []) : [])).join("");
}

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The events on standard output, as `--format ndjson` prints them, and of them what became of each notebook. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON, read by assertions
  events: any[];
  outcomes: NotebookOutcome[];
  stdout: string;
  stderr: string;
  seconds: number;
}

/** Starts the command line as a process; `result` comes when it has ended. */
export function startCli(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): { child: ChildProcess; result: Promise<CliResult> } {
  const startedAt = Date.now();
  const child = spawn(process.execPath, ["--import", "tsx", path.join(__dirname, "cli.ts"), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
      const seconds = (Date.now() - startedAt) / 1000;
      const events = lines.map((line) => JSON.parse(line));
      const finished = events.filter((event) => event.type === "finished");
      const outcomes = finished.map(({ verdict, ...outcome }) => ({ kind: verdict, ...outcome }));
      resolve({ code, signal, events, outcomes, stdout, stderr, seconds });
    });
  });
  return { child, result };
}

/** `snc run` on a fixture, with its outcome as a value. */
export const runCli = (args: string[], env?: NodeJS.ProcessEnv): Promise<CliResult> =>
  startCli(["run", "--format", "ndjson", "--quiet", ...args], env).result;
