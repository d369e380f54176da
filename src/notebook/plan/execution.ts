import os from "node:os";
import { executeNotebook } from "../run/execute.js";
import type { ExecuteOptions, NotebookEvent, NotebookOutcome } from "../run/outcome.js";
import type { PlanOutcome } from "./outcome.js";
import { changedMeanwhile, type PartsContext, partsOf } from "./parts.js";
import { type Decision, decide, type PlannedNotebook } from "./plan.js";
import { type KeyParts, readRecord, writeRecord } from "./record.js";
import { schedule } from "./schedule.js";

export type PlanEvent =
  | { type: "planned"; jobs: number; notebooks: PlannedEvent[] }
  | { type: "started"; notebook: string; reason: string }
  | { type: "kernelReady"; notebook: string; cells: number; startSeconds: number }
  | ({ notebook: string } & Exclude<NotebookEvent, { type: "started" }>)
  | { type: "finished"; outcome: PlanOutcome };

interface PlannedEvent {
  notebook: string;
  output: string;
  /** The notebooks whose results it reads. */
  dependsOn: string[];
  /** What its last successful execution took; null where none is recorded. */
  estimateSeconds: number | null;
}

export interface ExecutePlanOptions
  extends Pick<
    ExecuteOptions,
    | "cellTimeoutSeconds"
    | "notebookTimeoutSeconds"
    | "startupTimeoutSeconds"
    | "settleTimeoutSeconds"
    | "strict"
    | "recordTiming"
    | "env"
    | "signal"
  > {
  context: PartsContext;
  jobs: number;
  keepGoing: boolean;
  /** Execute also what has not changed. */
  force: boolean;
  /** How long all notebooks together may take; each gets at most what is left. Default: four hours. */
  totalTimeoutSeconds?: number;
  onEvent(event: PlanEvent): void;
}

/** Executes what has changed of a plan, `jobs` notebooks side by side, and returns what became of each, as they ended. */
export async function executePlan(
  plan: readonly PlannedNotebook[],
  {
    context,
    jobs,
    keepGoing,
    force,
    env,
    signal,
    onEvent,
    totalTimeoutSeconds = 14_400,
    ...limits
  }: ExecutePlanOptions,
): Promise<PlanOutcome[]> {
  const deadline = performance.now() + totalTimeoutSeconds * 1000;
  const outcomes: PlanOutcome[] = [];
  const finish = (outcome: PlanOutcome): PlanOutcome => {
    outcomes.push(outcome);
    onEvent({ type: "finished", outcome });
    return outcome;
  };
  const fileOf = (name: string): string => plan.find((notebook) => notebook.name === name)!.file;
  const planned = plan.map(async ({ file, output, recordFile, dependsOn }) => {
    const estimateSeconds = (await readRecord(recordFile))?.seconds ?? null;
    return { notebook: file, output, dependsOn: dependsOn.map(fileOf), estimateSeconds };
  });
  onEvent({ type: "planned", jobs, notebooks: await Promise.all(planned) });
  await schedule(plan, {
    jobs,
    keepGoing,
    signal,
    passOver: ({ file: notebook }, reason) => finish({ kind: "notExecuted", notebook, reason }),
    async run(notebook, stop) {
      const decision = await decide(notebook, context, force);
      if (!decision.execute && decision.earlier) {
        const { seconds, executedCells } = decision.earlier;
        finish({ kind: "unchanged", notebook: notebook.file, output: notebook.output, seconds, executedCells });
        return true;
      }
      const secondsLeft = (deadline - performance.now()) / 1000;
      if (secondsLeft <= 0) {
        finish(outOfTime(notebook.file, totalTimeoutSeconds));
        return false;
      }
      onEvent({ type: "started", notebook: notebook.file, reason: decision.reason });
      const outcome = await executeNotebook(notebook.file, {
        ...limits,
        notebookTimeoutSeconds: Math.min(limits.notebookTimeoutSeconds ?? secondsLeft, secondsLeft),
        output: notebook.output,
        logFile: notebook.logFile,
        parameters: notebook.parameters,
        env: { ...threadShare(jobs), ...env },
        signal: stop,
        onEvent: (event) =>
          onEvent({
            notebook: notebook.file,
            ...(event.type === "started" ? { ...event, type: "kernelReady" } : event),
          }),
      });
      if (outcome.kind === "ok" && !outcome.warnings) await recordSuccess(notebook, decision, outcome, context);
      return finish(outcome).kind === "ok";
    },
  });
  return outcomes;
}

/** A notebook that was not begun, because all together have used up their time. */
const outOfTime = (notebook: string, limitSeconds: number): NotebookOutcome => ({
  ...{ notebook, output: null, logFile: null, seconds: 0, executedCells: 0 },
  ...{ kind: "timeout", limit: "total", limitSeconds, cell: null, traceback: [] },
  ename: "Timeout",
  evalue: `the notebooks before it took all of the ${limitSeconds} s allowed`,
});

/** TensorFlow's threads of each of `jobs` kernels: together as many as the machine has cores, unless the user said. */
export const threadShare = (jobs: number, cores: number = os.availableParallelism()): NodeJS.ProcessEnv =>
  process.env.TF_NUM_INTRAOP_THREADS ? {} : { TF_NUM_INTRAOP_THREADS: String(Math.max(1, Math.floor(cores / jobs))) };

/** Records a success with what it depended on; not where that changed meanwhile: which of the two it saw is not known. */
async function recordSuccess(
  notebook: PlannedNotebook,
  decision: Decision,
  { seconds, executedCells }: NotebookOutcome,
  context: PartsContext,
): Promise<void> {
  const parts: KeyParts | undefined = await partsOf(notebook, context);
  if (!parts || !decision.parts || changedMeanwhile(decision.parts, parts).length > 0) return;
  const { recordFile, output, parameters } = notebook;
  await writeRecord(recordFile, output, { parts, parameters, seconds, executedCells });
}
