import { readFile, rm } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import * as tf from "@tensorflow/tfjs";
import type { MutableTensor } from "../../backend/variables.js";
import { exists, sha256, writeFileAtomic } from "../../base/files.js";
import type { Metrics } from "../../measure/metrics.js";
import type { SecondsByPart } from "../../measure/timing.js";
import { Coactivation } from "../../sae/coactivation.js";
import { type PerWeight, perWeight, type WeightName } from "../../sae/params.js";
import type { TrainState } from "../../sae/state.js";
import type { StepRecord } from "../../train.js";
import {
  type CheckpointHeader,
  digestLength,
  headerIn,
  headerLine,
  readCheckpointHeader,
} from "./checkpoint-header.js";
import type { Followed } from "./followers.js";

/** What a training has recorded up to a step. */
export interface Recorded {
  trace: StepRecord[];
  metrics: Metrics[];
  /** Wall time so far, and that of the steps by part. */
  seconds: number;
  secondsByPart: SecondsByPart;
  /** Up to which step the run before took these steps, for both: 0 where each was taken for this training alone. */
  sharedSteps: number;
  /** Runs that have taken all these steps as well, by their trainings' keys. */
  followers?: Record<string, Followed>;
}

/** A state by its exact bits. */
export type StoredState = Omit<TrainState, "params" | "adam" | "coactivation"> & {
  coactivation: Float64Array;
  params: PerWeight<Float32Array>;
  m: PerWeight<Float32Array>;
  v: PerWeight<Float32Array>;
};

/** What a checkpoint holds behind its header. */
export interface Stored {
  state: StoredState;
  recorded: unknown;
}

/** Writes a checkpoint whole: the sha256 of what follows, its header, then state and records with every bit. */
export const saveCheckpoint = (
  file: string,
  about: Omit<CheckpointHeader, "step">,
  state: TrainState,
  recorded: Recorded,
): Promise<void> => writeState(file, headerLine({ ...about, step: state.step }), state, recorded);

/** The same behind any header, which is one line. */
export async function writeState(file: string, header: string, state: TrainState, recorded: unknown): Promise<void> {
  const { params, adam, coactivation, ...rest } = state;
  const values = (record: PerWeight<MutableTensor>) => perWeight((name) => valuesOf(record[name]!), record);
  const stored: Stored = {
    state: {
      ...rest,
      coactivation: coactivation.values(),
      params: values(params),
      m: values(adam.m),
      v: values(adam.v),
    },
    recorded,
  };
  await writeStored(file, header, stored);
}

async function writeStored(file: string, header: string, stored: Stored): Promise<void> {
  const body = Buffer.concat([Buffer.from(header), serialize(stored)]);
  await writeFileAtomic(file, Buffer.concat([Buffer.from(sha256(body)), body]));
}

/** The bytes of a checkpoint; undefined where they are not those that were written. */
export async function readWhole(file: string): Promise<Buffer | undefined> {
  const bytes = await readFile(file);
  const isWhole = bytes.subarray(0, digestLength).toString() === sha256(bytes.subarray(digestLength));
  return isWhole ? bytes : undefined;
}

/**
 * Puts a checkpoint's state into `state` and returns its records; undefined where there is none for this key. One
 * that is damaged or belongs to another training is removed: the training begins anew.
 */
export async function loadCheckpoint(file: string, key: string, state: TrainState): Promise<Recorded | undefined> {
  if (!(await exists(file))) return undefined;
  const bytes = await readWhole(file);
  const found = bytes && headerIn(bytes);
  if (found?.header.key !== key) {
    await rm(file, { force: true });
    return undefined;
  }
  const stored: Stored = deserialize(bytes!.subarray(found.end));
  restore(state, stored.state);
  return stored.recorded as Recorded;
}

/**
 * Writes a training's checkpoint as that of one that has followed it to there, `about`, unless `to` is further already. The follower
 * has what its own rules remember, and in its trace the bound that its pairs had to pass.
 */
export async function handOver(from: string, to: string, about: Omit<CheckpointHeader, "step">): Promise<void> {
  const bytes = (await exists(from)) ? await readWhole(from) : undefined;
  const found = bytes && headerIn(bytes);
  if (!found) return;
  const { state, recorded } = deserialize(bytes.subarray(found.end)) as { state: StoredState; recorded: Recorded };
  const { [about.key]: own, ...followers } = recorded.followers ?? {};
  const there = (await exists(to)) ? await readCheckpointHeader(to) : undefined;
  const { step } = found.header;
  if (!own || (there?.key === about.key && there.step >= step)) return;
  const trace = recorded.trace.map((record, at) => ({ ...record, threshold: own.thresholds[at] }));
  await writeStored(to, headerLine({ ...about, step }), {
    state: { ...state, ...own.own },
    recorded: { ...recorded, trace, followers, sharedSteps: step },
  });
}

/** Puts a stored state into one of the same sizes. */
export function restore(state: TrainState, { params, m, v, coactivation, ...rest }: StoredState): void {
  Object.assign(state, rest, { coactivation: new Coactivation(state.alive.length, coactivation) });
  for (const [variables, values] of [
    [state.params, params],
    [state.adam.m, m],
    [state.adam.v, v],
  ] as const)
    for (const name of Object.keys(values) as WeightName[]) assign(variables[name]!, values[name]!);
}

/** A variable's numbers, copied. */
export function valuesOf(variable: MutableTensor): Float32Array {
  const tensor = variable.read();
  const values = Float32Array.from(tensor.dataSync<"float32">());
  tensor.dispose();
  return values;
}

function assign(variable: MutableTensor, values: Float32Array): void {
  const tensor = tf.tensor(values, variable.shape);
  variable.assign(tensor);
  tensor.dispose();
}
