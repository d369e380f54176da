/** What rules read, with values chosen by a test. */
import assert from "node:assert/strict";
import * as tf from "@tensorflow/tfjs";
import type { Observed } from "../../src/method.js";
import { observe } from "../../src/observe.js";
import { Coactivation } from "../../src/sae/coactivation.js";
import type { Pairs } from "../../src/sae/correlations/pairs.js";
import { type Correlations, denseCorrelations } from "../../src/sae/correlations/selection.js";
import type { Neighbours } from "../../src/sae/inhibition.js";
import type { Params } from "../../src/sae/params.js";
import type { TrainState } from "../../src/sae/state.js";

/** A state of `d_sae` features before the first step, but for what is `known`. Rules read no weights. */
export const state = (d_sae: number, known: Partial<TrainState> = {}): TrainState =>
  ({
    step: 0,
    alive: new Float32Array(d_sae).fill(1),
    sparsity: { lambda1: 0.04, activeFraction: undefined },
    tau: 0.1,
    pairs: pairsOf([]),
    importance: undefined,
    coactivation: new Coactivation(d_sae),
    radius: new Int32Array(d_sae),
    lowSteps: new Int32Array(d_sae),
    ...known,
  }) as TrainState;

export const pairsOf = (pairs: [number, number][]): Pairs => ({
  i: Int32Array.from(pairs, ([i]) => i),
  j: Int32Array.from(pairs, ([, j]) => j),
});

export const listOf = ({ i, j }: Pairs): [number, number][] => Array.from(i, (first, p) => [first, j[p]]);

/** Correlations of `d_sae` features by their values in row order: c_01, c_02, …, c_12, … */
export function correlations(d_sae: number, values: number[]): Correlations {
  const products = new Float64Array(d_sae * d_sae);
  let next = 0;
  for (let i = 0; i < d_sae; i++) for (let j = i + 1; j < d_sae; j++) products[i * d_sae + j] = values[next++];
  return denseCorrelations(products, d_sae);
}

/** A batch of which nothing but correlations is seen: those chosen by, and those penalised. */
export const seenCorrelations = (chosenBy: Correlations, penalised = chosenBy): Observed =>
  ({ correlations: () => chosenBy, penalised: () => penalised }) as Observed;

/** A batch with this share of active features. */
export const seenActiveFraction = (activeFraction: number): Observed => ({ activeFraction }) as Observed;

/** A batch with these feature activations [batch, d_sae], and decoder rows if they matter. */
export const seenFeatures = (f: number[][], W_dec: number[][] = f[0].map(() => [1])): Observed =>
  observe(tf.tensor2d(f), { W_dec: tf.tensor2d(W_dec) } as Params, "activationCosine");

/** For each feature those it competes with. */
export const membersOf = ({ starts, members }: Neighbours): number[][] =>
  Array.from({ length: starts.length - 1 }, (_, i) => [...members.slice(starts[i], starts[i + 1])]);

export function neighbours(members: number[][]): Neighbours {
  const starts = [0];
  for (const mine of members) starts.push(starts[starts.length - 1] + mine.length);
  return { starts: Int32Array.from(starts), members: Int32Array.from(members.flat()) };
}

/** Asserts that values are those worked by hand: up to float32's rounding, or to `tolerance`. */
export function assertNear(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) <= tolerance, `${i}: expected ${value}, found ${actual[i]}`);
}
