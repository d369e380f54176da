import { startingSparsity } from "../../mechanisms/sparsity.js";
import { differences, type Method, type Rule, rule } from "../../method.js";
import { emptyPairs, type Pairs } from "../../sae/correlations/pairs.js";
import type { TrainState } from "../../sae/state.js";

/** What a run's rules remember in a state, though they decide as another's do. */
type Own = Pick<TrainState, "pairs" | "tau" | "sparsity" | "lowSteps">;

/** What a checkpoint holds of a run that has taken all its steps so far. */
export interface Followed {
  own: Own;
  /** Of each step, the bound that c_ij had to pass: the one column of the trace in which it may differ. */
  thresholds: (number | null)[];
}

/** A run that takes the steps of the one that is trained as long as its rules decide the same; both are asked at every step. */
export interface Follower extends Followed {
  method: Method;
  follows: boolean;
}

/** How two decisions are compared, and what a follower remembers of its own. */
interface Decision<T> {
  areSame(one: T, other: T): boolean;
  remember?(decided: T): Partial<Own>;
}

type Decided = "pairs" | "tau" | "sparsity" | "prune" | "reallocate";

const sameNumbers = (one: ArrayLike<number>, other: ArrayLike<number>): boolean =>
  one.length === other.length && Array.prototype.every.call(one, (value, at) => value === other[at]);

const samePairs = (one: Pairs, other: Pairs): boolean =>
  one.weightOfAll === other.weightOfAll && sameNumbers(one.i, other.i) && sameNumbers(one.j, other.j);

/** Slots whose decisions are few numbers: the weights depend on nothing else of what these rules remember. */
const decisions: { [S in Decided]: Decision<ReturnType<Method[S]>> } = {
  pairs: { areSame: samePairs, remember: (pairs) => ({ pairs }) },
  tau: { areSame: Object.is, remember: (tau) => ({ tau }) },
  sparsity: {
    areSame: (one, other) => one.lambda1 === other.lambda1,
    remember: (sparsity) => ({ sparsity }),
  },
  prune: {
    areSame: (one, other) =>
      sameNumbers(one.features, other.features) && (one.features.length === 0 || one.action === other.action),
  },
  reallocate: {
    areSame: (one, other) => sameNumbers(one.features, other.features),
    remember: ({ lowSteps }) => ({ lowSteps }),
  },
};

/** Rules of other names that can decide alike: some act only now and then, or choose the same by another bound. */
const mayAgree: Partial<Record<string, readonly string[]>> = {
  pairs: ["topPairs", "significantPairs"],
  prune: ["noPruning", "pruneCorrelated"],
  reallocate: ["noReallocation", "reallocateInactive"],
};

/**
 * Whether a run with this method could take the steps of one with the other: they start alike, and differ in rules of this package
 * alone whose decisions can be compared at every step.
 */
export function mayFollow(method: Method, leader: Method): boolean {
  const start = (of: Method): number => startingSparsity(of.sparsity);
  return start(method) === start(leader) && differences(leader, method).every((slot) => agreesIn(slot, method, leader));
}

function agreesIn(slot: string, method: Method, leader: Method): boolean {
  if (!Object.hasOwn(decisions, slot)) return false;
  const [one, other] = [method, leader].map((of) => of[slot as Decided]);
  if (one.code !== undefined || other.code !== undefined) return false;
  const named = (of: Rule<unknown>): boolean => mayAgree[slot]?.includes(of.ruleName) ?? of.ruleName === one.ruleName;
  return [one, other].every(named);
}

/** A run that is to follow one that has not begun, from this state; or from where a checkpoint says that it is. */
export const newFollower = (method: Method, { tau, sparsity, lowSteps }: TrainState, from?: Followed): Follower => ({
  ...(from ?? { own: { pairs: emptyPairs, tau, sparsity, lowSteps }, thresholds: [] }),
  method,
  follows: true,
});

/** The leader's method: after each decision its followers decide as well, `aside`, and one that decides otherwise follows no more. */
export function followed(leader: Method, followers: readonly Follower[], aside: (work: () => void) => void): Method {
  const asked = <S extends Decided>(slot: S): Method[S] => {
    const { areSame, remember } = decisions[slot] as Decision<unknown>;
    const of = leader[slot] as Rule<unknown>;
    return rule(of.ruleName, of.source, of.options, (s, seen) => {
      const decided = of(s, seen);
      aside(() => {
        for (const follower of followers) {
          if (!follower.follows) continue;
          const its = follower.method[slot]({ ...s, ...follower.own }, seen);
          Object.assign(follower.own, remember?.(its));
          follower.follows = areSame(decided, its);
          if (slot === "pairs") follower.thresholds.push(follower.own.pairs.threshold ?? null);
        }
      });
      return decided;
    }) as Method[S];
  };
  if (followers.length === 0) return leader;
  const slots = Object.keys(decisions) as Decided[];
  return { ...leader, ...Object.fromEntries(slots.map((slot) => [slot, asked(slot)])) };
}
