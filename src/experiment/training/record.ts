import path from "node:path";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import { type Made, readSealed, requireRecorded, writeSealed } from "../../base/recorded.js";
import { readTable, rowsOf } from "../../base/tables.js";
import type { Flags } from "../../measure/idle.js";
import type { SecondsByPart } from "../../measure/timing.js";
import type { StepRecord } from "../../train.js";
import { placeInRuns, type RecordedRun, recordedRunSchema } from "./folders.js";

/** run.json of one training: method, seed, hashes, versions, time and the last metrics. */
export interface TrainingRecord {
  /** Changes with anything the result depends on: options, data, backend, source code. */
  key: string;
  run: RecordedRun;
  layer: number;
  seed: number;
  d_in: number;
  d_sae: number;
  steps: number;
  batchSize: number;
  /** How weights and τ start. */
  init: string;
  method: Record<string, unknown>;
  optimization: Record<string, number>;
  /** Of a training that was measured before its first step and at its end alone. */
  measured?: "ends";
  backend: { name: string; device: string; version: string; kernels: string; precision: string };
  data: string;
  sources: string;
  /** Wall time of the steps and measurements, all sittings together. */
  seconds: number;
  /** The part of it that the steps took, by slot of the method; the rest went into measuring and checkpoints. */
  secondsByPart: SecondsByPart;
  /** Up to which step the run before took the steps for both, whose time stands here; 0: each was taken for this training alone. */
  sharedSteps: number;
  /** What a step costs by formula, by part: `Flops`, the mean over the steps. */
  flopsPerStep: Record<string, number>;
  /** What the trace says of mechanisms that did nothing. */
  flags: Flags;
  /** The last row of metrics.arrow. */
  final: Record<string, number | null>;
}

const pinned = z.object({ bound: z.number(), since: z.int() }).nullable();

const schema: z.ZodType<TrainingRecord> = z.object({
  key: z.string(),
  run: recordedRunSchema,
  layer: z.int(),
  seed: z.int(),
  d_in: z.int().positive(),
  d_sae: z.int().positive(),
  steps: z.int().positive(),
  batchSize: z.int().positive(),
  init: z.string(),
  method: z.record(z.string(), z.unknown()),
  optimization: z.record(z.string(), z.number()),
  measured: z.literal("ends").optional(),
  backend: z.object({
    name: z.string(),
    device: z.string(),
    version: z.string(),
    kernels: z.string().default("none"),
    precision: z.string().default("float32"),
  }),
  data: z.string(),
  sources: z.string(),
  seconds: z.number(),
  secondsByPart: z.record(z.string(), z.number()),
  sharedSteps: z.int().default(0),
  flopsPerStep: z.record(z.string(), z.number()),
  flags: z.object({
    tauPinned: pinned,
    lambda1Pinned: pinned,
    emptyPairs: z.number(),
    idleCompetition: z.number(),
    pruned: z.int(),
    reallocated: z.int(),
    identicalToPredecessor: z.boolean().nullable(),
    firstActed: z.int().nullable().default(null),
  }),
  final: z.record(z.string(), z.number().nullable()),
});

/** Whether this is the record of the training that belongs into this folder of a result set. */
export const belongsAt = (folder: string, { layer, run, seed }: TrainingRecord): boolean =>
  path.resolve(folder).endsWith(path.sep + placeInRuns(layer, run, seed));

/**
 * The record of the finished training in a result set's folder. Throws an input error for that of another training: the folder
 * was copied or renamed. Undefined as for `readTrainingRecord`.
 */
export async function readRecordAt(folder: string): Promise<TrainingRecord | undefined> {
  const record = await readTrainingRecord(folder);
  if (!record || belongsAt(folder, record)) return record;
  throw new SncError(
    "input",
    `${folder}: expected the training that belongs there, found that of ${placeInRuns(record.layer, record.run, record.seed)}. ` +
      "Move it to its place, or delete it",
  );
}

type Place = Pick<TrainingRecord, "layer" | "run" | "seed">;

/** Orders trainings by layer, run and seed; variations come after the run that they vary, by name. */
export function byPlace(a: Place, b: Place): number {
  const [p, q] = [a, b].map(({ layer, run: { number, name, variation }, seed }) =>
    variation === undefined ? [layer, number, "", "", seed] : [layer, number, name, variation, seed],
  );
  const at = p.findIndex((part, i) => part !== q[i]);
  return at < 0 ? 0 : p[at] < q[at] ? -1 : 1;
}

/** Every step of the finished training in `folder`. */
export const readTrace = async (folder: string): Promise<StepRecord[]> =>
  rowsOf<StepRecord>(await readTable(path.join(folder, "trace.arrow")));

/** What a training's files are made by; a damaged one makes the whole training be computed again. */
export const madeByTraining = (folder: string): Made => ({
  by: "snc train",
  next: `Delete ${folder} and run: snc train`,
});

/** The files of a finished training whose sha256 its SHA256SUMS has. */
export const trainingFiles = [
  "metrics.arrow",
  "trace.arrow",
  "features.arrow",
  "density.arrow",
  "weights.safetensors",
] as const;

/** Throws an input error where a file of a finished training is missing, or not what was written. */
export async function requireTrainingFiles(folder: string): Promise<void> {
  for (const name of trainingFiles) await requireRecorded(path.join(folder, name), madeByTraining(folder));
}

/** Writes the record that says that a training is finished and whole. */
export const writeTrainingRecord = (folder: string, record: TrainingRecord): Promise<void> =>
  writeSealed(path.join(folder, "run.json"), record);

/**
 * The record of the finished training in `folder`; undefined where none is, or one from before files carried their sha256.
 * Throws an input error for one that has been changed.
 */
export async function readTrainingRecord(folder: string): Promise<TrainingRecord | undefined> {
  const file = path.join(folder, "run.json");
  return (await exists(file)) ? readSealed(file, schema, madeByTraining(folder)) : undefined;
}
