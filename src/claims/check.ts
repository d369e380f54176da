import type { BoundClaim, Claim, ExactClaim, MeasuredClaim, OrderClaim, StatementClaim } from "./claim.js";
import { type Contradiction, contradictions } from "./contradictions.js";
import type { Interval } from "./interval.js";
import { type Measured, type Measurement, measureClaim } from "./measure.js";
import { statements } from "./statements.js";

/** What came of a claim. */
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

function checkStatement({ test, why, layer, runs }: StatementClaim, { tables, scope, readings }: Measurement): Found {
  if (test === null) return { verdict: "not measurable here", because: why };
  const layers = scope.layersOf(layer);
  const about = tables.filter(({ record }) => layers.includes(record.layer) && runs.includes(record.run.number));
  const lacking = layers.flatMap((of) =>
    runs
      .filter((run) => !about.some(({ record }) => record.layer === of && record.run.number === run))
      .map((run) => `Run ${run} on layer ${of}`),
  );
  if (lacking.length > 0) return { verdict: "not measurable here", because: `not trained: ${lacking.join(", ")}` };
  const { isSo, found } = statements[test].test(about, readings);
  return { verdict: isSo === null ? "inconclusive" : isSo ? "holds" : "differs", because: found };
}

function checkMeasured(claim: MeasuredClaim, measurement: Measurement): Found {
  const measured = measureClaim(claim, measurement);
  if (typeof measured === "string") return { verdict: "not measurable here", because: measured };
  const { verdict, because } = verdictOf(claim, measured);
  return { measured, verdict, because: [because, measured.leftOut ?? []].flat().join("; ") };
}

/** The verdict about a measured claim: "holds" and "differs" need a t interval that leaves no doubt. */
function verdictOf(claim: MeasuredClaim, measured: Measured): Pick<CheckedClaim, "verdict" | "because"> {
  if (claim.kind === "exact") return exactVerdict(claim, measured);
  const { interval, n } = measured;
  if (n < fewestSeeds || interval === null)
    return { verdict: "inconclusive", because: `${n} of at least ${fewestSeeds} seeds` };
  if (claim.kind === "order") return orderVerdict(claim, measured);
  if (claim.kind === "bound") {
    const because = `interval ${show(interval)}, claimed ${claim.operator} ${claim.value}`;
    const verdict = boundVerdict(interval, claim);
    const doubt = verdict === "holds" ? holdsAnyway(claim, measured) : undefined;
    return doubt ? { verdict: "inconclusive", because: `${because}; ${doubt}` } : { verdict, because };
  }
  const { stated, tolerance } = claim;
  return {
    verdict: closeVerdict(interval, stated, tolerance),
    because: `interval ${show(interval)}, claimed ${stated} ± ${tolerance}`,
  };
}

/** Why a bound that is kept says nothing: the end of the quantity's range keeps it, or it may have been kept before any training. */
function holdsAnyway(claim: BoundClaim, { headroom, untrained }: Measured): string | undefined {
  if (claim.operator.startsWith("<") && headroom !== undefined && headroom <= claim.value)
    return `but every value lies within ${short(headroom)} of the end of its range, where no other difference is possible`;
  if (untrained?.interval && boundVerdict(untrained.interval, claim) !== "differs")
    return `but before the first step it was ${show(untrained.interval)}, not clearly other: it says nothing of training`;
  return undefined;
}

function closeVerdict(interval: Interval, stated: number, tolerance: number): "holds" | "differs" | "inconclusive" {
  const { low, high } = rounded(interval);
  const accepted = rounded({ low: stated - tolerance, high: stated + tolerance });
  if (low >= accepted.low && high <= accepted.high) return "holds";
  return high < accepted.low || low > accepted.high ? "differs" : "inconclusive";
}

function exactVerdict({ value, decimals }: ExactClaim, { values }: Measured) {
  const isSame = values.every((found) => found.toFixed(decimals) === value.toFixed(decimals));
  const found = [...new Set(values.map((v) => String(Number(v.toPrecision(6)))))].join(", ");
  return { verdict: isSame ? "holds" : "differs", because: `found ${found}, claimed ${value}` } as const;
}

function orderVerdict({ order, stated }: OrderClaim, { increases = [], groups = [] }: Measured) {
  const intervals = increases.map(({ interval }) => interval!);
  const parts = [
    ...intervals.map((interval) => boundVerdict(interval, { operator: ">", value: 0 })),
    ...(stated?.values ?? []).map((value, at) => closeVerdict(groups[at].interval!, value, stated!.tolerance)),
  ];
  const verdict = parts.includes("differs") ? "differs" : parts.includes("inconclusive") ? "inconclusive" : "holds";
  const means = groups.map(({ mean }) => short(mean)).join(", ");
  const claimed = stated ? `, claimed ${stated.values.join(", ")} ± ${stated.tolerance}` : "";
  const runs = order.map(runsText).join(" < ");
  const least = order.some((group) => group.length > 1)
    ? "least increase from one of a group to one of the next"
    : "increase";
  return {
    verdict,
    because: `means ${means} for Runs ${runs}${claimed}; ${least} ${intervals.map(show).join(", ")}`,
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
