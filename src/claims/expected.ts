import { z } from "zod";
import { SncError } from "../errors.js";
import { readJson } from "../files.js";
import type { TrainedTables } from "../result-tables.js";
import { type CheckedClaim, short } from "./check.js";
import { type Spread, spreadOf } from "./interval.js";
import { verdicts } from "./report.js";

/** Where a measured mean must lie, and why there. */
const band = z.strictObject({ low: z.number(), high: z.number(), why: z.string() });

const schema = z.strictObject({
  scope: z.string(),
  /** Figures that the result set must have. */
  figures: z.array(z.string()),
  /** The band is null where nothing is measured. */
  claims: z.record(z.string(), z.strictObject({ verdict: z.enum(verdicts), band: band.nullable() })),
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

/** What was found, as expectations: the band of each number is as wide as seeds and backends make it differ. */
export const expectationsOf = ({ checked, tables }: Found, figures: readonly string[]): Expectations => ({
  scope: checked[0]?.scope.text ?? "",
  figures: [...figures],
  claims: Object.fromEntries(
    checked.map(({ claim, verdict, measured }) => [claim.id, { verdict, band: measured ? bandOf(measured) : null }]),
  ),
  numbers: Object.fromEntries([...lastNumbers(tables)].map(([name, spread]) => [name, bandOf(spread)])),
});

const watched = [
  "loss",
  "fractionVarianceExplained",
  "activeFraction",
  "meanActivationCosine",
  "utilizationImportance",
] as const;

/** The last value of each watched column, over the seeds of a run on a layer. */
function lastNumbers(tables: readonly TrainedTables[]): Map<string, Spread> {
  const values = new Map<string, number[]>();
  for (const { record, metrics } of tables)
    for (const column of watched) {
      const name = `layer ${record.layer}, Run ${record.run.number}, ${column}`;
      const value = metrics[metrics.length - 1][column];
      if (value !== null) values.set(name, [...(values.get(name) ?? []), value]);
    }
  return new Map([...values].map(([name, ofSeeds]) => [name, spreadOf(ofSeeds)]));
}

/** Backends agree to 1e-3 in one step (README.md); a discrete choice that rounding flips carries on from there. */
const betweenBackends = 0.02;

function bandOf({ mean, sd, n }: Pick<Spread, "mean" | "sd" | "n">): Band {
  const half = Math.max(2 * (sd ?? 0), betweenBackends * Math.abs(mean), 1e-6);
  const atLeast = `${100 * betweenBackends} % for another backend or TensorFlow`;
  const why = sd === null ? `one seed: ${atLeast}` : `two standard deviations over ${n} seeds, at least ${atLeast}`;
  return { low: Number((mean - half).toPrecision(6)), high: Number((mean + half).toPrecision(6)), why };
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

function claimDeviations(
  { claim, verdict, because, measured }: CheckedClaim,
  claims: Expectations["claims"],
): string[] {
  if (!Object.hasOwn(claims, claim.id)) return [`${claim.id}: no expectation is recorded, found ${verdict}`];
  const expected = claims[claim.id];
  const turned = `${claim.id}: expected verdict "${expected.verdict}", found "${verdict}" (${because})`;
  return [...(verdict === expected.verdict ? [] : [turned]), ...bandDeviations(claim.id, expected.band, measured)];
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
