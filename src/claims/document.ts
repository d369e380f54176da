import path from "node:path";
import { z } from "zod";
import { SncError } from "../base/errors.js";
import { exists } from "../base/files.js";
import { requireSealed } from "../base/recorded.js";
import type { CheckedClaim } from "./check.js";
import { controlNames } from "./claim.js";
import { claimSchema } from "./list.js";
import { quantityNames } from "./quantities.js";
import { turnsShape } from "./readings-study.js";
import { shareSchema } from "./universes.js";
import { verdictNames } from "./verdict.js";

const interval = z.object({ low: z.number(), high: z.number() });
const spread = z.object({
  mean: z.number(),
  sd: z.number().nullable(),
  n: z.int(),
  interval: interval.nullable(),
});
const measured = spread.extend({
  seeds: z.array(z.int()),
  leftOut: z.string().optional(),
  values: z.array(z.number()),
  byChance: z.number().nullable(),
  groups: z.array(spread.extend({ runs: z.array(z.int()) })).optional(),
  increases: z.array(spread.extend({ from: z.int(), to: z.int() })).optional(),
  headroom: z.number().optional(),
  cannotRise: z.boolean().optional(),
  beside: z.partialRecord(z.enum(quantityNames), z.number()).optional(),
});

const findings = z.array(
  z.object({ control: z.enum(controlNames), verdict: z.enum(verdictNames).nullable(), couldFail: z.boolean() }),
);
const turns = z.object({ ...turnsShape, alternatives: z.int() });
const significance = z.object({ p: z.number(), q: z.number() });

const verdict = z.looseObject({ verdict: z.enum(verdictNames) });

const row = verdict
  .extend({
    because: z.string(),
    measured: measured.nullable(),
    findings,
    turns: turns.nullable(),
    universes: shareSchema.nullable(),
    significance: significance.nullable(),
  })
  .transform(({ verdict, because, measured, findings, turns, universes, significance, ...rest }, context) => {
    const claim = claimSchema.safeParse(rest);
    if (claim.success)
      return {
        ...{ claim: claim.data, verdict, because, measured: measured ?? undefined, controls: findings },
        ...{ turns: turns ?? undefined, universes: universes ?? undefined, significance: significance ?? undefined },
      };
    context.addIssue({ code: "custom", message: z.prettifyError(claim.error) });
    return z.NEVER;
  });

const schema = z.object({
  scope: z.object({ isPaperScale: z.boolean(), text: z.string() }),
  claims: z.array(row).min(1),
});

const madeByClaims = { by: "snc claims", next: "Run: snc claims" };

/** Verdict by claim of a result set; empty where claims.json is not there. */
export async function readVerdicts(folder: string): Promise<Record<string, string>> {
  const file = path.join(folder, "claims.json");
  if (!(await exists(file))) return {};
  const brief = z.object({ claims: z.array(verdict.extend({ id: z.string() })) });
  const { claims } = await requireSealed(file, brief, madeByClaims);
  return Object.fromEntries(claims.map(({ id, verdict }) => [id, verdict]));
}

/** claims.json of a result set, checked: every claim with its verdict. `claim.evidence` is in words here, not a key. */
export async function readClaimsDocument(folder: string): Promise<CheckedClaim[]> {
  const file = path.join(folder, "claims.json");
  if (!(await exists(file)))
    throw new SncError("input", `${file}: expected verdicts, found no such file. Run: snc claims`);
  const { scope, claims } = await requireSealed(file, schema, madeByClaims);
  return claims.map((claim) => ({ ...claim, scope }));
}
