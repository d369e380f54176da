import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Claim } from "../../src/claims/claim.js";
import { type Contradiction, contradictions } from "../../src/claims/contradictions.js";
import { readRegistry } from "../../src/claims/list.js";

let claims: Claim[];
before(async () => {
  ({ claims } = await readRegistry());
});

/** The contradiction of a claim of the registry, with these changes to the claim. */
const contradictionOf = (id: string, changes: object = {}, all: Claim[] = claims): Contradiction => {
  const claim = claims.find((one) => one.id === id)!;
  return contradictions[claim.contradiction!]({ ...claim, ...changes } as Claim, all);
};

test("mean correlations below 0.10 on all layers: §6.2 states 0.11 and 0.10", () => {
  assert.deepEqual(contradictionOf("abstract-correlation"), {
    isSo: true,
    calculation: "§6.2 gives 0.11 on layer 5, 0.09 on layer 12, 0.1 on layer 19: not below 0.1 on 5 and 19.",
  });
  assert.equal(contradictionOf("abstract-correlation", { value: 0.12 }).isSo, false);
});

test("95 % utilization on all layers: §6.2 states 94 and 93", () => {
  assert.deepEqual(contradictionOf("conclusions-utilization"), {
    isSo: true,
    calculation: "§6.2 gives 0.94 on layer 5, 0.95 on layer 12, 0.93 on layer 19: below 0.95 on 5 and 19.",
  });
  assert.equal(contradictionOf("conclusions-utilization", { value: 0.93 }).isSo, false);
});

test("a minimum of 10 pairs: Eq. 2 takes none of equal ones", () => {
  const { isSo, calculation } = contradictionOf("method-minimum");
  assert.ok(isSo);
  assert.match(calculation, /Of 15 equal c_ij it takes 0, not the 10/);
});

test("nine runs: §6.1 numbers ten", () => {
  assert.match(contradictionOf("results-nine-runs").calculation, /0 to 9: 10, not 9/);
  assert.equal(contradictionOf("results-nine-runs", { stated: 10 }).isSo, false);
});

test("Gemma-2B of width 2304 with a layer 19: 2304 is Gemma-2-2B's, Gemma-2B has 18 blocks", () => {
  const { isSo, calculation } = contradictionOf("introduction-model");
  assert.ok(isSo);
  assert.match(calculation, /Gemma-2B is 2048 wide, not 2304, and has 18 blocks.*Gemma-2-2B \(26 blocks\)/);
});

test("99.9 % less computation: ranking costs n(n−1)/2 · B = 331 632 000 multiply-adds, a third of constraining all", () => {
  const { isSo, calculation } = contradictionOf("abstract-computation");
  assert.ok(isSo);
  assert.match(calculation, /2 653 056 values.*takes 2 653: 331 632 000 multiply-adds/);
  // (1 + 3 · 0.001) / 3 of the multiply-adds
  assert.match(calculation, /the 994 875 for those it takes, 33\.4 % of that is left\. Only .* are 99\.9 % fewer/);
  assert.equal(contradictionOf("abstract-computation", { stated: 0.6 }).isSo, false);
});

test("O(d log d): pairs grow fourfold when d doubles, d log d 2.18 times", () => {
  const { isSo, calculation } = contradictionOf("introduction-complexity");
  assert.ok(isSo);
  assert.match(calculation, /d log d grows 2\.18 times; .* 4\.00 times, and the 0\.1 % it keeps 4\.00 times/);
});

test("oscillations in the first 1000 steps of 1000 have nothing to stabilize in", () => {
  assert.match(contradictionOf("limitations-oscillation").calculation, /1000 there are 0 left/);
  assert.equal(contradictionOf("limitations-oscillation", { stated: 200 }).isSo, false);
});

test("every contradiction that the registry names is one: none is an opinion", () => {
  for (const { id, contradiction } of claims) if (contradiction) assert.ok(contradictionOf(id).isSo, id);
});
