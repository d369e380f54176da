import { falseDiscoveryRates, type Share, type Spread, tTest } from "../base/interval.js";
import { allowanceOf } from "./allowances.js";
import type {
  BoundClaim,
  Claim,
  CloseClaim,
  ControlName,
  ExactClaim,
  MeasuredClaim,
  OrderClaim,
  StatementClaim,
} from "./claim.js";
import { contradictions } from "./contradictions.js";
import { controls } from "./controls.js";
import { checkFrontier } from "./frontier.js";
import {
  type Bound,
  boundVerdict,
  claimedBound,
  claimedClose,
  closeVerdict,
  intervalText,
  together,
  tooFew,
} from "./judge.js";
import { type Measured, type Measurement, measureClaim } from "./measure.js";
import { fewestSeeds, short } from "./numbers.js";
import type { Turns } from "./readings-study.js";
import { statements } from "./statements.js";
import { testOf } from "./tests.js";
import type { Verdict } from "./verdict.js";

/** A claim with what was found about it. */
export interface CheckedClaim {
  claim: Claim;
  verdict: Verdict;
  /** Why: the calculation, what is missing, or how the measured lies to the stated. */
  because: string;
  /** Absent where nothing could be measured; given also where the paper contradicts itself. */
  measured?: Measured;
  /** The controls that the claim is put to, and what came of each. */
  controls: ControlFinding[];
  /** What becomes of the verdict under each alternative reading; absent where this was not studied. */
  turns?: Turns & { alternatives: number };
  /** In how many combinations of readings the point estimate satisfies it; absent where these were not trained. */
  universes?: Share;
  /** Of a test with an interval: its p, and its false discovery rate among all distinct tests. */
  significance?: { p: number; q: number };
  scope: { isPaperScale: boolean; text: string };
}

/** What came of a claim under a control. */
export interface ControlFinding {
  control: ControlName;
  /** Null where the control was not computed. */
  verdict: Verdict | null;
  /** Whether it could have failed: the control leaves what is compared apart. */
  couldFail: boolean;
}

/** The false discovery rate up to which a verdict stands beside the others. */
export const discoveryRate = 0.05;

/**
 * Checks claims against the tables; `all` is the whole registry: contradictions are looked for in it, and a verdict's false
 * discovery rate is that among its distinct tests.
 */
export function checkClaims(claims: readonly Claim[], all: readonly Claim[], measurement: Measurement): CheckedClaim[] {
  const rates = discoveryRates(all, measurement);
  return claims.map((claim) => ({ ...checkClaim(claim, all, measurement), ...significanceOf(claim, rates) }));
}

function checkClaim(claim: Claim, all: readonly Claim[], measurement: Measurement): CheckedClaim {
  const { isPaperScale, text } = measurement.scope;
  const universes = measurement.shares?.[claim.id];
  const common = { claim, scope: { isPaperScale, text }, ...(universes && { universes }) };
  const found = plainly(claim, measurement);
  const studied = measurement.study?.claims[claim.id];
  const turns = studied && { turns: { ...studied, alternatives: measurement.study!.alternatives } };
  const contradiction = claim.contradiction && contradictions[claim.contradiction](claim, all);
  if (contradiction?.isSo) {
    const { calculation, charitably, verdict } = contradiction;
    return { ...common, ...found, controls: [], verdict, because: `${charitably} ${calculation}` };
  }
  const findings = (claim.controls ?? []).map((control) => underControl(claim, control, measurement));
  return { ...common, ...found, ...turns, ...controlled(found, findings), controls: findings };
}

type Found = Pick<CheckedClaim, "verdict" | "because" | "measured">;

/** The verdict by the tables alone. */
function plainly(claim: Claim, measurement: Measurement): Found {
  if (claim.kind === "statement") return checkStatement(claim, measurement);
  if (claim.kind === "frontier")
    return checkFrontier(claim, measurement.frontier, measurement.scope.layersOf(claim.layer));
  return checkMeasured(claim, measurement);
}

function underControl(claim: Claim, control: ControlName, measurement: Measurement): ControlFinding {
  const tables = controls[control].tables(claim, measurement);
  if (tables === null) return { control, verdict: null, couldFail: true };
  const { verdict, measured } = plainly(claim, { ...measurement, tables });
  return {
    control,
    verdict,
    couldFail: verdict !== "not measurable here" && (!measured || leavesApart(claim, measured)),
  };
}

/** Where an order or a range is of values that a control has made one, it cannot hold, and a bound from above cannot fail. */
const leavesApart = (claim: Claim, { values }: Measured): boolean =>
  !(claim.kind === "order" || (claim.kind === "bound" && claim.over === "range")) || values.some((v) => v !== 0);

/** A claim that holds, and holds as well where it must not, is not known to hold. */
function controlled(
  { verdict, because }: Found,
  findings: readonly ControlFinding[],
): Pick<Found, "verdict" | "because"> {
  if (verdict !== "holds") return { verdict, because };
  const failed = findings.filter(fells);
  if (failed.length === 0) return { verdict, because };
  const named = failed.map(({ control, verdict: under }) => {
    const { describes, keeps } = controls[control];
    return keeps
      ? `it is ${under} under the control ${control} (${describes})`
      : `it holds under the control ${control} as well (${describes})`;
  });
  return { verdict: "inconclusive", because: `${because}; but ${named.join(", and ")}` };
}

/** Whether a control that was computed, and could fail, came out as it must not of a claim that holds. */
export const fells = ({ control, verdict, couldFail }: ControlFinding): boolean =>
  verdict !== null && couldFail && controls[control].keeps !== (verdict === "holds");

function checkStatement({ test, why, layer, runs }: StatementClaim, measurement: Measurement): Found {
  const { tables, scope, readings, frontier } = measurement;
  if (test === null) return { verdict: "not measurable here", because: why };
  const layers = scope.layersOf(layer);
  const about = tables.filter(({ record }) => layers.includes(record.layer) && runs.includes(record.run.number));
  const lacking = layers.flatMap((of) =>
    runs
      .filter((run) => !about.some(({ record }) => record.layer === of && record.run.number === run))
      .map((run) => `Run ${run} on layer ${of}`),
  );
  if (lacking.length > 0) return { verdict: "not measurable here", because: `not trained: ${lacking.join(", ")}` };
  const { isSo, found } = statements[test].test(about, readings, frontier);
  return { verdict: isSo === null ? "inconclusive" : isSo ? "holds" : "differs", because: found };
}

function checkMeasured(claim: MeasuredClaim, measurement: Measurement): Found {
  const measured = measureClaim(claim, measurement);
  if (typeof measured === "string") return { verdict: "not measurable here", because: measured };
  const { verdict, because } = verdictOf(claim, measured);
  return { measured, verdict, because: [because, measured.leftOut ?? []].flat().join("; ") };
}

type Judged = Pick<CheckedClaim, "verdict" | "because">;

/** The verdict about a measured claim: "holds" and "differs" need a t interval that leaves no doubt. */
function verdictOf(claim: MeasuredClaim, measured: Measured): Judged {
  if (claim.kind === "exact") return exactVerdict(claim, measured);
  const { interval, n } = measured;
  if (n < fewestSeeds || interval === null) return { verdict: "inconclusive", because: tooFew(n) };
  const { moved = 0 } = allowanceOf[claim.quantity];
  const plain = decide(claim, measured, 0);
  if (plain.verdict === "inconclusive" || moved === 0) return plain;
  if (decide(claim, measured, moved).verdict === plain.verdict) return plain;
  return {
    verdict: "inconclusive",
    because: `${plain.because}; but other kernels alone moved this quantity by ${short(moved)}, which is more than decides it`,
  };
}

/**
 * The verdicts that a claim would have if its intervals lay further from what decides it, or nearer to it, by as much as other
 * kernels have moved its quantity. None for a claim without an interval, or with too few seeds.
 */
export function verdictsNearby({ claim, measured, verdict, because, controls: findings }: CheckedClaim): Verdict[] {
  if (!measured || !hasInterval(claim) || measured.n < fewestSeeds) return [];
  const { moved = 0 } = allowanceOf[claim.quantity];
  const plainly = [0, moved, 2 * moved].map((wider) => decide(claim, measured, wider).verdict);
  const [before, own, after] = plainly.map((of) => controlled({ verdict: of, because }, findings).verdict);
  return own === verdict ? [before, after] : [];
}

/** The verdict if every interval reached that much further. */
function decide(claim: Exclude<MeasuredClaim, ExactClaim>, measured: Measured, wider: number): Judged {
  if (claim.kind === "order") return orderVerdict(claim, measured, wider);
  return claim.kind === "bound" ? boundJudged(claim, measured, wider) : closeJudged(claim, measured, wider);
}

/** What one seed says of a claim: the number, where there is one, and whether it satisfies the sentence by itself. */
export interface PointEstimate {
  value: number | null;
  isSo: boolean;
  /** Of an order of single runs: the value of each, in the order that is claimed. */
  runs?: number[];
}

/** The point estimate of a claim; undefined where the tables say nothing about it. */
export function pointEstimate(claim: Claim, measurement: Measurement): PointEstimate | undefined {
  if (claim.kind === "frontier") return undefined;
  if (claim.kind === "statement" || claim.kind === "exact") {
    const { verdict, measured } = plainly(claim, measurement);
    if (verdict === "not measurable here") return undefined;
    return { value: measured?.mean ?? null, isSo: verdict === "holds" };
  }
  const measured = measureClaim(claim, measurement);
  if (typeof measured === "string") return undefined;
  const { groups, increases } = measured;
  const points = { groups: groups?.map(asPoint), increases: increases?.map(asPoint) };
  const isSo = decide(claim, { ...asPoint(measured), ...points }, 0).verdict === "holds";
  const isOfRuns = groups?.every(({ runs }) => runs.length === 1);
  return { value: measured.mean, isSo, ...(isOfRuns && { runs: groups!.map(({ mean }) => mean) }) };
}

/** As if the mean were known exactly. */
const asPoint = <T extends Spread>(spread: T): T => ({ ...spread, interval: { low: spread.mean, high: spread.mean } });

function boundJudged(claim: BoundClaim, measured: Measured, wider: number): Judged {
  const interval = measured.interval!;
  const because = claimedBound(interval, claim);
  const verdict = boundVerdict(interval, claim, wider);
  if (verdict === "differs") return { verdict, because: `${because}: ${apart(measured.mean, claim.value)}` };
  const { headroom } = measured;
  if (verdict === "holds" && claim.operator.startsWith("<") && headroom !== undefined && headroom <= claim.value)
    return {
      verdict: "inconclusive",
      because: `${because}; but every value lies within ${short(headroom)} of the end of its range, where no other difference is possible`,
    };
  return { verdict, because };
}

function closeJudged({ stated, tolerance }: CloseClaim, { interval, mean }: Measured, wider: number): Judged {
  const verdict = closeVerdict(interval!, { stated, tolerance }, wider);
  const because = claimedClose(interval!, { stated, tolerance });
  return { verdict, because: verdict === "differs" ? `${because}: ${apart(mean, stated)}` : because };
}

/** In which direction a value is from another, and by how much. */
const apart = (value: number, from: number): string =>
  value === from ? `exactly ${from}` : `${short(Math.abs(value - from))} ${value > from ? "above" : "below"} ${from}`;

function exactVerdict({ value, decimals }: ExactClaim, { values }: Measured): Judged {
  const isSame = values.every((found) => found.toFixed(decimals) === value.toFixed(decimals));
  const found = [...new Set(values.map((v) => String(Number(v.toPrecision(6)))))].join(", ");
  return { verdict: isSame ? "holds" : "differs", because: `found ${found}, claimed ${value}` };
}

const rises: Bound = { operator: ">", value: 0 };

function orderVerdict({ order, stated }: OrderClaim, measured: Measured, wider: number): Judged {
  const { increases = [], groups = [], cannotRise } = measured;
  const means = groups.map(({ mean }) => short(mean)).join(", ");
  const claimed = stated ? `, claimed ${stated.values.join(", ")}, each within ${stated.tolerance}` : "";
  const measuredMeans = `means ${means} for Runs ${order.map(runsText).join(" < ")}${claimed}`;
  if (cannotRise)
    return {
      verdict: "inconclusive",
      because: `${measuredMeans}; it is at the end of its range before, so that nothing could rise`,
    };
  const parts = [
    ...increases.map(({ interval }) => boundVerdict(interval!, rises, wider)),
    ...(stated?.values ?? []).map((value, at) =>
      closeVerdict(groups[at].interval!, { stated: value, tolerance: stated!.tolerance }, wider),
    ),
  ];
  const verdict = together(parts);
  const steps = increases.map(
    ({ from, to, mean, interval }) =>
      `from Run ${from} to Run ${to} ${mean < 0 ? "falls" : mean > 0 ? "rises" : "moves"} by ${short(Math.abs(mean))} ${intervalText(interval!)}`,
  );
  const isOfGroups = order.some((group) => group.length > 1);
  const other = besideText(measured);
  return {
    verdict,
    because: `${measuredMeans}; ${isOfGroups ? "what decides it " : ""}${steps.join(", ")}${other}`,
  };
}

/** How the order comes out by the other measures of independence. */
function besideText({ beside = {} }: Measured): string {
  const texts = Object.entries(beside).map(([name, mean]) => `${name} ${mean < 0 ? "−" : "+"}${short(Math.abs(mean))}`);
  return texts.length === 0 ? "" : `; by other measures ${texts.join(", ")}`;
}

/** Whether one interval decides a claim: a claim on the frontier has one for each method that it is compared with. */
const hasInterval = (claim: Claim): claim is Exclude<MeasuredClaim, ExactClaim> =>
  claim.kind !== "statement" && claim.kind !== "exact" && claim.kind !== "frontier";

/** The p of each distinct test of the registry that has an interval. */
function discoveryRates(all: readonly Claim[], measurement: Measurement): Map<string, { p: number; q: number }> {
  const tests = new Map<string, number>();
  for (const claim of all) {
    if (!hasInterval(claim) || tests.has(testOf(claim))) continue;
    const measured = measureClaim(claim, measurement);
    const p = typeof measured === "string" ? null : pOf(claim, measured);
    if (p !== null) tests.set(testOf(claim), p);
  }
  const q = falseDiscoveryRates([...tests.values()]);
  return new Map([...tests].map(([test, p], i) => [test, { p, q: q[i] }]));
}

const significanceOf = (claim: Claim, rates: ReadonlyMap<string, { p: number; q: number }>) => {
  const significance = rates.get(testOf(claim));
  return significance && { significance };
};

/**
 * The p of the decision: against the value, or the nearest end of what is accepted. Of an order, whose every part has to be so,
 * it is that of its weakest part; where parts are not so, one of them is enough: the smallest of theirs, times all that could be.
 */
function pOf(claim: Exclude<MeasuredClaim, ExactClaim>, measured: Measured): number | null {
  if (measured.n < fewestSeeds) return null;
  if (claim.kind === "close") return nearestEnd(measured, claim);
  if (claim.kind === "bound") return tTest(measured, claim.value);
  const { increases = [], groups = [], cannotRise } = measured;
  if (cannotRise) return null;
  const { values, tolerance } = claim.stated ?? { values: [], tolerance: 0 };
  const parts = [
    ...increases.map((spread) => ({ isSo: spread.mean > 0, p: tTest(spread, 0) ?? 1 })),
    ...values.map((stated, at) => ({
      isSo: Math.abs(groups[at].mean - stated) <= tolerance,
      p: nearestEnd(groups[at], { stated, tolerance }) ?? 1,
    })),
  ];
  const against = parts.filter(({ isSo }) => !isSo).map(({ p }) => p);
  return against.length > 0 ? Math.min(1, parts.length * Math.min(...against)) : Math.max(...parts.map(({ p }) => p));
}

const nearestEnd = (spread: Spread, { stated, tolerance }: { stated: number; tolerance: number }): number | null =>
  tTest(spread, spread.mean > stated ? stated + tolerance : stated - tolerance);

/** Runs as a reader lists them: 2–9, or 0, 1. */
export function runsText(runs: readonly number[]): string {
  const isRange = runs.length > 2 && runs.every((run, i) => i === 0 || run === runs[i - 1] + 1);
  return isRange ? `${runs[0]}–${runs.at(-1)}` : runs.join(", ");
}
