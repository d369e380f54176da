import assert from "node:assert/strict";
import { before, test } from "node:test";
import { checkClaims } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
import { type Contradiction, contradictions } from "../../src/claims/contradictions.js";
import { readRegistry } from "../../src/claims/list.js";
import { everyTraining, measurementOn } from "../helpers/made-up-claims.js";

let claims: Claim[];
before(async () => {
  ({ claims } = await readRegistry());
});

/** The contradiction of a claim of the registry, with these changes to the claim. */
const contradictionOf = (id: string, changes: object = {}, all: Claim[] = claims): Contradiction => {
  const claim = claims.find((one) => one.id === id)!;
  return contradictions[claim.contradiction!]({ ...claim, ...changes } as Claim, all);
};

test("mean correlations below 0.10 on all layers: §6.2 states 0.11, and a 0.10 that may be 0.096", () => {
  assert.deepEqual(contradictionOf("abstract-correlation"), {
    isSo: true,
    verdict: "self-contradictory",
    charitably: "Charitably, numbers are rounded: 0.1 on layer 19 may be below 0.1.",
    calculation:
      "§6.2 gives 0.11 on layer 5, 0.09 on layer 12, 0.1 on layer 19; 0.11 on layer 5 is not below 0.1 however it was rounded.",
  });
  assert.equal(contradictionOf("abstract-correlation", { value: 0.12 }).isSo, false);
});

test("Gemma-2B of width 2304 with a layer 19: a published fact says that 2304 is Gemma-2-2B's, and gives its source", () => {
  const { isSo, verdict, charitably, calculation } = contradictionOf("introduction-model");
  assert.deepEqual([isSo, verdict], [true, "contradicted by a published fact"]);
  assert.equal(charitably, 'Charitably, "Gemma-2B" is short for Gemma-2-2B, which is taken here.');
  assert.equal(
    calculation,
    "Gemma-2B is 2048 wide, not 2304, and has 18 blocks, so none numbered 19 (config.json of google/gemma-2b); " +
      "2304 is the width of Gemma-2-2B (26 blocks, config.json of google/gemma-2-2b).",
  );
});

test("O(d log d): pairs grow fourfold when d doubles, d log d 2.18 times, also among pairs that fire together", () => {
  const { isSo, verdict, charitably, calculation } = contradictionOf("introduction-complexity");
  assert.deepEqual([isSo, verdict], [true, "self-contradictory"]);
  assert.equal(
    calculation,
    "From d = 2304 to 4608, d log d grows 2.18 times; the c_ij that Eq. 2 ranks grow 4.00 times, and the 0.1 % it keeps " +
      "4.00 times: both as d². No algorithm is given that would find them otherwise.",
  );
  assert.match(charitably, /^Charitably, only pairs that fire together are looked at.* 1 % of all pairs at every d/);
});

test("§2.1 faults the computation of full feature correlations, which Eq. 2 needs at every step", () => {
  const { isSo, verdict, charitably, calculation } = contradictionOf("related-full-correlations");
  assert.deepEqual([isSo, verdict], [true, "self-contradictory"]);
  // 2304 · 2303 / 2, and a thousandth of it
  assert.match(
    calculation,
    /takes the largest 2 653 of 2 653 056 values c_ij .* needs every one of them, at every step\.$/,
  );
  assert.match(charitably, /^Charitably, /);
});

test("every contradiction that the registry names is one: none is an opinion", () => {
  for (const { id, contradiction } of claims) if (contradiction) assert.ok(contradictionOf(id).isSo, id);
});

test("of each contradiction the charitable reading is told before the calculation", () => {
  for (const claim of claims.filter(({ contradiction }) => contradiction)) {
    const [{ because }] = checkClaims([claim], claims, measurementOn([]));
    const { charitably, calculation } = contradictionOf(claim.id);
    assert.equal(because, `${charitably} ${calculation}`);
  }
});

test("what has a charitable reading that holds is no contradiction: nine runs, a minimum of ten, 95 % on every layer", () => {
  const named = (id: string) => claims.find((claim) => claim.id === id)!.contradiction;
  for (const id of ["results-nine-runs", "method-minimum", "conclusions-utilization", "limitations-oscillation"])
    assert.equal(named(id), undefined, id);
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
  const found = (operator: string, value: number) => {
    const { isSo, calculation } = contradictions.layersBeyondBound(bound(operator, value), others);
    return [isSo, calculation];
  };
  const said = "§6.2 gives 0.9 on layer 5, 0.8 on layer 19";
  assert.deepEqual(found(">=", 0.9), [true, `${said}; 0.8 on layer 19 is not above 0.9 however it was rounded.`]);
  assert.deepEqual(found(">=", 0.8), [false, `${said}: none is certainly below 0.8.`]);
  assert.deepEqual(found("<", 0.85), [true, `${said}; 0.9 on layer 5 is not below 0.85 however it was rounded.`]);
  assert.deepEqual(found("<", 0.91), [false, `${said}: none is certainly above 0.91.`]);
  assert.equal(contradictions.layersBeyondBound(claimOf({}), others).isSo, false, "not a bound");
});

test("a number stated to 0.01 may be up to 0.005 nearer to what is claimed, and no more", () => {
  const isSo = (operator: string, value: number, stated: number): boolean =>
    contradictions.layersBeyondBound(claimOf({ kind: "bound", operator, value }), [claimOf({ layer: 5, stated })]).isSo;
  assert.equal(isSo("<", 0.1, 0.1), false, "it may be 0.096");
  assert.equal(isSo("<", 0.1, 0.11), true, "it is 0.105 at least");
  assert.equal(isSo("<", 0.1, 0.105), true, "0.1 is not below 0.1");
  assert.equal(isSo("<", 0.1, 0.1049), false);
  assert.equal(isSo(">", 0.9, 0.9), false, "it may be 0.904");
  assert.equal(isSo(">", 0.9, 0.89), true, "it is 0.895 at most");
});

test("a width is of one of the published models, or of none", () => {
  const named = (value: number) => contradictions.namesTwoModels(claimOf({ kind: "exact", value }), claims);
  assert.match(
    named(2048).calculation,
    /2048 is the width of Gemma-2B \(18 blocks, config\.json of google\/gemma-2b\)\.$/,
  );
  assert.match(named(7).calculation, /7 is the width of none of them \(no source\)\.$/);
  assert.match(named(7).charitably, /short for another model/);
  assert.equal(named(2048).isSo, true, "it has no layer 19");
});

test("a contradiction decides whatever is measured, with its own verdict and no control", () => {
  const claim = claims.find(({ id }) => id === "introduction-model")!;
  const [checked] = checkClaims([{ ...claim, controls: ["untrained"] }], claims, measurementOn(everyTraining()));
  assert.deepEqual([checked.verdict, checked.controls], ["contradicted by a published fact", []]);
  assert.equal(checked.measured?.values[0], 20, "what is measured is shown all the same");
});
