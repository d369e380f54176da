import { z } from "zod";
import { SncError } from "../base/errors.js";
import { readJson } from "../base/files.js";
import { type Spread, spreadOf } from "../base/interval.js";
import type { TrainedTables } from "../experiment/results/tables.js";
import { type Allowance, allowanceOf, allowances } from "./allowances.js";
import { type CheckedClaim, verdictsNearby } from "./check.js";
import type { ExactClaim, MeasuredClaim } from "./claim.js";
import { short } from "./numbers.js";
import { type Verdict, verdictNames } from "./verdict.js";

/** Where a measured mean must lie, and why there. */
const band = z.strictObject({ low: z.number(), high: z.number(), why: z.string() });

const schema = z.strictObject({
  scope: z.string(),
  /** Figures that the result set must have. */
  figures: z.array(z.string()),
  /** The band is null where nothing is measured. */
  claims: z.record(z.string(), z.strictObject({ verdict: z.enum(verdictNames), band: band.nullable() })),
  /** Last measurements of every run on every layer. */
  numbers: z.record(z.string(), band),
});

type Band = z.infer<typeof band>;
/** The verdicts, numbers and figures that a profile's results are known to have. */
export type Expectations = z.infer<typeof schema>;

/** The expectations in a file. */
export async function readExpectations(file: string): Promise<Expectations> {
  const next = "Run: snc claims --write-expected FILE";
  const found = await readJson(file).catch((cause) => {
    throw new SncError("input", `${file}: expected JSON, found: ${cause.message}. ${next}`, { cause });
  });
  const parsed = schema.safeParse(found);
  if (parsed.success) return parsed.data;
  throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}\n${next}`);
}

/** What is compared: verdicts, and the tables they come from. */
export interface Found {
  checked: readonly CheckedClaim[];
  tables: readonly TrainedTables[];
}

/** What was found, as expectations: the band of each number is as wide as another backend may move it. */
export const expectationsOf = ({ checked, tables }: Found, figures: readonly string[]): Expectations => ({
  scope: checked[0]?.scope.text ?? "",
  figures: [...figures],
  claims: Object.fromEntries(
    checked.map(({ claim, verdict, measured }) => [
      claim.id,
      { verdict, band: measured ? claimBand(claim as MeasuredClaim, measured, verdict) : null },
    ]),
  ),
  numbers: Object.fromEntries(
    [...lastNumbers(tables)].map(([name, { mean, allowance }]) => [name, bandOf(mean, allowance)]),
  ),
});

/** What is recorded of every run on every layer, and how far another backend may move it. */
const watched = {
  loss: allowances.loss,
  fractionVarianceExplained: allowances.varianceExplained,
  activeFraction: allowances.activeFraction,
  meanActivationCosine: allowances.correlation,
  nullActivationCosine: allowances.correlation,
  meanActivationPearson: allowances.correlation,
  nullActivationPearson: allowances.correlation,
  meanDecoderCosine: allowances.correlation,
  utilizationImportance: allowances.utilization,
  tau: allowances.tau,
  lambda1: allowances.tau,
  pruned: allowances.features,
  reallocated: allowances.features,
} as const satisfies Record<string, Allowance>;

/** Of a run that prunes: which pair passes the threshold first is a choice that rounding flips, and much follows from it. */
const watchedOfPruned: Partial<Record<keyof typeof watched, Allowance>> = {
  loss: allowances.lossOfPruned,
  fractionVarianceExplained: allowances.varianceExplainedOfPruned,
};

/** The last value of each watched column, the mean over the seeds of a run on a layer. */
function lastNumbers(tables: readonly TrainedTables[]): Map<string, { mean: number; allowance: Allowance }> {
  const values = new Map<string, { all: number[]; allowance: Allowance }>();
  for (const { record, metrics, trace } of tables)
    for (const column of Object.keys(watched) as (keyof typeof watched)[]) {
      const name = `layer ${record.layer}, Run ${record.run.number}, ${column}`;
      const value =
        column === "reallocated" ? trace[trace.length - 1].reallocated : metrics[metrics.length - 1][column];
      if (value === null) continue;
      const ofPruned = record.flags.pruned > 0 ? watchedOfPruned[column] : undefined;
      const { all, allowance } = values.get(name) ?? { all: [], allowance: watched[column] };
      values.set(name, { all: [...all, value], allowance: ofPruned ?? allowance });
    }
  return new Map([...values].map(([name, { all, allowance }]) => [name, { mean: spreadOf(all).mean, allowance }]));
}

/**
 * A claim's measured mean; differences and ranges may leave the range of what they are of. What decides the verdict has the
 * whole band on one side.
 */
function claimBand(claim: MeasuredClaim, { mean }: Pick<Spread, "mean">, verdict: Verdict): Band {
  if (claim.kind === "exact") return bandOf(mean, allowances.exact);
  const { range, ...allowance } = allowanceOf[claim.quantity];
  const band = bandOf(mean, claim.kind === "order" ? allowance : { ...allowance, range });
  if (verdict !== "holds" && verdict !== "differs") return band;
  return decidingValues(claim).reduce((of, value) => onOneSide(of, mean, value), band);
}

/** The values that a mean has to be on one side of for the verdict to be what it is. */
const decidingValues = (claim: Exclude<MeasuredClaim, ExactClaim>): number[] =>
  claim.kind === "close"
    ? [claim.stated - claim.tolerance, claim.stated + claim.tolerance]
    : [claim.kind === "bound" ? claim.value : 0];

const onOneSide = ({ low, high, why }: Band, mean: number, value: number): Band => ({
  low: mean >= value ? Math.max(low, value) : low,
  high: mean <= value ? Math.min(high, value) : high,
  why,
});

/** Six digits are more than a band needs; exact ones stay as they are. */
function bandOf(mean: number, { share = 0, by = 0, range, why }: Allowance): Band {
  const half = share * Math.abs(mean) + by;
  if (half === 0) return { low: mean, high: mean, why };
  const [least, most] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const rounded = (value: number): number => Number(Math.min(most, Math.max(least, value)).toPrecision(6));
  return { low: rounded(mean - half), high: rounded(mean + half), why };
}

/** A sentence for each thing that is not as expected; none when all is. `isWhole`: all claims were checked, not some. */
export function deviations({ checked, tables }: Found, expected: Expectations, isWhole: boolean): string[] {
  const scopes = new Set(checked.map((row) => row.scope.text).filter((text) => text !== expected.scope));
  return [
    ...[...scopes].map((text) => `scope: expected ${expected.scope}, found ${text}`),
    ...checked.flatMap((row) => claimDeviations(row, expected.claims)),
    ...(isWhole ? [...lostClaims(checked, expected.claims), ...numberDeviations(tables, expected.numbers)] : []),
  ];
}

/** A verdict so near to the expected one that another processor turns it is as expected, if the mean is within its band. */
function claimDeviations(row: CheckedClaim, claims: Expectations["claims"]): string[] {
  const { claim, verdict, because, measured } = row;
  if (!Object.hasOwn(claims, claim.id)) return [`${claim.id}: no expectation is recorded, found ${verdict}`];
  const expected = claims[claim.id];
  const turned = `${claim.id}: expected verdict "${expected.verdict}", found "${verdict}" (${because})`;
  const isSame = [verdict, ...verdictsNearby(row)].includes(expected.verdict);
  return [...(isSame ? [] : [turned]), ...bandDeviations(claim.id, expected.band, measured)];
}

const lostClaims = (checked: readonly CheckedClaim[], claims: Expectations["claims"]): string[] =>
  Object.keys(claims)
    .filter((id) => !checked.some(({ claim }) => claim.id === id))
    .map((id) => `${id}: expected a claim of this id, found none`);

function numberDeviations(tables: readonly TrainedTables[], expected: Expectations["numbers"]): string[] {
  const found = lastNumbers(tables);
  const names = new Set([...Object.keys(expected), ...found.keys()]);
  return [...names].flatMap((name) => bandDeviations(name, expected[name] ?? null, found.get(name)));
}

function bandDeviations(name: string, expected: Band | null, found?: { mean: number }): string[] {
  if (!expected !== !found)
    return [`${name}: expected ${expected ? "a" : "no"} measurement, found ${found ? "one" : "none"}`];
  if (!expected || !found || (found.mean >= expected.low && found.mean <= expected.high)) return [];
  const range = `${short(expected.low)} to ${short(expected.high)} (${expected.why})`;
  return [`${name}: expected ${range}, measured ${short(found.mean)}`];
}
