import type { StepRecord } from "../train.js";

/** A quantity that has been at the same bound from this step to the last. */
export interface Pinned {
  bound: number;
  since: number;
}

/** What a training's trace says of mechanisms that did nothing: an ablation step that changed nothing must say so. */
export interface Flags {
  /** τ or λ₁ stands at a bound of its range at the end; null where not, or where the run keeps it constant. */
  tauPinned: Pinned | null;
  lambda1Pinned: Pinned | null;
  /** Share of the steps in which T_k was empty; 1 where nothing is selected. */
  emptyPairs: number;
  /** Share of the steps in which no activation lost a competition; 1 where nobody competes. */
  idleCompetition: number;
  /** Features switched off, and started again. */
  pruned: number;
  reallocated: number;
  /** Whether every step is that of the run before, or varied (same layer and seed); null where that is not there. */
  identicalToPredecessor: boolean | null;
  /** The first step that is not that of the run before, or varied, where the mechanism first acted; null where none is, or that is not there. */
  firstActed: number | null;
}

/** The flags of a trace, compared with no other; `bounds` are the ranges of τ and λ₁ where they adapt. */
export function flagsOf(
  trace: readonly StepRecord[],
  bounds: { tau?: readonly [number, number]; lambda1?: readonly [number, number] },
): Flags {
  const share = (isSo: (record: StepRecord) => boolean): number => trace.filter(isSo).length / trace.length;
  const last = trace[trace.length - 1];
  return {
    tauPinned: pinned(trace, (record) => record.tau, bounds.tau),
    lambda1Pinned: pinned(trace, (record) => record.lambda1, bounds.lambda1),
    emptyPairs: share((record) => record.pairs === 0),
    idleCompetition: share((record) => record.losers === 0),
    pruned: last.pruned,
    reallocated: last.reallocated,
    identicalToPredecessor: null,
    firstActed: null,
  };
}

/** Bounds: they act through what they let pass, which other columns show. */
const bounds: readonly (keyof StepRecord)[] = ["threshold", "meanRadius"];

/** The first step in which two traces differ, in anything: the losses alone do not show what a step left behind. Null where none does. */
export function firstOtherStep(trace: readonly StepRecord[], other: readonly StepRecord[]): number | null {
  const found = trace.find((record, i) => !other[i] || !isTheSameStep(record, other[i]));
  return found?.step ?? other[trace.length]?.step ?? null;
}

const isTheSameStep = (a: StepRecord, b: StepRecord): boolean =>
  (Object.keys(a) as (keyof StepRecord)[]).every((column) => bounds.includes(column) || a[column] === b[column]);

function pinned(
  trace: readonly StepRecord[],
  quantity: (record: StepRecord) => number,
  bounds?: readonly [number, number],
): Pinned | null {
  const bound = quantity(trace[trace.length - 1]);
  if (!bounds?.includes(bound)) return null;
  let first = trace.length - 1;
  while (first > 0 && quantity(trace[first - 1]) === bound) first--;
  return { bound, since: trace[first].step };
}

/**
 * The flags in words, one sentence each; empty when every mechanism did something. `of`: a run's number, or the run as its record
 * has it, which may be a variation: that may have taken mechanisms out, so that no reason is given.
 */
export function describeFlags(flags: Flags, of: number | { number: number; variation?: string }): string[] {
  const { number: run, variation } = typeof of === "number" ? { number: of } : of;
  const said: string[] = [];
  const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
  const because = (what: string, why: string): string => (variation === undefined ? `${what}: ${why}.` : `${what}.`);
  if (flags.identicalToPredecessor)
    said.push(
      variation === undefined
        ? `Run ${run} took exactly the steps of Run ${run - 1}: what it adds changed nothing here.`
        : `It took exactly the steps of Run ${run}: what it changes did nothing here.`,
    );
  if (flags.firstActed !== null && flags.firstActed > 1) {
    const [before, what] = variation === undefined ? [run - 1, "adds"] : [run, "changes"];
    const { firstActed } = flags;
    said.push(
      `Up to step ${firstActed - 1} it took the steps of Run ${before}: what it ${what} first acted at step ${firstActed}.`,
    );
  }
  if (flags.tauPinned)
    said.push(`τ has stood at its bound ${flags.tauPinned.bound} since step ${flags.tauPinned.since}.`);
  if (flags.lambda1Pinned)
    said.push(`λ₁ has stood at its bound ${flags.lambda1Pinned.bound} since step ${flags.lambda1Pinned.since}.`);
  if (run >= 1 && flags.emptyPairs > 0) said.push(`T_k was empty in ${percent(flags.emptyPairs)} of the steps.`);
  if (run >= 4 && flags.pruned === 0)
    said.push(because("Nothing was pruned", "no pair passed the threshold when it was checked"));
  if (run >= 7 && flags.idleCompetition > 0)
    said.push(`The competition suppressed nothing in ${percent(flags.idleCompetition)} of the steps.`);
  if (run >= 9 && flags.reallocated === 0)
    said.push(because("No feature was reallocated", "none was of low importance for long enough"));
  return said;
}
