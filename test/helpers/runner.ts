/** What the tests of the runner share: fixtures, the command line as a process, and what it must not leave behind. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { endMarkedProcesses, markedProcesses, markVariable } from "../../src/notebook/kernel/processes.js";
import { notebookProblems } from "../../src/notebook/run/document.js";
import type { NotebookOutcome } from "../../src/notebook/run/outcome.js";
import { fixtures, program } from "./paths.js";

export const fixture = (name: string): string => path.join(fixtures, "notebooks", `${name}.ipynb`);

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

/** Command lines of what still runs with this token; a watchdog may take a moment to see that it can go. */
async function processesLeft(mark: string): Promise<string[]> {
  let left = markedProcesses(mark);
  for (const until = Date.now() + 5000; left.length > 0 && Date.now() < until; left = markedProcesses(mark))
    await sleep(50);
  return left.map(commandLineOf);
}

/** Asserts that nothing runs any more that was started here. */
export async function assertNothingLeft(): Promise<void> {
  assert.deepEqual(await processesLeft(token), [], "processes left behind");
  assert.deepEqual(temporaryFiles(workFolder), [], "temporary files left behind");
}

/** The command line of a process; empty where it has ended. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return ""; // it ended while we looked
  }
}

/** The command lines of all processes, those with another environment included. */
export const commandLines = (): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => commandLineOf(Number(name)));

/** Waits until a kernel that was started here is there. */
export async function kernelStarted(): Promise<void> {
  const isKernel = (pid: number): boolean => commandLineOf(pid).includes("launcher.js");
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
  /** Command lines of the processes, and names of the temporary files, that it left behind. */
  processesLeft: string[];
  filesLeft: string[];
}

/**
 * Starts the built command line as a process, in a group of its own like a terminal's; `result` comes when it has ended.
 * `through` is a command that starts it. Runs side by side do not see each other's leftovers.
 */
export function startCli(
  args: string[],
  env: NodeJS.ProcessEnv = {},
  through: string[] = [],
): { child: ChildProcess; result: Promise<CliResult> } {
  const startedAt = Date.now();
  const own = randomUUID();
  const temporary = mkdtempSync(path.join(workFolder, "t-"));
  const [command, ...rest] = [...through, process.execPath, program, ...args];
  const child = spawn(command, rest, {
    detached: true,
    env: { ...process.env, TMPDIR: temporary, [markVariable]: `${token},${own}`, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve([code, signal]));
  });
  const result = ended.then(async ([code, signal]): Promise<CliResult> => {
    const seconds = (Date.now() - startedAt) / 1000;
    const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
    const events = args.includes("ndjson") ? lines.map((line) => JSON.parse(line)) : [];
    const finished = events.filter((event) => event.type === "finished");
    const outcomes = finished.map(({ verdict, ...outcome }) => ({ kind: verdict, ...outcome }));
    const left = await processesLeft(own);
    return {
      code,
      signal,
      events,
      outcomes,
      stdout,
      stderr,
      seconds,
      processesLeft: left,
      filesLeft: temporaryFiles(temporary),
    };
  });
  return { child, result };
}

/** Asserts that a run left no process, no temporary file, and nothing half-written in its results folder. */
export function assertCleanEnd({ processesLeft, filesLeft }: CliResult, folder: string): void {
  assert.deepEqual(processesLeft, [], "processes left behind");
  assert.deepEqual(
    [...filesLeft, ...(existsSync(folder) ? temporaryFiles(folder) : [])],
    [],
    "temporary files left behind",
  );
}

/** `snc run` on a fixture, with its outcome as a value. */
export const runCli = (args: string[], env?: NodeJS.ProcessEnv, through?: string[]): Promise<CliResult> =>
  startCli(["run", "--format", "ndjson", "--quiet", ...args], env, through).result;
