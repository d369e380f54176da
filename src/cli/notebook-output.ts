import { randomUUID } from "node:crypto";
import path from "node:path";
import { type Bar, type Reporter, silent, stderrReporter } from "../base/progress.js";
import type { PlanEvent } from "../notebook/plan/execution.js";
import { isFailure, type PlanOutcome } from "../notebook/plan/outcome.js";
import { describeFailure, describeWarning } from "../notebook/run/outcome.js";
import { isGitHubActions, withoutCommands } from "../report/github.js";
import type { GlobalOptions } from "./options.js";

type OutputOptions = Pick<GlobalOptions, "format" | "quiet"> & { jobs: number };

/** How many notebooks ended how. */
interface Summary {
  type: "summary";
  ok: number;
  unchanged: number;
  failed: number;
  notExecuted: number;
  seconds: number;
  exitCode: number;
}

/** What shows the events of a plan as they come: lines of JSON for `ndjson`; else progress and, for `text`, verdicts. */
export function notebookOutput({ format, quiet, jobs }: OutputOptions): (event: PlanEvent) => void {
  if (format === "ndjson") return printEvent;
  const reporter = quiet ? silent : jobs > 1 ? stderrReporter({ bars: false }) : stderrReporter();
  const progress = progressOf(reporter);
  return (event) => {
    progress(event);
    if (event.type === "finished" && format === "text") printVerdict(event.outcome);
  };
}

/** Prints an event as a line of JSON, with its time; what a `finished` one says of its notebook is in the line itself. */
export function printEvent(event: PlanEvent | Summary): void {
  const time = new Date().toISOString();
  const line = event.type === "finished" ? { type: event.type, time, ...asVerdict(event.outcome) } : { time, ...event };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const asVerdict = ({ kind, ...outcome }: PlanOutcome) => ({ verdict: kind, ...outcome });

/** Why each notebook is executed, and a bar over its cells. */
function progressOf(reporter: Reporter): (event: PlanEvent) => void {
  const bars = new Map<string, Bar>();
  return (event) => {
    if (event.type === "started") reporter.line(`${event.notebook}: executing: ${event.reason}`);
    if (event.type === "kernelReady")
      bars.set(event.notebook, reporter.bar(path.basename(event.notebook), event.cells, "cells"));
    if (event.type === "cellEnd") bars.get(event.notebook)?.advance();
    if (event.type === "finished") bars.get(event.outcome.notebook)?.finish();
  };
}

/** One line on standard output; a failure in full on standard error, in one piece. */
function printVerdict(outcome: PlanOutcome): void {
  process.stdout.write(`${outcome.notebook}: ${verdictOf(outcome)}\n`);
  if (outcome.kind === "ok")
    for (const warning of outcome.warnings ?? [])
      process.stderr.write(`${outcome.notebook}: warning: ${describeWarning(warning)}\n`);
  if (!isFailure(outcome)) return;
  const description = describeFailure(outcome);
  process.stderr.write(`${isGitHubActions() ? withoutCommands(description, randomUUID()) : description}\n`);
}

function verdictOf(outcome: PlanOutcome): string {
  if (outcome.kind === "notExecuted") return `not executed: ${outcome.reason}`;
  const verdict = isFailure(outcome) ? `failed (${outcome.kind})` : outcome.kind;
  const when = outcome.kind === "unchanged" ? " before" : "";
  return `${verdict}, ${outcome.executedCells} cells, ${outcome.seconds.toFixed(1)} s${when}`;
}
