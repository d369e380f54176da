import type * as tf from "@tensorflow/tfjs";
import { SncError } from "./base/errors.js";
import { sha256 } from "./base/files.js";
import type { CoactivationMove } from "./sae/coactivation-values.js";
import type { CorrelationReading } from "./sae/correlations/correlation.js";
import type { Pairs } from "./sae/correlations/pairs.js";
import type { Correlations } from "./sae/correlations/selection.js";
import type { Inhibition, Neighbours } from "./sae/inhibition.js";
import type { Activated, Kept } from "./sae/keep.js";
import type { Auxiliary, Directions, L0Target, ReconstructionLoss } from "./sae/loss.js";
import type { Trained } from "./sae/params.js";
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

/** A rule's options by name; undefined leaves one out. */
export type Options = Readonly<Record<string, number | string | undefined>>;

/** A mechanism: the next value of one quantity, from the state and what was observed. Writes nothing. */
export interface Rule<T, Seen = Observed> {
  (s: TrainState, seen: Seen): T;
  /** What `describe` prints and run.json records. */
  readonly ruleName: string;
  readonly source: string;
  readonly options: Options;
  /** Of a rule that is not this package's: a hash of its source text. */
  readonly code?: string;
}

/** Attaches name, source in the paper and options to a rule. */
export const rule = <T, Seen = Observed>(
  ruleName: string,
  source: string,
  options: Options,
  decide: (s: TrainState, seen: Seen) => T,
): Rule<T, Seen> => made({ ruleName, source, options }, decide);

type About = Pick<Rule<unknown>, "ruleName" | "source" | "options" | "code">;

/** All rules that there are: what looks like one may decide otherwise than its name says. */
const rules = new WeakSet<object>();

/** A function that decides, with what is recorded of it; neither changes any more. */
function made<T, Seen>(about: About, decide: (s: TrainState, seen: Seen) => T): Rule<T, Seen> {
  const options = Object.freeze({ ...about.options });
  const made = Object.freeze(Object.assign((s: TrainState, seen: Seen) => decide(s, seen), about, { options }));
  rules.add(made);
  return made;
}

/** Whether `rule` or `ownRule` made this: a copy of what they attach does not make a rule of another function. */
export const isRule = (value: unknown): value is Rule<unknown, never> =>
  typeof value === "function" && rules.has(value);

/** What `describe` prints of a rule beside its options, which therefore have other names. */
const described = ["rule", "source", "code"];

/**
 * A rule of your own for a slot of a method, with a name, where it is from, its options, and what decides. Name and options are
 * recorded with each training, and so is a hash of the function's source text: training again is due when one of them changes.
 * The text does not show the values of variables that the function uses from around it, nor other functions that it calls: put
 * such values into the options. Throws a usage error for an option without a finite number or a text.
 *
 * @example
 * const halved = rule<Inhibition, Competing>("halved", "mine", { share: 0.5 }, (_state, { raw }) => ({
 *   gain: tf.fill(raw.shape, 0.5) as tf.Tensor2D,
 * }));
 * const method: Method = { ...run(7).method, inhibit: halved };
 */
export function ownRule<T, Seen = Observed>(
  ruleName: string,
  source: string,
  options: Options,
  decide: (s: TrainState, seen: Seen) => T,
): Rule<T, Seen> {
  if (typeof ruleName !== "string" || ruleName === "")
    throw new SncError("usage", `rule: expected a name, found ${JSON.stringify(ruleName)}`);
  for (const [name, value] of Object.entries(options)) {
    if (described.includes(name))
      throw new SncError("usage", `rule ${ruleName}: expected another name than "${name}" for an option: it is taken`);
    if (value !== undefined && typeof value !== "string" && !Number.isFinite(value))
      throw new SncError("usage", `rule ${ruleName}: expected ${name} to be a finite number or a text, found ${value}`);
  }
  return made({ ruleName, source, options, code: sha256(String(decide)).slice(0, 16) }, decide);
}

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
  /*
   * What methods other than the paper's decide, off in Runs 0 to 9.
   */
  /** Which activations are features, after the competition. */
  keep: Rule<Kept, Activated>;
  /** How many of the first features reconstruct by themselves, ascending, d_sae last; the reconstruction is the mean. */
  prefixes: Rule<readonly number[], undefined>;
  /** Which features are dead and reconstruct what is left over. */
  auxiliary: Rule<Auxiliary | undefined, undefined>;
  /** The number of active features that is asked for. */
  l0: Rule<L0Target | undefined, undefined>;
  /** Among which features decoder rows are pushed apart. */
  directions: Rule<Directions | undefined, undefined>;
  /** Which weights are trained; the others stay as they start. */
  trained: Trained;
  /** Readings of Eq. 7 itself: R1, R4, R16. */
  correlation: CorrelationReading;
  penalty: "sum" | "mean";
  reconstruction: ReconstructionLoss;
}

/** The slots that a rule fills; the others hold a reading's choice. */
export type RuleSlot = {
  [S in keyof Method]: Method[S] extends { ruleName: string } ? S : never;
}[keyof Method];

/** The part of a method that features depend on: what happens to an activation, who competes with whom, and what is kept. */
export type Competition = Pick<Method, "inhibit" | "neighbours" | "keep">;

/**
 * A method, or some of its slots, as plain data: for each slot the rule's name, options and source, so that two methods can be compared. A rule of your
 * own has a hash of its source text as well (`code`).
 */
export function describe(method: Partial<Method>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(method).map(([slot, value]) => [slot, typeof value === "function" ? describeRule(value) : value]),
  );
}

const describeRule = ({ ruleName, source, code, options }: Rule<unknown, never>) => ({
  rule: ruleName,
  source,
  ...(code !== undefined && { code }),
  ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
});

/** The slots in which two methods differ, by `describe`. */
export function differences(a: Method, b: Method): string[] {
  const [before, after] = [describe(a), describe(b)];
  return Object.keys(after).filter((slot) => JSON.stringify(before[slot]) !== JSON.stringify(after[slot]));
}
