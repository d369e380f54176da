import path from "node:path";
import { readTable, rowsOf } from "../../base/tables.js";
import type { StepRecord } from "../../train.js";
import type { Training } from "./training.js";

/** A row of trace.arrow, and whose it is. */
export interface TraceRow extends StepRecord {
  run: number;
  runName: string;
  seed: number;
  layer: number;
}

/** Every step of the finished training in `folder`. */
export const readTrace = async (folder: string): Promise<StepRecord[]> =>
  rowsOf<StepRecord>(await readTable(path.join(folder, "trace.arrow")));

/** Every step of a finished training, as figures take it. */
export async function traceOf({ folder, record: { run, seed, layer } }: Training): Promise<TraceRow[]> {
  const steps = await readTrace(folder);
  return steps.map((step) => ({ run: run.number, runName: run.name, seed, layer, ...step }));
}
