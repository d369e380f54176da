import { readFile, rm } from "node:fs/promises";
import { deserialize, serialize } from "node:v8";
import * as tf from "@tensorflow/tfjs";
import type { MutableTensor } from "../../backend/variables.js";
import { exists, sha256, writeFileAtomic } from "../../base/files.js";
import type { Metrics } from "../../measure/metrics.js";
import type { SecondsByPart } from "../../measure/timing.js";
import { Coactivation } from "../../sae/coactivation.js";
import { perWeight, type WeightName } from "../../sae/params.js";
import type { TrainState } from "../../sae/state.js";
import type { StepRecord } from "../../train.js";

/** What a training has recorded up to a step. */
export interface Recorded {
  trace: StepRecord[];
  metrics: Metrics[];
  /** Wall time so far, and that of the steps by part. */
  seconds: number;
  secondsByPart: SecondsByPart;
}

/** A state by its exact bits. */
export type StoredState = Omit<TrainState, "params" | "adam" | "coactivation"> & {
  coactivation: Float64Array;
  params: Record<WeightName, Float32Array>;
  m: Record<WeightName, Float32Array>;
  v: Record<WeightName, Float32Array>;
};

/** The stored form: a state, the key of the training it belongs to, and what was recorded of it. */
interface Stored {
  key: string;
  state: StoredState;
  recorded: unknown;
}

const digestLength = 64;

/** Writes a checkpoint whole: the sha256 of what follows, then state and records with every bit. */
export async function saveCheckpoint(file: string, key: string, state: TrainState, recorded: unknown): Promise<void> {
  const { params, adam, coactivation, ...rest } = state;
  const values = (record: Record<WeightName, MutableTensor>) => perWeight((name) => valuesOf(record[name]));
  const stored: Stored = {
    key,
    state: {
      ...rest,
      coactivation: coactivation.values(),
      params: values(params),
      m: values(adam.m),
      v: values(adam.v),
    },
    recorded,
  };
  const body = serialize(stored);
  await writeFileAtomic(file, Buffer.concat([Buffer.from(sha256(body)), body]));
}

/** What a checkpoint holds; undefined where it is damaged. */
export async function readCheckpoint(file: string): Promise<Stored | undefined> {
  const bytes = await readFile(file);
  const body = bytes.subarray(digestLength);
  return bytes.subarray(0, digestLength).toString() === sha256(body) ? deserialize(body) : undefined;
}

/**
 * Puts a checkpoint's state into `state` and returns its records; undefined where there is none for this key. One
 * that is damaged or belongs to another training is removed: the training begins anew.
 */
export async function loadCheckpoint(file: string, key: string, state: TrainState): Promise<Recorded | undefined> {
  if (!(await exists(file))) return undefined;
  const stored = await readCheckpoint(file);
  if (stored?.key !== key) {
    await rm(file, { force: true });
    return undefined;
  }
  restore(state, stored.state);
  return stored.recorded as Recorded;
}

/** Puts a stored state into one of the same sizes. */
export function restore(state: TrainState, { params, m, v, coactivation, ...rest }: StoredState): void {
  Object.assign(state, rest, { coactivation: new Coactivation(state.alive.length, coactivation) });
  for (const [variables, values] of [
    [state.params, params],
    [state.adam.m, m],
    [state.adam.v, v],
  ] as const)
    for (const [name, value] of Object.entries(values)) assign(variables[name as WeightName], value);
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
