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

const claimOf = (changes: object): Claim =>
  ({
    ...{ id: "made-up", quote: "", section: "6.2", unit: "1", layer: 12, runs: [0], notebook: "", reading: "" },
    ...{ weight: "detail", evidence: "", kind: "close", quantity: "utilization", stated: 0.9, tolerance: 1, why: "" },
    ...changes,
  }) as Claim;

test("a bound is compared with what §6.2 states of its quantity, and with nothing else", () => {
  const bound = (operator: string, value: number) => claimOf({ kind: "bound", operator, value });
  const others = [
    claimOf({ layer: 5, stated: 0.9 }),
    claimOf({ layer: 19, stated: 0.8 }),
    claimOf({ layer: 12, stated: 0.1, section: "6.1" }),
    claimOf({ layer: 12, stated: 0.2, quantity: "meanCorrelation" }),
    claimOf({ layer: 12, stated: 0.3, kind: "statement" }),
  ];
  const isSo = (operator: string, value: number) => contradictions.layersBeyondBound(bound(operator, value), others);
  assert.deepEqual(isSo(">=", 0.9), {
    isSo: true,
    calculation: "§6.2 gives 0.9 on layer 5, 0.8 on layer 19: below 0.9 on 19.",
  });
  assert.deepEqual(isSo(">=", 0.8), {
    isSo: false,
    calculation: "§6.2 gives 0.9 on layer 5, 0.8 on layer 19: below 0.8 on none.",
  });
  assert.deepEqual(isSo("<", 0.9), {
    isSo: true,
    calculation: "§6.2 gives 0.9 on layer 5, 0.8 on layer 19: not below 0.9 on 5.",
  });
  assert.equal(isSo("<", 0.91).isSo, false);
  assert.equal(contradictions.layersBeyondBound(claimOf({}), others).isSo, false, "not a bound");
});

test("runs are counted in §6.1 alone, each once, from the first to the last", () => {
  const all = [
    claimOf({ section: "6.1", runs: [3, 1] }),
    claimOf({ section: "6.1", runs: [1, 2] }),
    claimOf({ runs: [8] }),
  ];
  const stated = (count: number) => contradictions.countOfRuns(claimOf({ kind: "statement", stated: count }), all);
  assert.deepEqual(stated(9), { isSo: true, calculation: "§6.1 numbers its runs 1 to 3: 3, not 9." });
  assert.equal(stated(3).isSo, false);
});

test("a width is of one of the published models, or of none", () => {
  const named = (value: number) => contradictions.namesTwoModels(claimOf({ kind: "exact", value }), claims).calculation;
  assert.match(named(2048), /2048 is the width of Gemma-2B \(18 blocks\), which is taken here\.$/);
  assert.match(
    named(7),
    /^Gemma-2B is 2048 wide, not 7, and has 18 blocks, so none numbered 19; 7 is the width of none of them \(0 /,
  );
  assert.equal(
    contradictions.namesTwoModels(claimOf({ kind: "exact", value: 2048 }), claims).isSo,
    true,
    "it has no layer 19",
  );
});

test("what happens early is all of it from the last step on; none is left after more", () => {
  const early = (stated: number) => contradictions.earlyIsAll(claimOf({ kind: "statement", stated }), claims);
  assert.deepEqual([early(999).isSo, early(1000).isSo, early(1001).isSo], [false, true, true]);
  assert.match(early(999).calculation, /after the first 999 there are 1 left/);
  assert.match(early(1200).calculation, /after the first 1200 there are 0 left/);
  assert.match(contradictions.earlyIsAll(claimOf({}), claims).calculation, /after the first 0 there are 1000 left/);
});

test("the calculations in full, which the report prints", () => {
  assert.equal(
    contradictionOf("abstract-computation").calculation,
    "Eq. 2 ranks all 2 653 056 values c_ij of d = 2304 before it takes 2 653: 331 632 000 multiply-adds a step at B = 125. " +
      "To constrain all pairs takes their c_ij and twice as much for the gradient; with the 994 875 for those it takes, " +
      "33.4 % of that is left. Only the penalty's own terms are 99.9 % fewer.",
  );
  assert.equal(
    contradictionOf("introduction-complexity").calculation,
    "From d = 2304 to 4608, d log d grows 2.18 times; the c_ij that Eq. 2 ranks grow 4.00 times, and the 0.1 % it keeps " +
      "4.00 times: both as d². No algorithm is given that would find them otherwise.",
  );
  assert.equal(
    contradictionOf("method-minimum").calculation,
    "Eq. 2 takes pairs above μ + 2σ *and* of rank at most k: k is the most T_k can hold, and nothing is the least. " +
      "Of 15 equal c_ij it takes 0, not the 10 of k = max(10, 0.001 N).",
  );
  assert.equal(contradictionOf("abstract-computation", { stated: 0.667 }).isSo, true, "33.4 % is more than 33.3 %");
  assert.equal(contradictionOf("abstract-computation", { stated: 0.665 }).isSo, false);
  for (const claim of [claimOf({ kind: "statement", stated: undefined }), claimOf({})])
    assert.equal(contradictions.selectionCost(claim, claims).isSo, true, "of no share all computation is meant");
});
