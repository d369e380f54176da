/** What suites of faults share: a fixture notebook per fault, executed by the command line, with a row in the suite's table. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { NotebookOutcome } from "../../src/notebook/run/outcome.js";
import { type CliResult, fixture, newFolder, runCli } from "./runner.js";
import { tableRow } from "./table-row.js";

export interface Fault {
  fixture: string;
  says: string;
  kind: string;
  code: number;
  /** Index of the failing cell. */
  cell?: number;
  error?: RegExp;
  args?: string[];
  env?: NodeJS.ProcessEnv;
  // biome-ignore lint/suspicious/noExplicitAny: the copy as in its file
  check?(copy: any, result: CliResult): Promise<void> | void;
}

/** Executes a fault's notebook and asserts its verdict, exit code, failing cell and error. */
export async function runFault(
  t: TestContext,
  { fixture: name, kind, code, cell, error, args = [], env }: Fault,
): Promise<{ folder: string; result: CliResult; outcome: NotebookOutcome }> {
  const folder = newFolder();
  const result = await runCli([fixture(name), "--out", folder, ...args], env);
  const [outcome] = result.outcomes;
  assert.ok(outcome, result.stderr);
  tableRow(t, {
    fault: [name, ...args].join(" "),
    verdict: outcome.kind,
    exit: String(result.code),
    seconds: result.seconds.toFixed(1),
    "processes left": result.processesLeft.length,
  });
  assert.deepEqual([outcome.kind, result.code], [kind, code], JSON.stringify(outcome, null, 1).slice(0, 3000));
  if (cell !== undefined) assert.equal("cell" in outcome && outcome.cell?.cellIndex, cell);
  if (error) assert.match(outcome.kind === "ok" ? "" : `${outcome.ename}: ${outcome.evalue}`, error);
  return { folder, result, outcome };
}
