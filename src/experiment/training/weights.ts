import type { InputScaling } from "../../data/activations/scale.js";
import { type Competition, describe } from "../../method.js";
import { encodeSafetensors, type WrittenTensor } from "../../model/write-safetensors.js";
import { type PerWeight, perWeight } from "../../sae/params.js";
import type { TrainState } from "../../sae/state.js";
import { valuesOf } from "./checkpoint.js";
import { runFolder } from "./folders.js";
import type { TrainingRecord } from "./record.js";

/*
 * An autoencoder's file has all that its features depend on, and each tensor only where it counts:
 *
 *   W_enc [d_in, d_sae], b_enc [d_sae], W_dec [d_sae, d_in], b_dec [d_in]   F32, always
 *   theta [d_sae]                   F32, up to which an activation counts as 0, where a method has thresholds
 *   alive [d_sae]                   F32, 1, or 0 where a feature is switched off (§4.3): its activation is 0
 *   r [d_sae]                       I32, how many neighbours each feature competes with (Eq. 5), where any does
 *   H [d_sae, d_sae]                F64, coactivation (Eq. 4), where the run keeps it: it decides who the neighbours are
 *   input_mean [d_in], input_scale [1]   F64, h = (x − input_mean) · input_scale of the model's activations x (R14)
 *
 * Its metadata has `competition`, the rules of §4.2 and of what is kept as `describe` prints them, and whose it is.
 */

/** The file's name in a folder: a training's, or one of its own. */
export const weightsName = "weights.safetensors";

/** The rules that features depend on, as `describe` prints them. */
export type DescribedCompetition = Record<keyof Competition, Record<string, unknown>>;

/** The competition as it is described in a file. */
export const describeCompetition = ({ inhibit, neighbours, keep }: Competition): DescribedCompetition =>
  describe({ inhibit, neighbours, keep }) as DescribedCompetition;

/** What a trained autoencoder's features depend on, as numbers. */
export interface TrainedWeights {
  d_in: number;
  d_sae: number;
  weights: PerWeight<Float32Array>;
  alive: Float32Array;
  radius: Int32Array;
  /** [d_sae · d_sae]; empty where the run keeps none. */
  coactivation: Float64Array;
  scaling: InputScaling | undefined;
  /** Undefined in a file from before it was told. */
  competition: DescribedCompetition | undefined;
  /** What else its metadata say. */
  about: Record<string, string>;
}

type Inference = Pick<TrainState, "params" | "threshold" | "alive" | "radius" | "coactivation">;

/** The bytes of an autoencoder's file; `about` says in its metadata whose it is. */
export function encodeAutoencoder(
  { params, threshold, alive, radius, coactivation }: Inference,
  competition: DescribedCompetition,
  { scaling, about = {} }: { scaling?: InputScaling; about?: Record<string, string> },
): Uint8Array {
  const d_sae = alive.length;
  const H = coactivation.values();
  const tensors: Record<string, WrittenTensor> = {
    ...perWeight((name) => ({ shape: params[name]!.shape, data: valuesOf(params[name]!) }), params),
    ...(threshold !== undefined && { theta: { shape: [d_sae], data: new Float32Array(d_sae).fill(threshold) } }),
    alive: { shape: [d_sae], data: alive },
    ...(radius.some((r) => r > 0) && { r: { shape: [d_sae], data: radius } }),
    ...(H.length > 0 && { H: { shape: [d_sae, d_sae], data: H } }),
    ...(scaling && {
      input_mean: { shape: [scaling.mean.length], data: Float64Array.from(scaling.mean) },
      input_scale: { shape: [1], data: Float64Array.of(scaling.scale) },
    }),
  };
  return encodeSafetensors(tensors, { ...about, competition: JSON.stringify(competition) });
}

const competitionIn = ({ inhibit, neighbours, keep }: TrainingRecord["method"]): DescribedCompetition =>
  ({ inhibit, neighbours, keep }) as DescribedCompetition;

/** The bytes of a finished training's weights.safetensors. */
export const trainedWeights = (
  state: Inference,
  { key, run, layer, seed, method }: Pick<TrainingRecord, "key" | "run" | "layer" | "seed" | "method">,
  scaling?: InputScaling,
): Uint8Array =>
  encodeAutoencoder(state, competitionIn(method), {
    scaling,
    about: {
      key,
      run: String(run.number),
      ...(run.variation !== undefined && { variation: runFolder(run) }),
      layer: String(layer),
      seed: String(seed),
    },
  });
