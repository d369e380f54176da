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
import { type CheckpointHeader, digestLength, headerIn, headerLine } from "./checkpoint-header.js";

/** What a training has recorded up to a step. */
export interface Recorded {
  trace: StepRecord[];
  metrics: Metrics[];
  /** Wall time so far, and that of the steps by part. */
  seconds: number;
  secondsByPart: SecondsByPart;
}

/** The stored form: everything by its exact bits. */
interface Stored {
  state: Omit<TrainState, "params" | "adam" | "coactivation"> & {
    coactivation: Float64Array;
    params: Record<WeightName, Float32Array>;
    m: Record<WeightName, Float32Array>;
    v: Record<WeightName, Float32Array>;
  };
  recorded: Recorded;
}

/** Writes a checkpoint whole: the sha256 of what follows, its header, then state and records with every bit. */
export async function saveCheckpoint(
  file: string,
  about: Omit<CheckpointHeader, "step">,
  state: TrainState,
  recorded: Recorded,
): Promise<void> {
  const { params, adam, coactivation, ...rest } = state;
  const values = (record: Record<WeightName, MutableTensor>) => perWeight((name) => valuesOf(record[name]));
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
  const body = Buffer.concat([Buffer.from(headerLine({ ...about, step: state.step })), serialize(stored)]);
  await writeFileAtomic(file, Buffer.concat([Buffer.from(sha256(body)), body]));
}

/**
 * Puts a checkpoint's state into `state` and returns its records; undefined where there is none for this key. One
 * that is damaged or belongs to another training is removed: the training begins anew.
 */
export async function loadCheckpoint(file: string, key: string, state: TrainState): Promise<Recorded | undefined> {
  if (!(await exists(file))) return undefined;
  const bytes = await readFile(file);
  const isWhole = bytes.subarray(0, digestLength).toString() === sha256(bytes.subarray(digestLength));
  const found = isWhole ? headerIn(bytes) : undefined;
  if (found?.header.key !== key) {
    await rm(file, { force: true });
    return undefined;
  }
  const stored: Stored = deserialize(bytes.subarray(found.end));
  const { params, m, v, coactivation, ...rest } = stored.state;
  Object.assign(state, rest, { coactivation: new Coactivation(state.alive.length, coactivation) });
  for (const [variables, values] of [
    [state.params, params],
    [state.adam.m, m],
    [state.adam.v, v],
  ] as const)
    for (const [name, value] of Object.entries(values)) assign(variables[name as WeightName], value);
  return stored.recorded;
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
