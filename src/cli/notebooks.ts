import { readdir } from "node:fs/promises";
import path from "node:path";
import { exitCodes, SncError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import { isFailure, type PlanOutcome } from "../notebook/plan/outcome.js";
import type { PartsContext } from "../notebook/plan/parts.js";
import type { PlannedNotebook, PlanRequest } from "../notebook/plan/plan.js";
import type { GlobalOptions } from "./options.js";
import { stopSignal } from "./stop.js";

/** Which notebooks to execute, and how. */
export interface NotebooksRequest
  extends Pick<GlobalOptions, "format" | "quiet">,
    Pick<PlanRequest, "files" | "folder" | "out" | "logs" | "parametersOf"> {
  context: PartsContext;
  cellTimeout?: number;
  notebookTimeout?: number;
  startupTimeout?: number;
  settleTimeout?: number;
  /** What notebooks leave pending is a failure. */
  strict?: boolean;
  totalTimeout?: number;
  jobs: number;
  keepGoing: boolean;
  force?: boolean;
  /** File for a JUnit report. */
  junit?: string;
  recordTiming?: boolean;
  /** Notebooks that are asked for and left out, and why: they count as skipped. */
  excluded?: readonly Excluded[];
}

interface Excluded {
  notebook: string;
  reason: string;
}

/** Those of the package's notebooks that have all they need in a result set, and those that have not. */
export async function withWhatTheyNeed(
  files: readonly string[],
  { artifactHash }: Pick<PartsContext, "artifactHash">,
): Promise<{ files: string[]; excluded: Excluded[] }> {
  const { readNotebookManifest } = await import("../notebook/plan/manifest.js");
  const entries = await readNotebookManifest();
  const ready: string[] = [];
  const excluded: Excluded[] = [];
  for (const file of files) {
    const needs = Object.entries(entries.find((entry) => entry.file === path.basename(file))!.needs ?? {});
    const hashes = await Promise.all(needs.map(([need]) => artifactHash(need, {})));
    const [lacking] = needs.filter((_, i) => hashes[i] === undefined);
    if (lacking === undefined) ready.push(file);
    else excluded.push({ notebook: file, reason: `${lacking[0]} is not there. Run: ${lacking[1]}` });
  }
  return { files: ready, excluded };
}

/** The package's own notebooks; one without an entry in the manifest, or an entry without one, is an error. */
export async function packageNotebooks(): Promise<string[]> {
  const { assertComplete, notebooksFolder, readNotebookManifest } = await import("../notebook/plan/manifest.js");
  const files = (await readdir(notebooksFolder)).filter((file) => file.endsWith(".ipynb")).sort();
  assertComplete(await readNotebookManifest(), files);
  return files.map((file) => path.relative("", path.join(notebooksFolder, file)));
}

/** The notebooks of a request in the order of execution; nothing has run yet. */
export async function planOf(request: Omit<PlanRequest, "entries">): Promise<PlannedNotebook[]> {
  const { planNotebooks } = await import("../notebook/plan/plan.js");
  const { readNotebookManifest } = await import("../notebook/plan/manifest.js");
  return planNotebooks({ ...request, entries: await readNotebookManifest() });
}

/**
 * Executes what has changed of a plan, prints what becomes of it and reports to those who asked (JUnit, GitHub). Returns
 * the outcomes in the order they came, and the exit code: 0, that of the stop that cut them short, or that of the first failure.
 */
export async function executeNotebooks(
  plan: PlannedNotebook[],
  request: NotebooksRequest,
): Promise<{ outcomes: PlanOutcome[]; code: number }> {
  const { executePlan } = await import("../notebook/plan/execution.js");
  const { notebookOutput, printEvent } = await import("./notebook-output.js");
  const { reportToGitHub } = await import("../report/github.js");
  const { resultsFolder } = await import("../experiment/results/result-set.js");
  const startedAt = performance.now();
  const { context, jobs, keepGoing, force = false } = request;
  const onEvent = notebookOutput(request);
  const excluded = (request.excluded ?? []).map((excluded): PlanOutcome => ({ kind: "notExecuted", ...excluded }));
  for (const outcome of excluded) onEvent({ type: "finished", outcome });
  const executed = await executePlan(plan, {
    context,
    jobs,
    keepGoing,
    force,
    cellTimeoutSeconds: request.cellTimeout,
    notebookTimeoutSeconds: request.notebookTimeout,
    startupTimeoutSeconds: request.startupTimeout,
    settleTimeoutSeconds: request.settleTimeout,
    strict: request.strict,
    totalTimeoutSeconds: request.totalTimeout,
    signal: stopSignal,
    recordTiming: request.recordTiming,
    env: { SNC_RESULTS: resultsFolder() }, // a kernel works in its notebook's folder, and results lie in ours
    onEvent,
  });
  const outcomes = [...excluded, ...executed];
  const failed = outcomes.find(isFailure);
  const isComplete = executed.every(({ kind }) => kind === "ok" || kind === "unchanged"); // a stop came too late for any
  const code = stopSignal.aborted && !isComplete ? stopCode() : failed ? exitCodeOf(failed) : exitCodes.ok;
  const count = (kind: PlanOutcome["kind"]): number => outcomes.filter((outcome) => outcome.kind === kind).length;
  const counts = { ok: count("ok"), unchanged: count("unchanged"), notExecuted: count("notExecuted") };
  const seconds = (performance.now() - startedAt) / 1000;
  const summary = { ...counts, failed: outcomes.filter(isFailure).length, seconds, exitCode: code };
  if (request.format === "ndjson") printEvent({ type: "summary", ...summary });
  if (request.format === "text" && outcomes.length > 1) process.stdout.write(`${summaryLine(summary)}\n`);
  if (request.junit !== undefined) {
    const { junitReport } = await import("../report/junit.js");
    await writeFileAtomic(request.junit, junitReport(outcomes));
  }
  await reportToGitHub(outcomes);
  return { outcomes, code };
}

/** How many notebooks ended how, in one line. */
function summaryLine(of: {
  ok: number;
  unchanged: number;
  failed: number;
  notExecuted: number;
  seconds: number;
}): string {
  const counts = { ok: of.ok, unchanged: of.unchanged, failed: of.failed, skipped: of.notExecuted };
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return `${told.map(([what, count]) => `${count} ${what}`).join(", ")} in ${of.seconds.toFixed(1)} s`;
}

function exitCodeOf({ kind }: PlanOutcome): number {
  if (kind === "cellError") return exitCodes.notebook;
  if (kind === "invalid") return exitCodes.input;
  return kind === "stopped" ? stopCode() : exitCodes.timeout;
}

const stopCode = (): number =>
  stopSignal.reason instanceof SncError ? stopSignal.reason.exitCode : exitCodes.interrupted;
