import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Claim } from "../../src/claims/claim.js";
import { readRegistry } from "../../src/claims/list.js";
import { controlRows, selfTest } from "../../src/claims/self-test.js";
import { everyTraining, everyUntrained, madeUp, measurementOn } from "../helpers/made-up-claims.js";

let claims: Claim[];
before(async () => {
  ({ claims } = await readRegistry());
});

test("every verdict turns with the tables, whether all runs are trained or one", () => {
  for (const tables of [everyTraining(), [madeUp({ layer: 6, run: 3 })]]) {
    const rows = selfTest(claims, measurementOn(tables));
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
  const rows = selfTest(claims, measurementOn(everyTraining()));
  for (const claim of claims.filter(({ kind }) => kind === "close" || kind === "bound" || kind === "order")) {
    const found = rows.filter((row) => row.claim === claim.id);
    assert.deepEqual(
      found.map((row) => row.found),
      ["holds", "differs", "not measurable here", "inconclusive", "inconclusive"],
      claim.id,
    );
  }
});

test("the self-test fails for a claim that would hold of anything", () => {
  const claim = claims.find(({ id }) => id === "layers-correlation")!;
  const ofAnything = { ...claim, operator: ">=", value: -1 } as Claim; // no range is below 0
  const failed = selfTest([ofAnything], measurementOn(everyTraining())).filter((row) => !row.passed);
  assert.deepEqual(
    failed.map(({ mutation, found }) => [mutation, found]),
    [
      ["contrary", "holds"],
      ["seeds apart", "holds"],
    ],
  );
});

test("the control that a claim holds under fails, and the verdict is no longer that it holds", () => {
  const claim = claims.find(({ id }) => id === "abstract-correlation")!;
  const alone = { ...claim, contradiction: undefined };
  const measurement = measurementOn(everyTraining(), { untrained: everyUntrained() });
  const [row] = controlRows([{ ...alone, value: 1 } as Claim], measurement); // no mean correlation is above 1
  assert.deepEqual(row, {
    ...{ claim: "abstract-correlation", verdict: "inconclusive", computed: 2, couldFail: 2, failed: 2 },
    result: "untrained, shuffled",
  });
  const [kept] = controlRows([{ ...alone, value: 0.25 } as Claim], measurement); // 0.2 trained, 0.34 untrained, 0.06 by chance
  assert.deepEqual([kept.verdict, kept.failed, kept.result], ["inconclusive", 1, "shuffled"]);
});

test("every claim that names a control could have failed one, but for those whose controls make all runs one", () => {
  const rows = controlRows(claims, measurementOn(everyTraining(), { untrained: everyUntrained() }));
  assert.equal(rows.length, claims.length);
  for (const { claim, computed, couldFail, failed } of rows) {
    const { controls = [], contradiction } = claims.find(({ id }) => id === claim)!;
    assert.equal(computed, contradiction ? 0 : controls.length, claim);
    assert.ok(couldFail <= computed && failed <= couldFail, claim);
  }
  const untested = rows.filter(({ result }) => result === "untested").map(({ claim }) => claim);
  const withoutControls = claims
    .filter(({ controls, contradiction }) => !controls || contradiction)
    .map(({ id }) => id);
  for (const id of withoutControls) assert.ok(untested.includes(id), id);
});
