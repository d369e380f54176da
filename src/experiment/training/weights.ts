import path from "node:path";
import { requireRecorded } from "../../base/recorded.js";
import type { InputScaling } from "../../data/activations/scale.js";
import { openSafetensors } from "../../model/safetensors.js";
import { encodeSafetensors, type WrittenTensor } from "../../model/write-safetensors.js";
import { perWeight, type WeightName } from "../../sae/params.js";
import type { TrainState } from "../../sae/state.js";
import { valuesOf } from "./checkpoint.js";
import { runFolder } from "./folders.js";
import { madeByTraining, type TrainingRecord } from "./record.js";

/*
 * weights.safetensors has all that a trained autoencoder's features depend on, and each tensor only where it counts:
 *
 *   W_enc [d_in, d_sae], b_enc [d_sae], W_dec [d_sae, d_in], b_dec [d_in]   F32, always
 *   alive [d_sae]                   F32, 1, or 0 where a feature is switched off (§4.3): its activation is 0
 *   r [d_sae]                       I32, how many neighbours each feature competes with (Eq. 5), where any does
 *   H [d_sae, d_sae]                F64, coactivation (Eq. 4), where the run keeps it: it decides who the neighbours are
 *   input_mean [d_in], input_scale [1]   F64, h = (x − input_mean) · input_scale of the model's activations x (R14)
 */

/** What a trained autoencoder's features depend on, as numbers. */
export interface TrainedWeights {
  d_in: number;
  d_sae: number;
  weights: Record<WeightName, Float32Array>;
  alive: Float32Array;
  radius: Int32Array;
  /** [d_sae · d_sae]; empty where the run keeps none. */
  coactivation: Float64Array;
  scaling: InputScaling | undefined;
}

/** The bytes of weights.safetensors. */
export function trainedWeights(
  { params, alive, radius, coactivation }: TrainState,
  { key, run, layer, seed }: Pick<TrainingRecord, "key" | "run" | "layer" | "seed">,
  scaling?: InputScaling,
): Uint8Array {
  const d_sae = alive.length;
  const H = coactivation.values();
  const tensors: Record<string, WrittenTensor> = {
    ...perWeight((name) => ({ shape: params[name].shape, data: valuesOf(params[name]) })),
    alive: { shape: [d_sae], data: alive },
    ...(radius.some((r) => r > 0) && { r: { shape: [d_sae], data: radius } }),
    ...(H.length > 0 && { H: { shape: [d_sae, d_sae], data: H } }),
    ...(scaling && {
      input_mean: { shape: [scaling.mean.length], data: Float64Array.from(scaling.mean) },
      input_scale: { shape: [1], data: Float64Array.of(scaling.scale) },
    }),
  };
  return encodeSafetensors(tensors, {
    key,
    run: String(run.number),
    ...(run.variation !== undefined && { variation: runFolder(run) }),
    layer: String(layer),
    seed: String(seed),
  });
}

/** What `trainedWeights` wrote into a training's folder. Throws an input error where it is not there, or changed. */
export async function readTrainedWeights(folder: string): Promise<TrainedWeights> {
  const file = path.join(folder, "weights.safetensors");
  await requireRecorded(file, madeByTraining(folder));
  const opened = await openSafetensors(file);
  try {
    const weights: Record<WeightName, Float32Array> = perWeight(() => new Float32Array(0));
    for (const name of Object.keys(weights) as WeightName[]) weights[name] = await opened.readFloat32(name);
    const [d_in, d_sae] = opened.info("W_enc").shape;
    const has = (name: string): boolean => opened.tensors.has(name);
    return {
      d_in,
      d_sae,
      weights,
      alive: await opened.readFloat32("alive"),
      radius: has("r") ? Int32Array.from(await opened.readFloat32("r")) : new Int32Array(d_sae),
      coactivation: has("H") ? await opened.readFloat64("H") : new Float64Array(0),
      scaling: has("input_mean")
        ? { mean: await opened.readFloat64("input_mean"), scale: (await opened.readFloat64("input_scale"))[0] }
        : undefined,
    };
  } finally {
    await opened.close();
  }
}
