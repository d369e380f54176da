import * as tf from "@tensorflow/tfjs";
import { type MutableTensor, mutableTensor } from "../backend/variables.js";
import { checked, count, notNegative } from "../base/checks.js";
import { streamFromState } from "../base/random.js";
import { paper } from "../paper.js";
import { Coactivation } from "./coactivation.js";
import { emptyPairs, type Pairs } from "./correlations/pairs.js";
import {
  aliveIn,
  type Params,
  type PerWeight,
  perWeight,
  type WeightName,
  widthsOf,
  withoutDisabled,
} from "./params.js";

/** Everything a training step reads and writes, one field per symbol; a checkpoint holds all of it. */
export interface TrainState {
  /** Steps done; batch t of a training is a function of the seed and t alone. */
  step: number;
  params: PerWeight<MutableTensor>;
  /** Adam's moments by weight name. */
  adam: { m: PerWeight<MutableTensor>; v: PerWeight<MutableTensor> };
  /** 1, or 0 where a feature is switched off [d_sae]. */
  alive: Float32Array;
  /** λ₁ and what its rule remembers: p, the active fraction, averaged. */
  sparsity: Sparsity;
  /** τ, Eq. 3. */
  tau: number;
  /** Of methods that keep a batch's largest activations: above which they count when measured; undefined before the first step. */
  threshold: number | undefined;
  /** T_k, Eq. 2, of the last step. */
  pairs: Pairs;
  /** I [d_sae], Eq. 6; undefined before the first step, because it starts at its first value. */
  importance: Float64Array | undefined;
  /** H [d_sae, d_sae], Eq. 4. */
  coactivation: Coactivation;
  /** r [d_sae], Eq. 5, as the last step used it. */
  radius: Int32Array;
  /** For how many steps each feature's importance has been low [d_sae]. */
  lowSteps: Int32Array;
  /** For how many steps each feature has not fired [d_sae]. */
  silentSteps: Int32Array;
  /** How many features have been switched off, and started again, so far. */
  prunedCount: number;
  reallocatedCount: number;
  /** Where the stream of random directions for reborn features stands. */
  random: number[];
  /** Where the stream stands that deals features into chunks, where a method does. */
  shuffle: number[];
  /** How often each feature fired in each of the last steps of the window of §5.3. */
  activity: ActivityWindow;
}

/** λ₁, and p as its rule averages it; undefined: nothing is averaged. */
export interface Sparsity {
  lambda1: number;
  activeFraction: number | undefined;
}

/** Counts of firing (f > 0) per feature over the last `steps` batches, as a ring of rows [steps, d_sae]. */
export interface ActivityWindow {
  counts: Uint16Array;
  /** Batch size of each row, 0 where nothing has been written. */
  tokens: Uint16Array;
}

/** How a state starts; what is left out starts as in the paper. */
export interface StateOptions {
  /** λ₁ ≥ 0 and τ ≥ 0 before their rules move them. */
  lambda1?: number;
  tau?: number;
  /** Steps in the window of activity (§5.3), 1 or more. */
  activityWindow?: number;
  /** The stream for reborn features: `stream(seed, "rebirth").state()`. */
  random: readonly number[];
  /** The stream for chunks: `stream(seed, "chunks").state()`; where it is not said, one that begins as `random` does. */
  shuffle?: readonly number[];
}

const ranges = { lambda1: notNegative, tau: notNegative, activityWindow: count };

/**
 * A state at step 0 with these weights; copies them, so the caller still owns and disposes `params`. Features that no input can
 * reach, as those that `readParams` gives of features switched off, are switched off. Throws a usage error for weights whose
 * shapes do not fit each other.
 *
 * @example
 * const params = initialParams(d_in, 4 * d_in, seed);
 * const state = initialState(params, { random: stream(seed, "rebirth").state() });
 * tf.dispose(Object.values(params));
 */
export function initialState(
  params: Params,
  {
    lambda1 = paper.sparsityPenalty,
    tau = paper.tau.start,
    activityWindow = paper.activityWindow,
    random,
    shuffle = random,
  }: StateOptions,
): TrainState {
  checked("initialState", { lambda1, tau, activityWindow }, ranges);
  const { d_sae } = widthsOf(params);
  const zeros = (name: WeightName): MutableTensor => {
    const zero = tf.zerosLike(params[name]!);
    const moment = mutableTensor(zero);
    zero.dispose();
    return moment;
  };
  return {
    step: 0,
    params: perWeight((name) => mutableTensor(params[name]!), params),
    adam: { m: perWeight(zeros, params), v: perWeight(zeros, params) },
    alive: aliveIn(params),
    sparsity: { lambda1, activeFraction: undefined },
    tau,
    threshold: undefined,
    pairs: emptyPairs,
    importance: undefined,
    coactivation: new Coactivation(d_sae),
    radius: new Int32Array(d_sae),
    lowSteps: new Int32Array(d_sae),
    silentSteps: new Int32Array(d_sae),
    prunedCount: 0,
    reallocatedCount: 0,
    random: streamFromState(random).state(),
    shuffle: streamFromState(shuffle).state(),
    activity: { counts: new Uint16Array(activityWindow * d_sae), tokens: new Uint16Array(activityWindow) },
  };
}

/** The weights as they are stored, as tensors tracked by the caller's scope; `alive` is told apart. */
export const readWeights = ({ params }: Pick<TrainState, "params">): Params =>
  perWeight((name) => params[name]!.read(), params) as Params;

/**
 * The weights as tensors, tracked by the caller's scope, which disposes them. Features that are switched off are off by these
 * weights alone: `encode` gives 0, and a state that starts from them keeps them off.
 */
export function readParams(s: TrainState): Params {
  const stored = readWeights(s);
  const params = withoutDisabled(stored, s.alive);
  if (params !== stored) tf.dispose([stored.W_enc, stored.b_enc]);
  return params;
}

/** Frees the native memory of a state. */
export function disposeState(s: TrainState): void {
  for (const record of [s.params, s.adam.m, s.adam.v])
    for (const variable of Object.values(record) as MutableTensor[]) variable.dispose();
}

/** Writes one batch's firing counts [d_sae] into the window, and for how long each feature has been silent. */
export function recordActivity(s: TrainState, firing: ArrayLike<number>, tokens: number): void {
  const row = s.step % s.activity.tokens.length;
  s.activity.counts.set(firing, row * firing.length);
  s.activity.tokens[row] = tokens;
  for (let i = 0; i < s.silentSteps.length; i++) s.silentSteps[i] = firing[i] > 0 ? 0 : s.silentSteps[i] + 1;
}

/** Share of the window's tokens on which each feature fired [d_sae], in [0, 1]; 0 before the first step. */
export function firingFrequency({ counts, tokens }: ActivityWindow): Float64Array {
  const d_sae = counts.length / tokens.length;
  const frequency = new Float64Array(d_sae);
  let seen = 0;
  for (let row = 0; row < tokens.length && tokens[row] > 0; row++) {
    seen += tokens[row];
    for (let i = 0; i < d_sae; i++) frequency[i] += counts[row * d_sae + i];
  }
  return seen > 0 ? frequency.map((count) => count / seen) : frequency;
}
