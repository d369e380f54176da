import type { Claim } from "../claims/claim.js";
import { testOf } from "../claims/tests.js";
import { strata } from "./choices.js";
import type { Multiverse } from "./document.js";
import { type Sensitivity, sensitivityOf } from "./sensitivity.js";
import { saidOf } from "./shares.js";
import { claimsIn } from "./tables.js";

/** The central claims that the universes answer by a number: of those that ask the same the first. */
export const centralOf = (multiverse: Pick<Multiverse, "computed">, claims: readonly Claim[]): Claim[] =>
  claimsIn(multiverse, claims)
    .filter(({ weight, kind }) => weight === "central" && kind !== "statement")
    .filter((claim, at, all) => all.findIndex((other) => testOf(other) === testOf(claim)) === at);

/** What decides each claim's value over the pooled readings, where there are enough universes to tell. */
export function decidedIn(
  multiverse: Pick<Multiverse, "universes" | "computed">,
  claims: readonly Pick<Claim, "id">[],
): Record<string, Sensitivity> {
  const [{ name, choices }] = strata;
  const decided: Record<string, Sensitivity> = {};
  for (const { id } of claims) {
    const values = saidOf(multiverse, id, name).flatMap(({ universe, answer: { value } }) =>
      value === null ? [] : [{ choices: universe.choices, value }],
    );
    const by = sensitivityOf(values, choices);
    if (by) decided[id] = by;
  }
  return decided;
}
