import { existsSync } from "node:fs";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { readTable, rowsOf } from "../../base/tables.js";
import type { FeatureRow } from "../../measure/features.js";
import type { Metrics } from "../../measure/metrics.js";
import type { StepRecord } from "../../train.js";
import { finishedTrainings, isOf, type RunAsked, type TrainingKind } from "../training/folders.js";
import { byPlace, madeByTraining, readRecordAt, type TrainingRecord } from "../training/record.js";
import { type EvaluationValues, readEvaluation } from "./evaluation.js";

/** All that is recorded of one finished training. */
export interface TrainedTables {
  record: TrainingRecord;
  /** Measured on test tokens at step 0 and at every interval. */
  metrics: Metrics[];
  /** Every step. */
  trace: StepRecord[];
  /** Every feature at the end. */
  features: FeatureRow[];
  /** What its features are worth, where `snc evaluate` has measured it. */
  evaluation?: EvaluationValues;
}

/**
 * The tables of finished trainings below `folder`, by layer, run and seed: those of the paper's runs; `kind` asks for those of
 * variations, or for all. Throws where a training did not train.
 */
export async function readResultTables(
  folder: string,
  { kind = "runs" }: { kind?: TrainingKind } = {},
): Promise<TrainedTables[]> {
  const folders = await finishedTrainings(folder, kind).catch((cause) => {
    const runs = path.join(folder, "runs");
    throw new SncError("input", `${runs}: expected finished trainings, found ${cause.code}. Run: snc train`, { cause });
  });
  const tables: TrainedTables[] = [];
  for (const training of folders) tables.push(await readTables(training));
  return tables.sort((a, b) => byPlace(a.record, b.record));
}

/** The tables of the paper's runs below `folder`; none where no training was ever finished there. */
export const readResultTablesIfAny = async (folder: string): Promise<TrainedTables[]> =>
  existsSync(path.join(folder, "runs")) ? readResultTables(folder) : [];

/** Those of these layers, runs and seeds: a run of the paper by its number, a variation by its name, or as `vary` made it. */
export const trainingsOf = (
  tables: readonly TrainedTables[],
  { layers, runs, seeds }: { layers: readonly number[]; runs: readonly RunAsked[]; seeds: readonly number[] },
): TrainedTables[] =>
  tables.filter(
    ({ record }) =>
      layers.includes(record.layer) && runs.some((run) => isOf(record.run, run)) && seeds.includes(record.seed),
  );

/** The tables of the finished training in a folder. Throws where it did not train. */
export async function readTables(folder: string): Promise<TrainedTables> {
  const read = async <R extends object>(name: string): Promise<R[]> =>
    rowsOf<R>(await readTable(path.join(folder, `${name}.arrow`), madeByTraining(folder)));
  const record = await readRecordAt(folder);
  if (!record)
    throw new SncError(
      "input",
      `${folder}: expected a training of this version, found one of an older. Run: snc train`,
    );
  const evaluation = await readEvaluation(folder);
  const tables = {
    record,
    metrics: await read<Metrics>("metrics"),
    trace: await read<StepRecord>("trace"),
    features: await read<FeatureRow>("features"),
    ...(evaluation && { evaluation: evaluation.values }),
  };
  requireTrained(folder, tables);
  return tables;
}

/** A number from a training that took no step, or kept no log of its steps, must never pass for a measurement. */
function requireTrained(folder: string, { record, metrics, trace, features }: TrainedTables): void {
  const fail = (file: string, expected: string, found: string): never => {
    throw new SncError(
      "claim",
      `${path.join(folder, file)}: expected ${expected}, found ${found}. Run: snc train --force`,
    );
  };
  if (trace.length === 0) fail("trace.arrow", `a log of ${record.steps} training steps`, "an empty one");
  if (trace.length !== record.steps) fail("trace.arrow", `${record.steps} training steps`, `${trace.length}`);
  const measuredAt = metrics.map((row) => row.step);
  if (measuredAt[0] !== 0 || measuredAt.at(-1) !== record.steps)
    fail("metrics.arrow", `measurements from step 0 to ${record.steps}`, `steps ${measuredAt.join(", ") || "none"}`);
  if (features.length !== record.d_sae) fail("features.arrow", `${record.d_sae} features`, `${features.length}`);
}
