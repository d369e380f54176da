import { canonicalJson } from "../base/files.js";
import type { Claim } from "./claim.js";

/**
 * What a claim tests, as text: two sentences that say the same have one test. Rows of the verdict table are sentences; how much
 * was found is the number of tests.
 */
export function testOf(claim: Claim): string {
  const { kind, quantity, layer, runs } = claim;
  const what =
    kind === "close"
      ? { over: claim.over, stated: claim.stated, tolerance: claim.tolerance }
      : kind === "bound"
        ? { over: claim.over, operator: claim.operator, value: claim.value }
        : kind === "order"
          ? { order: claim.order, stated: claim.stated }
          : kind === "exact"
            ? { value: claim.value }
            : {
                test: claim.test,
                calculation: claim.contradiction,
                of: claim.test || claim.contradiction ? null : claim.id,
              };
  return canonicalJson(
    JSON.parse(JSON.stringify({ kind, quantity, layer, runs, contradiction: claim.contradiction, what })),
  );
}
