import { appendFile, readFile } from "node:fs/promises";
import path from "node:path";
import { verdictCounts, verdictMarkdown } from "../claims/report.js";
import { isFailure, type PlanOutcome } from "../notebook/plan/outcome.js";
import { cellName, describeFailure, type NotebookFailure } from "../notebook/run/outcome.js";
import { expectationMarkdown } from "./expectation.js";
import type { JudgedClaims } from "./junit.js";

/** Whether the output is read by GitHub Actions, which takes lines that begin with `::` as commands. */
export const isGitHubActions = (env: NodeJS.ProcessEnv = process.env): boolean => env.GITHUB_ACTIONS === "true";

const escapeMessage = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string): string => escapeMessage(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** The workflow command that marks a failure at its line of the notebook file, whose text is `source`. */
export function annotation(failure: NotebookFailure, source: string, workspace: string): string {
  const file = path.relative(workspace, path.resolve(failure.notebook)).split(path.sep).join("/");
  const cell = "cell" in failure ? failure.cell : null;
  const title = cell ? `${path.basename(file)}, ${cellName(cell.executionCount)}` : path.basename(file);
  const message = `${failure.ename}: ${failure.evalue}`;
  const line = cell ? lineOf(cell.source, source) + lineInCell(failure) : 1;
  const properties = { file, line: String(line), title };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::error ${list.join(",")}::${escapeMessage(message)}`;
}

/** The line, from 1, on which a cell's source begins in a notebook file; 1 where it is not found. */
function lineOf(cell: string, notebook: string): number {
  const wanted = cell.match(/[^\n]*\n|[^\n]+/g)?.map((line) => JSON.stringify(line)) ?? [];
  const lines = notebook.split("\n").map((line) => line.trim().replace(/,$/, ""));
  const at = lines.findIndex((_, i) => wanted.length > 0 && wanted.every((line, k) => lines[i + k] === line));
  return Math.max(0, at) + 1;
}

/** The line, from 0, of the failing cell that the compiler or the stack names; 0 where they name none. */
function lineInCell(failure: NotebookFailure): number {
  const count = "cell" in failure ? failure.cell?.executionCount : undefined;
  const place = /^(\d+):\d+ - TS\d+/.exec(failure.evalue)?.[1];
  const frame = new RegExp(`cell \\[${count}\\]:(\\d+):`).exec(failure.traceback.join("\n"))?.[1];
  return Number(place ?? frame ?? 1) - 1;
}

/** Text that a reader of the log sees as it is: no line of it is taken as a workflow command. `token` must be fresh. */
export const withoutCommands = (text: string, token: string): string =>
  `::stop-commands::${token}\n${text}\n::${token}::`;

const cellText = (text: string): string =>
  text
    .replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
    .replace(/[\\`*_[\]|]/g, "\\$&")
    .replace(/\s+/g, " ");

/** Markdown for the summary of a job: a table of the notebooks, then each failure in full. */
export function markdownSummary(outcomes: readonly PlanOutcome[]): string {
  const rows = outcomes.map((outcome) => {
    const seconds = outcome.kind === "notExecuted" ? "" : outcome.seconds.toFixed(1);
    const why =
      outcome.kind === "notExecuted" ? outcome.reason : isFailure(outcome) ? `${outcome.ename}: ${outcome.evalue}` : "";
    return `| ${cellText(outcome.notebook)} | ${outcome.kind} | ${seconds} | ${cellText(why)} |`;
  });
  const failures = outcomes.filter(isFailure).map((failure) => {
    const text = describeFailure(failure);
    const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
    const fence = "`".repeat(longest + 1);
    return `<details><summary>${cellText(failure.notebook)}</summary>\n\n${fence}text\n${text}\n${fence}\n\n</details>\n`;
  });
  return ["## Notebooks\n", "| notebook | verdict | seconds | |\n|---|---|---:|---|", ...rows, "", ...failures].join(
    "\n",
  );
}

/** Tells GitHub Actions, where it runs this: an annotation per failure on standard error, and the summary of the job. */
export async function reportToGitHub(outcomes: readonly PlanOutcome[], env = process.env): Promise<void> {
  if (isGitHubActions(env)) {
    for (const failure of outcomes.filter(isFailure)) {
      const source = await readFile(failure.notebook, "utf8").catch(() => "");
      process.stderr.write(`${annotation(failure, source, env.GITHUB_WORKSPACE ?? process.cwd())}\n`);
    }
  }
  if (env.GITHUB_STEP_SUMMARY) await appendFile(env.GITHUB_STEP_SUMMARY, `${markdownSummary(outcomes)}\n`);
}

/** Adds the verdicts to the summary of the job, where GitHub Actions runs this: a table, and what is not as expected. */
export async function reportClaimsToGitHub({ checked, expectation }: JudgedClaims, env = process.env): Promise<void> {
  if (!env.GITHUB_STEP_SUMMARY) return;
  const text = ["## Claims", `${verdictCounts(checked)}.`, expectationMarkdown(expectation), verdictMarkdown(checked)];
  await appendFile(env.GITHUB_STEP_SUMMARY, `${text.join("\n\n")}\n`);
}
