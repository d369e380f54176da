import { type Interval, type Spread, spreadOf } from "../base/interval.js";
import { fewestSeeds, short } from "./numbers.js";

/** What numbers decide about a sentence. */
export type Decided = "holds" | "differs" | "inconclusive";

/** A sentence that a quantity is on one side of a value. */
export interface Bound {
  operator: "<" | "<=" | ">" | ">=";
  value: number;
}

/** A sentence that a quantity is the stated number, give or take the tolerance. */
export interface Close {
  stated: number;
  tolerance: number;
}

/** A verdict on a sentence about one quantity, with the spread that decided it. */
export interface Judgement extends Spread {
  verdict: Decided;
  /** The 95 % t interval beside what is claimed. */
  because: string;
}

/**
 * The verdict on a sentence of any paper, from its quantity measured once per seed: `holds` where the whole 95 % t interval is
 * as claimed, `differs` where none of it is, else `inconclusive`, as with fewer than three seeds. Differences between two
 * conditions are taken seed by seed before. Throws without a value.
 */
export function judge(values: readonly number[], sentence: Bound | Close): Judgement {
  const spread = spreadOf(values);
  const { interval, n } = spread;
  if (n < fewestSeeds || interval === null) return { ...spread, verdict: "inconclusive", because: tooFew(n) };
  if ("operator" in sentence)
    return { ...spread, verdict: boundVerdict(interval, sentence), because: claimedBound(interval, sentence) };
  return { ...spread, verdict: closeVerdict(interval, sentence), because: claimedClose(interval, sentence) };
}

/** Why so many seeds decide nothing. */
export const tooFew = (n: number): string => `${n} of at least ${fewestSeeds} seeds`;

/** An interval beside the bound that is claimed. */
export const claimedBound = (interval: Interval, { operator, value }: Bound): string =>
  `interval ${intervalText(interval)}, claimed ${operator} ${value}`;

/** An interval beside the number that is claimed. */
export const claimedClose = (interval: Interval, { stated, tolerance }: Close): string =>
  `interval ${intervalText(interval)}, claimed ${stated}, within ${tolerance}`;

/** "[0.1, 0.2]". */
export const intervalText = ({ low, high }: Interval): string => `[${short(low)}, ${short(high)}]`;

/** Whether the whole interval, reaching `wider` further, is on the claimed side of the value, the whole of it on the other, or neither. */
export function boundVerdict(interval: Interval, { operator, value }: Bound, wider = 0): Decided {
  const { low, high } = widened(interval, wider);
  const isOnSide = { "<": high < value, "<=": high <= value, ">": low > value, ">=": low >= value }[operator];
  const isOnOther = { "<": low >= value, "<=": low > value, ">": high <= value, ">=": high < value }[operator];
  return isOnSide ? "holds" : isOnOther ? "differs" : "inconclusive";
}

/** Whether the whole interval, reaching `wider` further, is within the tolerance of the stated number, none of it, or a part. */
export function closeVerdict(interval: Interval, { stated, tolerance }: Close, wider = 0): Decided {
  const { low, high } = widened(interval, wider);
  const accepted = widened({ low: stated, high: stated }, tolerance);
  if (low >= accepted.low && high <= accepted.high) return "holds";
  return high < accepted.low || low > accepted.high ? "differs" : "inconclusive";
}

/** Of a sentence with several parts, all of which have to be so. */
export const together = (parts: readonly Decided[]): Decided =>
  parts.includes("differs") ? "differs" : parts.includes("inconclusive") ? "inconclusive" : "holds";

/** Rounded: sums of decimals miss them by their last binary digits; 0.1 three times has a mean above 0.1. */
const widened = ({ low, high }: Interval, by: number): Interval => ({
  low: Number((low - by).toFixed(12)),
  high: Number((high + by).toFixed(12)),
});
