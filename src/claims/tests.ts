import { canonicalJson } from "../base/files.js";
import type { Claim } from "./claim.js";

/**
 * What a claim tests, as text: two sentences that say the same have one test. Rows of the verdict table are sentences; how much
 * was found is the number of tests.
 */
export function testOf(claim: Claim): string {
  const { id, quote: _q, section: _s, unit: _u, notebook: _n, reading: _r, weight: _w, evidence: _e, ...rest } = claim;
  const { controls: _c, ...tested } = rest;
  if (tested.kind === "close" || tested.kind === "frontier") return canonicalJson({ ...tested, why: undefined });
  if (tested.kind !== "statement") return canonicalJson(tested);
  const isOfWords = tested.test === null && tested.contradiction === undefined;
  return canonicalJson({ ...tested, why: undefined, stated: undefined, ...(isOfWords && { id }) });
}
