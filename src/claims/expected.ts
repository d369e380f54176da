import { z } from "zod";
import { SncError } from "../errors.js";
import { readJson } from "../files.js";
import { type CheckedClaim, short, type Verdict } from "./check.js";
import { verdicts } from "./report.js";

const schema = z.strictObject({
  scope: z.string(),
  /** Figures that the result set must have. */
  figures: z.array(z.string()),
  claims: z.record(
    z.string(),
    z.strictObject({
      verdict: z.enum(verdicts as [Verdict, ...Verdict[]]),
      /** Where the measured mean must lie, and why there; null where nothing is measured. */
      band: z.strictObject({ low: z.number(), high: z.number(), why: z.string() }).nullable(),
    }),
  ),
});

/** The verdicts and numbers that a profile's results are known to have. */
export type Expectations = z.infer<typeof schema>;

/** The expectations in a file. */
export async function readExpectations(file: string): Promise<Expectations> {
  const found = await readJson(file).catch((cause) => {
    throw new SncError(
      "input",
      `${file}: expected JSON, found: ${cause.message}. Run: snc claims --write-expected FILE`,
      {
        cause,
      },
    );
  });
  const parsed = schema.safeParse(found);
  if (parsed.success) return parsed.data;
  throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}\nRun: snc claims --write-expected FILE`);
}

/** What was found, as expectations: the band of each number is as wide as seeds and backends make it differ. */
export const expectationsOf = (checked: readonly CheckedClaim[], figures: readonly string[]): Expectations => ({
  scope: checked[0]?.scope.text ?? "",
  figures: [...figures],
  claims: Object.fromEntries(
    checked.map(({ claim, verdict, measured }) => [claim.id, { verdict, band: measured ? bandOf(measured) : null }]),
  ),
});

/** Backends agree to 1e-3 (README.md); a discrete choice that rounding flips carries on from there. */
const betweenBackends = 0.02;

function bandOf({ mean, sd, n }: { mean: number; sd: number | null; n: number }) {
  const half = Math.max(2 * (sd ?? 0), betweenBackends * Math.abs(mean), 1e-6);
  const why =
    sd === null
      ? `one seed: ${100 * betweenBackends} % for another backend or TensorFlow`
      : `two standard deviations over ${n} seeds, at least ${100 * betweenBackends} % for another backend or TensorFlow`;
  return { low: Number((mean - half).toPrecision(6)), high: Number((mean + half).toPrecision(6)), why };
}

/** One sentence for each claim that is not as expected; empty when all are. `isWhole`: every expected claim was checked. */
export function deviations(
  checked: readonly CheckedClaim[],
  { scope, claims }: Expectations,
  isWhole: boolean,
): string[] {
  const found = checked.flatMap((row) => {
    const expected = Object.hasOwn(claims, row.claim.id) ? claims[row.claim.id] : undefined;
    if (!expected) return [`${row.claim.id}: no expectation is recorded, found ${row.verdict}`];
    return deviationsOf(row, expected);
  });
  const lost = Object.keys(claims).filter((id) => isWhole && !checked.some(({ claim }) => claim.id === id));
  const scales = checked.filter((row) => row.scope.text !== scope).map((row) => row.scope.text);
  return [
    ...[...new Set(scales)].map((text) => `scope: expected ${scope}, found ${text}`),
    ...found,
    ...lost.map((id) => `${id}: expected a claim of this id, found none`),
  ];
}

function deviationsOf({ claim, verdict, because, measured }: CheckedClaim, expected: Expectations["claims"][string]) {
  const found: string[] = [];
  if (verdict !== expected.verdict)
    found.push(`${claim.id}: expected verdict "${expected.verdict}", found "${verdict}" (${because})`);
  const { band } = expected;
  if (!band !== !measured)
    found.push(`${claim.id}: expected ${band ? "a" : "no"} measurement, found ${measured ? "one" : "none"}`);
  if (band && measured && !(measured.mean >= band.low && measured.mean <= band.high))
    found.push(
      `${claim.id}: expected ${short(band.low)} to ${short(band.high)} (${band.why}), measured ${short(measured.mean)}`,
    );
  return found;
}
