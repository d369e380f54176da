import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Claim } from "../../src/claims/claim.js";
import { readRegistry } from "../../src/claims/list.js";
import { selfTest } from "../../src/claims/self-test.js";
import { everyTraining, madeUp, measurementOn, untrained } from "../helpers/made-up-claims.js";

let claims: Claim[];
before(async () => {
  ({ claims } = await readRegistry());
});

test("every verdict turns with the tables, whether all runs are trained or one", () => {
  for (const tables of [everyTraining(), [madeUp({ layer: 6, run: 3 })]]) {
    const rows = selfTest(claims, measurementOn(tables), untrained());
    assert.deepEqual(
      rows.filter((row) => !row.passed),
      [],
    );
    const tested = new Set(rows.map((row) => row.claim));
    for (const claim of claims)
      assert.equal(tested.has(claim.id), claim.kind !== "statement" || claim.test !== null, claim.id);
  }
});

test("every measured claim is seen to hold, to differ, and to be left open where seeds are few or apart", () => {
  const rows = selfTest(claims, measurementOn(everyTraining()), untrained());
  for (const claim of claims.filter(({ kind }) => kind === "close" || kind === "bound" || kind === "order")) {
    const found = rows.filter((row) => row.claim === claim.id && !row.mutation.includes("control"));
    assert.deepEqual(
      found.map((row) => row.found),
      ["holds", "differs", "not measurable here", "inconclusive", "inconclusive"],
      claim.id,
    );
  }
});

test("the self-test fails for a claim that would hold of anything", () => {
  const claim = claims.find(({ id }) => id === "abstract-correlation")!;
  const ofAnything = { ...claim, value: 1 } as Claim; // no mean correlation is above 1, an untrained one's neither
  const failed = selfTest([ofAnything], measurementOn(everyTraining()), untrained()).filter((row) => !row.passed);
  assert.deepEqual(
    failed.map(({ mutation, found }) => [mutation, found]),
    [["untrained control", "holds"]],
  );
});

test("a control under which a claim cannot be measured has shown nothing: the self-test fails", () => {
  const claim = claims.find(({ id }) => id === "figure-3-activation")!;
  const failed = selfTest([claim], measurementOn(everyTraining()), { ...untrained(), trace: [] }).filter(
    (row) => !row.passed,
  );
  assert.deepEqual(
    failed.map(({ mutation, found }) => [mutation, found]),
    [["untrained control", "not measurable here"]],
  );
});
