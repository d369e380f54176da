import type { StepRecord } from "../../train.js";
import { readTrace, type TrainingRecord } from "./record.js";

/** A row of trace.arrow, and whose it is. */
export interface TraceRow extends StepRecord {
  run: number;
  runName: string;
  /** Of a variation of that run: its hash. */
  variation?: string;
  seed: number;
  layer: number;
}

/** Every step of a finished training, as figures take it. */
export async function traceOf({
  folder,
  record: { run, seed, layer },
}: {
  folder: string;
  record: TrainingRecord;
}): Promise<TraceRow[]> {
  const steps = await readTrace(folder);
  const { number, name: runName, variation } = run;
  return steps.map((step) => ({
    ...{ run: number, runName, ...(variation !== undefined && { variation }), seed, layer },
    ...step,
  }));
}
