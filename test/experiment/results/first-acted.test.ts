import assert from "node:assert/strict";
import { test } from "node:test";
import { firstActedText } from "../../../src/experiment/results/first-acted.js";
import { noFlags } from "../../helpers/result-sets.js";

const of = (...steps: (number | null | undefined)[]): string =>
  firstActedText(
    steps.map((firstActed) => ({
      flags: {
        ...noFlags,
        firstActed: firstActed ?? null,
        identicalToPredecessor: firstActed === undefined ? null : firstActed === null,
      },
    })),
  );

test("the step at which a run first acted: one, a range, never, sometimes never, or nothing to compare with", () => {
  assert.equal(of(1, 1, 1), "1");
  assert.equal(of(530, 412, 500), "412 to 530");
  assert.equal(of(null, null), "never");
  assert.equal(of(null, 412, null), "never (2 of 3), 412");
  assert.equal(of(undefined, undefined), "–");
  assert.equal(of(undefined, 7), "7");
  assert.equal(of(), "–");
});
