import assert from "node:assert/strict";
import { test } from "node:test";
import * as checks from "../../src/base/checks.js";

const usage = (message: RegExp) => ({ failure: "usage", message });

test("the first value that is not as expected is named, with how it should be and how it is", () => {
  const ranges = { seed: checks.whole, d_in: checks.count, rate: checks.positive };
  assert.deepEqual(checks.checked("x", { seed: -1, d_in: 1, rate: 1e-9 }, ranges), { seed: -1, d_in: 1, rate: 1e-9 });
  assert.throws(
    () => checks.checked("x", { seed: 0.5, d_in: 0, rate: 0 }, ranges),
    usage(/^x, seed: expected a whole number, found 0.5$/),
  );
  assert.throws(
    () => checks.checked("x", { seed: 2, d_in: 0, rate: 0 }, ranges),
    usage(/^x, d_in: expected a whole number ≥ 1, found 0$/),
  );
  assert.throws(
    () => checks.checked("x", { seed: 2, d_in: 3, rate: 0 }, ranges),
    usage(/^x, rate: expected a finite number > 0, found 0$/),
  );
  for (const [value, found] of [
    ["3", '"3"'],
    [null, "null"],
    [[3], "an object"],
    [2 ** 53, "9007199254740992"],
  ] as const)
    assert.throws(
      () => checks.checked("x", { seed: value }, { seed: checks.whole }),
      usage(new RegExp(`found ${found}$`)),
    );
});

test("a matrix of another width or rank is refused: a width of one would be computed with", () => {
  checks.requireWidth("h", { shape: [0, 3] }, 3);
  assert.throws(
    () => checks.requireWidth("h", { shape: [2, 1] }, 3),
    usage(/^h: expected rows of 3 numbers, found 1$/),
  );
  assert.throws(() => checks.requireWidth("h", { shape: [3] }, 3), usage(/found a tensor of shape \[3\]$/));
  assert.throws(() => checks.requireWidth("h", { shape: [1, 2, 3] }, 3), usage(/found a tensor of shape \[1, 2, 3\]$/));
});

test("NaN and infinity are found in whichever row they are", () => {
  checks.requireFiniteRows("h", [0, -1, 1e38], 3);
  for (const at of [0, 2, 3, 5]) {
    const rows = new Float32Array(6);
    rows[at] = at % 2 ? Number.NaN : Number.NEGATIVE_INFINITY;
    const row = at < 3 ? 0 : 1;
    assert.throws(
      () => checks.requireFiniteRows("h", rows, 3),
      usage(new RegExp(`found (NaN|-Infinity) in row ${row}$`)),
    );
  }
});

test("numbers are whole rows, one or more, of a width that is a count", () => {
  checks.requireRows("h", 6, 3);
  for (const [length, width, found] of [
    [7, 3, /^h: expected rows of 3 numbers, one or more, found 7 numbers$/],
    [0, 3, /found 0 numbers$/],
    [6, 0, /^h, d_in: expected a whole number ≥ 1, found 0$/],
    [6, 1.5, /^h, d_in: expected a whole number ≥ 1, found 1.5$/],
  ] as const)
    assert.throws(() => checks.requireRows("h", length, width), usage(found));
});
