import type * as tf from "@tensorflow/tfjs";
import type { ReconstructionLoss } from "./sae/loss.js";
import type { TrainState } from "./sae/state.js";

/** What a rule sees of the batch just computed. */
export interface Observed {
  /** Feature activations [batch, d_sae]; the step's scope owns them. */
  f: tf.Tensor2D;
  tokens: number;
  /** Share of feature activations above zero over batch and features (p), in [0, 1]. */
  activeFraction: number;
  /** On how many of the batch's tokens each feature fired [d_sae]. */
  firing: Int32Array;
  /** L2 norm over the batch of each feature's activations [d_sae]. */
  columnNorms: Float32Array;
}

/** A mechanism: the next value of one quantity, from the state and what was observed. Writes nothing. */
export interface Rule<T> {
  (s: TrainState, seen: Observed): T;
  /** What `describe` prints and run.json records. */
  readonly ruleName: string;
  readonly source: string;
  readonly options: Readonly<Record<string, number | string>>;
}

/** Attaches name, source in the paper and options to a rule. */
export const rule = <T>(
  ruleName: string,
  source: string,
  options: Rule<T>["options"],
  decide: (s: TrainState, seen: Observed) => T,
): Rule<T> => Object.assign((s: TrainState, seen: Observed) => decide(s, seen), { ruleName, source, options });

/** A run's method: one rule per slot, each slot named after the quantity it decides. */
export interface Method {
  /** λ₁ (§4.3). */
  sparsity: Rule<number>;
  /** I (Eq. 6): tracked in every run. */
  importance: Rule<Float64Array>;
  /** Reading R16: the reconstruction term of Eq. 7. */
  reconstruction: ReconstructionLoss;
}

/** A method as plain data: for each slot the rule's name, options and source, so that two methods can be compared. */
export function describe(method: Method): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(method).map(([slot, value]) => [
      slot,
      typeof value === "function" ? { rule: value.ruleName, source: value.source, ...value.options } : value,
    ]),
  );
}
