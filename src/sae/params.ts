import * as tf from "@tensorflow/tfjs";
import { checked, count, notNegative, oneOf, whole } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import { stream, unitDirections } from "../base/random.js";

/**
 * The weights of a sparse autoencoder. W_enc [d_in, d_sae], b_enc [d_sae], W_dec [d_sae, d_in] with unit L2 rows
 * (feature directions), b_dec [d_in]; θ [d_sae] ≥ 0, up to which an activation counts as 0, where a method has thresholds.
 */
export interface Params {
  W_enc: tf.Tensor2D;
  b_enc: tf.Tensor1D;
  W_dec: tf.Tensor2D;
  b_dec: tf.Tensor1D;
  theta?: tf.Tensor1D;
}
/** A weight by its name. */
export type WeightName = keyof Params;
/** The weights that every autoencoder has. */
export const weightNames = ["W_enc", "b_enc", "W_dec", "b_dec"] as const satisfies WeightName[];

/** A value for each weight; for θ where there is one. */
export interface PerWeight<T> {
  W_enc: T;
  b_enc: T;
  W_dec: T;
  b_dec: T;
  theta?: T;
}

/** The weights as numbers, row after row; shapes as in `Params`. */
export interface SaeWeights extends PerWeight<Float32Array> {
  d_in: number;
  d_sae: number;
}

/** What a method trains: all weights; all but W_dec; or biases and θ alone. */
export type Trained = "all" | "encoder" | "biases";
/** The weights that are trained. */
export const trainable = {
  all: ["W_enc", "b_enc", "W_dec", "b_dec", "theta"],
  encoder: ["W_enc", "b_enc", "b_dec", "theta"],
  biases: ["b_enc", "b_dec", "theta"],
} as const satisfies Record<Trained, WeightName[]>;

/** Whether a weight is among those that are trained. */
export const isTrained = (name: WeightName, trained: Trained): boolean =>
  trainable[trained].some((one) => one === name);

/** Builds one value per weight; for θ where `of` has one. */
export const perWeight = <T>(make: (name: WeightName) => T, of: { theta?: unknown } = {}): PerWeight<T> => ({
  ...{ W_enc: make("W_enc"), b_enc: make("b_enc"), W_dec: make("W_dec"), b_dec: make("b_dec") },
  ...(of.theta !== undefined && { theta: make("theta") }),
});

/** The weights that there are, by name, in one order. */
export const namesIn = (of: { theta?: unknown }): WeightName[] =>
  of.theta === undefined ? [...weightNames] : [...weightNames, "theta"];

/**
 * Initial weights of d_sae features on vectors of width d_in, whole numbers ≥ 1; the same seed, a whole number, gives the same
 * bytes. Reading R15: `tied` takes random unit decoder rows and W_enc = W_decᵀ; `kaiming` draws W_enc and W_dec uniformly in
 * ±√(6 / fan-in), rows of W_dec then scaled to unit length. Biases are zero. The caller disposes them.
 */
export function initialParams(d_in: number, d_sae: number, seed: number, init: "tied" | "kaiming" = "tied"): Params {
  checked(
    "initialParams",
    { d_in, d_sae, seed, init },
    { d_in: count, d_sae: count, seed: whole, init: oneOf("tied", "kaiming") },
  );
  requireBackend();
  return tf.tidy(() => {
    const biases = { b_enc: tf.zeros([d_sae]) as tf.Tensor1D, b_dec: tf.zeros([d_in]) as tf.Tensor1D };
    const random = stream(seed, "init");
    if (init === "tied") {
      const W_dec = tf.tensor2d(unitDirections(random, d_sae, d_in), [d_sae, d_in]);
      return { W_enc: tf.transpose(W_dec), W_dec, ...biases };
    }
    const uniform = (rows: number, columns: number, fanIn: number): tf.Tensor2D => {
      const bound = Math.sqrt(6 / fanIn);
      const values = Float32Array.from({ length: rows * columns }, () => bound * (2 * random.uniform() - 1));
      return tf.tensor2d(values, [rows, columns]);
    };
    return { W_enc: uniform(d_in, d_sae, d_in), W_dec: unitRows(uniform(d_sae, d_in, d_sae)), ...biases };
  });
}

/** Throws a usage error where no tensor library has been chosen: tensors cannot be made yet. */
function requireBackend(): void {
  if (!tf.getBackend())
    throw new SncError(
      "usage",
      "weights: expected a backend to compute with, found none. Choose it first: await chooseBackend()",
    );
}

/** Each row divided by its L2 norm [n, d] → [n, d]. */
export const unitRows = (W: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.div(W, tf.sqrt(tf.sum(tf.square(W), 1, true))));

/** The gradient of W_dec without its part along each (unit) row: rows then only turn, §5.2 [d_sae, d_in] → [d_sae, d_in]. */
export const withoutRadialPart = (gradient: tf.Tensor2D, W_dec: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.sub(gradient, tf.mul(W_dec, tf.sum(tf.mul(gradient, W_dec), 1, true))));

/** θ, which a rule needs. Throws a usage error where the weights have none. */
export function requireTheta(theta: tf.Tensor1D | undefined, ruleName: string): tf.Tensor1D {
  if (theta) return theta;
  throw new SncError(
    "usage",
    `${ruleName}: expected weights with theta [d_sae], found none. Add them: withTheta(params, 0.001)`,
  );
}

/** The same weights with thresholds that all start here, a finite number ≥ 0. */
export function withTheta(params: Params, theta: number): Params {
  checked("withTheta", { theta }, { theta: notNegative });
  return { ...params, theta: tf.fill([params.b_enc.size], theta) as tf.Tensor1D };
}

/** The widths of weights. Throws a usage error where their shapes do not fit each other. */
export function widthsOf(params: Params): { d_in: number; d_sae: number } {
  const [d_in, d_sae] = params.W_enc.shape;
  const expected = shapesOf({ d_in, d_sae });
  for (const name of namesIn(params)) {
    const { shape } = params[name]!;
    if (String(shape) !== String(expected[name]))
      throw new SncError("usage", `${name}: expected shape [${expected[name]}], to fit W_enc, found [${shape}]`);
  }
  return { d_in, d_sae };
}

/** The shape of each weight. */
export const shapesOf = ({ d_in, d_sae }: Pick<SaeWeights, "d_in" | "d_sae">): Record<WeightName, number[]> => ({
  W_enc: [d_in, d_sae],
  b_enc: [d_sae],
  W_dec: [d_sae, d_in],
  b_dec: [d_in],
  theta: [d_sae],
});

/** The weights as tensors, for `encode`, `decode` and `initialState`; the caller disposes them. */
export function paramsOf(weights: SaeWeights): Params {
  requireBackend();
  const shapes = shapesOf(weights);
  for (const name of namesIn(weights)) {
    const [count, expected] = [weights[name]!.length, shapes[name].reduce((n, d) => n * d, 1)];
    if (count !== expected)
      throw new SncError("usage", `${name}: expected ${expected} numbers, of shape [${shapes[name]}], found ${count}`);
  }
  return perWeight<tf.Tensor>((name) => tf.tensor(weights[name]!, shapes[name]), weights) as Params;
}

/** The weights as numbers, copied: what `paramsOf` makes these weights of. */
export const weightsOf = (params: Params): SaeWeights => ({
  ...widthsOf(params),
  ...perWeight((name) => Float32Array.from(params[name]!.dataSync<"float32">()), params),
});

/** b_enc of a feature that is switched off; its encoder is 0, so that no input reaches it. */
const offBias = -1;

/**
 * The same weights where the features that are not alive (1, else 0) [d_sae] are off by the weights alone: an encoder of zero
 * and a bias below zero. Every other feature is the same bit for bit.
 */
export const withoutDisabled = (params: Params, alive: Float32Array): Params => {
  if (alive.every((one) => one !== 0)) return params;
  return tf.tidy(() => {
    const isAlive = tf.cast(tf.tensor1d(alive), "bool");
    const W_enc = tf.where(isAlive, params.W_enc, tf.zerosLike(params.W_enc)) as tf.Tensor2D;
    const b_enc = tf.where(isAlive, params.b_enc, tf.fill([params.b_enc.size], offBias)) as tf.Tensor1D;
    return { ...params, W_enc, b_enc };
  });
};

/** 1, or 0 where no input can reach a feature, as `withoutDisabled` leaves it [d_sae]. */
export function aliveIn({ W_enc, b_enc }: Params): Float32Array {
  const [d_in, d_sae] = W_enc.shape;
  const [weights, biases] = [W_enc.dataSync<"float32">(), b_enc.dataSync<"float32">()];
  const alive = Float32Array.from(biases, (bias) => (bias < 0 ? 0 : 1));
  for (let i = 0, at = 0; i < d_in; i++) for (let j = 0; j < d_sae; j++, at++) if (weights[at] !== 0) alive[j] = 1;
  return alive;
}
