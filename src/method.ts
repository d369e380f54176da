import type * as tf from "@tensorflow/tfjs";
import type { CoactivationMove } from "./sae/coactivation-values.js";
import type { CorrelationReading } from "./sae/correlations/correlation.js";
import type { Pairs } from "./sae/correlations/pairs.js";
import type { Correlations } from "./sae/correlations/selection.js";
import type { Inhibition, Neighbours } from "./sae/inhibition.js";
import type { ReconstructionLoss } from "./sae/loss.js";
import type { Sparsity, TrainState } from "./sae/state.js";

/** What a rule sees of the batch just computed. The step's scope owns the tensors. */
export interface Observed {
  /** Feature activations after the competition [batch, d_sae]. */
  f: tf.Tensor2D;
  /** The same, read back once [batch · d_sae]. */
  values: Float32Array;
  tokens: number;
  /** Share of feature activations above zero over batch and features (p), in [0, 1]. */
  activeFraction: number;
  /** On how many of the batch's tokens each feature fired [d_sae]. */
  firing: Int32Array;
  /** Σ f² of each feature over the batch [d_sae]. */
  squares: Float64Array;
  /** What T_k is chosen and features are pruned by; computed when first asked for. */
  correlations(): Correlations;
  /** What the penalty and c̄ are made of: the same, but for Reading R1 `hybrid`. */
  penalised(): Correlations;
  /** L2 norms of the decoder rows as the batch saw them [d_sae]. */
  decoderNorms(): Float32Array;
}

/** A rule's options as they are printed and recorded. */
export type RuleOptions = Readonly<Record<string, number | string | undefined>>;

/** A mechanism: the next value of one quantity, from the state and what was observed. Writes nothing. */
export interface Rule<T, Seen = Observed> {
  (s: TrainState, seen: Seen): T;
  /** What `describe` prints and run.json records. */
  readonly ruleName: string;
  readonly source: string;
  readonly options: RuleOptions;
}

/**
 * Attaches name, source in the paper and options to a rule.
 *
 * @example
 * const halved = rule<Inhibition, Competing>("halved", "mine", { share: 0.5 }, (_state, { raw }) => ({
 *   gain: tf.fill(raw.shape, 0.5) as tf.Tensor2D,
 * }));
 * const method: Method = { ...run(7).method, inhibit: halved };
 */
export const rule = <T, Seen = Observed>(
  ruleName: string,
  source: string,
  options: RuleOptions,
  decide: (s: TrainState, seen: Seen) => T,
): Rule<T, Seen> => Object.assign((s: TrainState, seen: Seen) => decide(s, seen), { ruleName, source, options });

/** Which features to start again, and for how many steps each one's importance has been low. */
export interface Reallocation {
  features: number[];
  lowSteps: Int32Array;
}

/** Features that pruning hits, and whether they are started again at once (Reading R8). */
export interface Pruning {
  features: number[];
  action: "disable" | "reinitialize";
}

/** What `inhibit` sees: activations before the competition [batch, d_sae], ≥ 0, and who competes with whom. */
export interface Competing {
  raw: tf.Tensor2D;
  neighbours: Neighbours;
}

/** A run's method: one rule per slot, each slot named after the quantity it decides. */
export interface Method {
  /** λ₁ (§4.3). */
  sparsity: Rule<Sparsity>;
  /** T_k (Eq. 2). */
  pairs: Rule<Pairs>;
  /** τ (Eq. 3). */
  tau: Rule<number>;
  /** Features to switch off (§4.3). */
  prune: Rule<Pruning>;
  /** I (Eq. 6): tracked in every run. */
  importance: Rule<Float64Array>;
  /** Gain and offset of each activation (§4.2), from the activations before it [batch, d_sae] and who competes with whom. */
  inhibit: Rule<Inhibition, Competing>;
  /** Who competes with whom (§4.2), from H and r. */
  neighbours: Rule<Neighbours, undefined>;
  /** How H moves (Eq. 4); undefined: there is none. */
  coactivation: Rule<CoactivationMove | undefined>;
  /** r (Eq. 5), from H. */
  radius: Rule<Int32Array, undefined>;
  /** Features to start again (§4.3). */
  reallocate: Rule<Reallocation>;
  /** Readings of Eq. 7 itself: R1, R4, R16. */
  correlation: CorrelationReading;
  penalty: "sum" | "mean";
  reconstruction: ReconstructionLoss;
}

/** The part of a method that features depend on: what happens to an activation, and who competes with whom. */
export type Competition = Pick<Method, "inhibit" | "neighbours">;

/** A method, or some of its slots, as plain data: the rule's name, options and source, so that two methods can be compared. */
export function describe(method: Partial<Method>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(method).map(([slot, value]) => [
      slot,
      typeof value === "function" ? { rule: value.ruleName, source: value.source, ...value.options } : value,
    ]),
  );
}

/** The slots in which two methods differ, by `describe`. */
export function differences(a: Method, b: Method): string[] {
  const [before, after] = [describe(a), describe(b)];
  return Object.keys(after).filter((slot) => JSON.stringify(before[slot]) !== JSON.stringify(after[slot]));
}
