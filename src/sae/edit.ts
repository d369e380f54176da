import * as tf from "@tensorflow/tfjs";
import { type MutableTensor, scoped } from "../backend/ops.js";
import { streamFromState, unitDirections } from "../random.js";
import type { WeightName } from "./params.js";
import type { TrainState } from "./state.js";

/* The one place where weights are edited outside Adam: a rule says what, these do it. */

/** Switches features off: their activation is 0 until they are started again. */
export function disable(s: TrainState, features: readonly number[]): void {
  for (const i of features) s.alive[i] = 0;
}

/**
 * Starts features again: a random unit decoder row; as encoder column the same direction, as long as the other
 * features' columns are on average; b_enc, Adam's moments, H, I and the count of low steps 0; alive.
 */
export function reinitialize(s: TrainState, features: readonly number[]): void {
  if (features.length === 0) return;
  const [d_sae, d_in] = s.params.W_dec.shape;
  const random = streamFromState(s.random);
  const directions = unitDirections(random, features.length, d_in);
  s.random = random.state();
  const reborn = new Set(features);

  editValues(s.params.W_enc, (W_enc) => {
    const length = meanColumnNorm(W_enc, d_sae, reborn);
    features.forEach((feature, n) => {
      for (let row = 0; row < d_in; row++) W_enc[row * d_sae + feature] = length * directions[n * d_in + row];
    });
  });
  editValues(s.params.W_dec, (W_dec) => {
    features.forEach((feature, n) => {
      W_dec.set(directions.subarray(n * d_in, (n + 1) * d_in), feature * d_in);
    });
  });
  const clear = (variable: MutableTensor, name: WeightName): void =>
    editValues(variable, (values) => {
      for (const feature of features) {
        if (name === "b_enc") values[feature] = 0;
        else if (name === "W_dec") values.fill(0, feature * d_in, (feature + 1) * d_in);
        else for (let row = 0; row < d_in; row++) values[row * d_sae + feature] = 0;
      }
    });
  clear(s.params.b_enc, "b_enc");
  for (const moments of [s.adam.m, s.adam.v])
    for (const name of ["W_enc", "b_enc", "W_dec"] as const) clear(moments[name], name);

  for (const feature of features) {
    s.alive[feature] = 1;
    s.lowSteps[feature] = 0;
    if (s.importance) s.importance[feature] = 0;
  }
  s.coactivation.clear(features);
}

/** Mean L2 norm of the columns of W_enc [d_in, d_sae] that are not left out; 1 where all are. */
function meanColumnNorm(W_enc: Float32Array, d_sae: number, leftOut: ReadonlySet<number>): number {
  const squares = new Float64Array(d_sae);
  for (let at = 0; at < W_enc.length; at++) squares[at % d_sae] += W_enc[at] ** 2;
  const norms = Array.from(squares, Math.sqrt).filter((_, feature) => !leftOut.has(feature));
  return norms.length > 0 ? norms.reduce((sum, norm) => sum + norm, 0) / norms.length : 1;
}

/** Reads a variable, lets `edit` change the copy, writes it back. */
function editValues(variable: MutableTensor, edit: (values: Float32Array) => void): void {
  scoped(() => {
    const values = Float32Array.from(variable.read().dataSync<"float32">());
    edit(values);
    variable.assign(tf.tensor(values, variable.shape));
  });
}
