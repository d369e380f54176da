import type { BoundClaim, Claim, ExactClaim, MeasuredClaim, OrderClaim, StatementClaim } from "./claim.js";
import { type Contradiction, contradictions } from "./contradictions.js";
import type { Interval } from "./interval.js";
import { type Measured, type Measurement, measureClaim } from "./measure.js";
import { statements } from "./statements.js";

export type Verdict = "holds" | "differs" | "inconclusive" | "not measurable here" | "self-contradictory";

/** A claim with what was found about it. */
export interface CheckedClaim {
  claim: Claim;
  verdict: Verdict;
  /** Why: the calculation, what is missing, or how the measured lies to the stated. */
  because: string;
  /** Absent where nothing could be measured; given also where the paper contradicts itself. */
  measured?: Measured;
  scope: { isPaperScale: boolean; text: string };
}

/** Seeds that a verdict about a mean needs: with fewer a t interval says nothing. */
export const fewestSeeds = 3;

/** Checks claims against the tables; `all` is the whole registry, which contradictions are looked for in. */
export const checkClaims = (
  claims: readonly Claim[],
  all: readonly Claim[],
  measurement: Measurement,
): CheckedClaim[] => claims.map((claim) => checkClaim(claim, all, measurement));

function checkClaim(claim: Claim, all: readonly Claim[], measurement: Measurement): CheckedClaim {
  const { isPaperScale, text } = measurement.scope;
  const scope = { isPaperScale, text };
  const contradiction = contradictionOf(claim, all);
  const found = claim.kind === "statement" ? checkStatement(claim, measurement) : checkMeasured(claim, measurement);
  return contradiction?.isSo
    ? { ...found, claim, scope, verdict: "self-contradictory", because: contradiction.calculation }
    : { ...found, claim, scope };
}

const contradictionOf = (claim: Claim, all: readonly Claim[]): Contradiction | undefined =>
  claim.contradiction && contradictions[claim.contradiction](claim, all);

type Found = Pick<CheckedClaim, "verdict" | "because" | "measured">;

function checkStatement({ test, why, layer, runs }: StatementClaim, { tables, scope }: Measurement): Found {
  if (test === null) return { verdict: "not measurable here", because: why };
  const layers = scope.layersOf(layer);
  const about = tables.filter(({ record }) => layers.includes(record.layer) && runs.includes(record.run.number));
  const lacking = layers.flatMap((of) =>
    runs
      .filter((run) => !about.some(({ record }) => record.layer === of && record.run.number === run))
      .map((run) => `Run ${run} on layer ${of}`),
  );
  if (lacking.length > 0) return { verdict: "not measurable here", because: `not trained: ${lacking.join(", ")}` };
  const { isSo, found } = statements[test].test(about);
  return { verdict: isSo ? "holds" : "differs", because: found };
}

function checkMeasured(claim: MeasuredClaim, measurement: Measurement): Found {
  const measured = measureClaim(claim, measurement);
  if (typeof measured === "string") return { verdict: "not measurable here", because: measured };
  return { measured, ...verdictOf(claim, measured) };
}

/** The verdict about a measured claim: "holds" and "differs" need a t interval that leaves no doubt. */
export function verdictOf(claim: MeasuredClaim, measured: Measured): Pick<CheckedClaim, "verdict" | "because"> {
  if (claim.kind === "exact") return exactVerdict(claim, measured);
  const { interval, n } = measured;
  if (n < fewestSeeds || interval === null)
    return { verdict: "inconclusive", because: `${n} of at least ${fewestSeeds} seeds` };
  if (claim.kind === "order") return orderVerdict(claim, measured);
  if (claim.kind === "bound") {
    const where = `${claim.operator} ${claim.value}`;
    return { verdict: boundVerdict(interval, claim), because: `interval ${show(interval)}, claimed ${where}` };
  }
  const { stated, tolerance } = claim;
  const { low, high } = rounded(interval);
  const accepted = rounded({ low: stated - tolerance, high: stated + tolerance });
  const isInside = low >= accepted.low && high <= accepted.high;
  const isApart = high < accepted.low || low > accepted.high;
  return {
    verdict: isInside ? "holds" : isApart ? "differs" : "inconclusive",
    because: `interval ${show(interval)}, claimed ${stated} ± ${tolerance}`,
  };
}

function exactVerdict({ value, decimals }: ExactClaim, { values }: Measured) {
  const isSame = values.every((found) => found.toFixed(decimals) === value.toFixed(decimals));
  const found = [...new Set(values.map((v) => String(Number(v.toPrecision(6)))))].join(", ");
  return { verdict: isSame ? "holds" : "differs", because: `found ${found}, claimed ${value}` } as const;
}

function orderVerdict({ order }: OrderClaim, { increases = [], groups = [] }: Measured) {
  const intervals = increases.map(({ interval }) => interval!);
  const rises = intervals.map((interval) => boundVerdict(interval, { operator: ">", value: 0 }));
  const verdict = rises.includes("differs") ? "differs" : rises.includes("inconclusive") ? "inconclusive" : "holds";
  const means = groups.map(({ mean }) => short(mean)).join(", ");
  return {
    verdict,
    because: `means ${means} for Runs ${order.map(runsText).join(" < ")}; increase ${intervals.map(show).join(", ")}`,
  } as const;
}

/** Whether the whole interval is on the claimed side of the value, the whole of it on the other, or neither. */
function boundVerdict(
  interval: Interval,
  { operator, value }: Pick<BoundClaim, "operator" | "value">,
): "holds" | "differs" | "inconclusive" {
  const { low, high } = rounded(interval);
  const isOnSide = { "<": high < value, "<=": high <= value, ">": low > value, ">=": low >= value }[operator];
  const isOnOther = { "<": low >= value, "<=": low > value, ">": high <= value, ">=": high < value }[operator];
  return isOnSide ? "holds" : isOnOther ? "differs" : "inconclusive";
}

/** Sums of decimals miss them by their last binary digits: 0.1 three times has a mean above 0.1. */
const rounded = ({ low, high }: Interval): Interval => ({
  low: Number(low.toFixed(12)),
  high: Number(high.toFixed(12)),
});

/** Runs as a reader lists them: 2–9, or 0, 1. */
export function runsText(runs: readonly number[]): string {
  const isRange = runs.length > 2 && runs.every((run, i) => i === 0 || run === runs[i - 1] + 1);
  return isRange ? `${runs[0]}–${runs.at(-1)}` : runs.join(", ");
}

const show = ({ low, high }: Interval): string => `[${short(low)}, ${short(high)}]`;

/** Four significant digits. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));
