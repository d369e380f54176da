import assert from "node:assert/strict";
import { test } from "node:test";
import { cell, marksOf, withStudy } from "../../studies/study.js";

test("a cell is mean ± standard deviation, and the difference from the default in units of both", () => {
  assert.equal(cell([1, 2, 3]), "2 ± 1");
  assert.equal(cell([4, 5, 6], [1, 2, 3]), "5 ± 1 (+3)");
  assert.equal(cell([1, 1, 1], [1, 2, 3]), "1 (−1.4)"); // √((0 + 1) / 2) is the unit
  assert.equal(cell([7, 7], [5, 5]), "7", "no unit where neither varies");
});

test("a cell says where nothing changed and where a value is undefined", () => {
  assert.equal(cell([1, 2], [1, 2]), "=");
  assert.equal(cell([2, 1], [1, 2]), "1.5 ± 0.71 (+0)", "equal means of other trainings");
  assert.equal(cell([1, null]), "–");
  assert.equal(cell([0.12345]), "0.123", "one seed has no spread");
  assert.equal(cell([1234.5]), "1235");
});

test("the study replaces what stands between its marks, and nothing else", () => {
  const marks = marksOf("study:a");
  const page = `before\n${marks.begin}\nold\n${marks.end}\nafter\n`;
  const written = withStudy(page, "new", "study:a");
  assert.equal(written, `before\n${marks.begin}\n\nnew\n\n${marks.end}\nafter\n`);
  assert.equal(withStudy(written, "new", "study:a"), written);
  assert.throws(() => withStudy(page, "new", "study:b"), /no place for the study/);
});
