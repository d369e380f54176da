import { scoped } from "../backend/ops.js";
import type { MutableTensor } from "../backend/variables.js";
import { SncError } from "../base/errors.js";
import { streamFromState, unitDirections } from "../base/random.js";
import { operations } from "./operations.js";
import type { PerWeight } from "./params.js";
import type { TrainState } from "./state.js";

/* The one place where weights are edited outside Adam: a rule says what, these do it. */

/** Switches features off: their activation is 0 until they are started again. */
export function disable(s: TrainState, features: readonly number[]): void {
  requireFeatures(s, features);
  for (const i of features) s.alive[i] = 0;
}

/** Throws a usage error where one of these is no feature of the state. */
function requireFeatures({ alive: { length: d_sae } }: TrainState, features: readonly number[]): void {
  const other = features.find((i) => !(Number.isInteger(i) && i >= 0 && i < d_sae));
  if (other !== undefined)
    throw new SncError("usage", `features: expected indices from 0 to ${d_sae - 1}, found ${other}`);
}

/**
 * Starts features again: a random unit decoder row; as encoder column the same direction, as long as the other
 * features' columns are on average; b_enc, Adam's moments, H, I and the count of low steps 0; alive.
 */
export function reinitialize(s: TrainState, features: readonly number[]): void {
  if (features.length === 0) return;
  requireFeatures(s, features);
  const [d_sae, d_in] = s.params.W_dec.shape;
  const random = streamFromState(s.random);
  const directions = unitDirections(random, features.length, d_in);
  s.random = random.state();
  const length = meanColumnNorm(s.params.W_enc, new Set(features));

  const { put } = operations();
  const rowStarts = features.map((feature) => feature * d_in);
  const putAll = (variables: PerWeight<MutableTensor>, columns: Float32Array, rows: Float32Array): void => {
    put(variables.W_enc, columns, features, d_sae);
    put(variables.b_enc, new Float32Array(features.length), features, 1);
    put(variables.W_dec, rows, rowStarts, 1);
  };
  const zeros = new Float32Array(directions.length);
  putAll(
    s.params,
    directions.map((x) => length * x),
    directions,
  );
  for (const moments of [s.adam.m, s.adam.v]) putAll(moments, zeros, zeros);

  for (const feature of features) {
    s.alive[feature] = 1;
    s.lowSteps[feature] = s.silentSteps[feature] = 0;
    if (s.importance) s.importance[feature] = 0;
  }
  s.coactivation.clear(features);
}

/** Mean L2 norm of the columns of W_enc [d_in, d_sae] that are not left out; 1 where all are. */
function meanColumnNorm(W_enc: MutableTensor, leftOut: ReadonlySet<number>): number {
  const squares = new Float64Array(W_enc.shape[1]);
  scoped(() => {
    const values = W_enc.read().dataSync<"float32">();
    for (let at = 0; at < values.length; ) for (let i = 0; i < squares.length; i++, at++) squares[i] += values[at] ** 2;
  });
  const norms = Array.from(squares, Math.sqrt).filter((_, feature) => !leftOut.has(feature));
  return norms.length > 0 ? norms.reduce((sum, norm) => sum + norm, 0) / norms.length : 1;
}
