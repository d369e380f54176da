import assert from "node:assert/strict";
import { test } from "node:test";
import { labelOf, leftOut, levels, pageTraining } from "../../src/dashboard/page-data.js";
import { tokenTexts } from "../../src/dashboard/token-text.js";
import { madeUpBytes, madeUpContent } from "../helpers/made-up-dashboard.js";

const content = madeUpContent({ features: 12, sequences: 6 });
const page = pageTraining(content);

test("the activations that a page carries are f to a part in 65 534 of the largest, and none where f is not known", () => {
  let [checked, unknown] = [0, 0];
  for (const [i, { top, fifths, largest }] of content.dashboard.features.entries()) {
    const steps = Buffer.from(page.features[i].activations, "base64");
    const activations = [top, ...fifths].flat().flatMap((excerpt) => excerpt.activations);
    assert.equal(steps.length, 2 * activations.length);
    for (const [n, f] of activations.entries()) {
      const step = steps.readUInt16LE(2 * n);
      if (f === null) {
        assert.equal(step, leftOut);
        unknown++;
      } else {
        assert.ok(Math.abs((step / levels) * largest - f) <= largest / levels);
        assert.equal(step > 0, f > 0);
      }
      checked++;
    }
  }
  assert.ok(checked > 5000 && unknown > 0);
});

test("an excerpt's texts are those of its tokens among their neighbours, each sequence once", () => {
  const { features, places } = content.dashboard;
  assert.equal(
    page.sequences.length,
    new Set(features.flatMap(({ top, fifths }) => [top, ...fifths].flat().map((e) => e.sequence))).size,
  );
  const inSequence = (sequence: number): number[] =>
    [...places.token].filter((_, row) => places.sequence[row] === sequence);
  for (const [i, { top, fifths }] of features.entries())
    for (const [n, excerpt] of [top, ...fifths].flat().entries()) {
      const [index, position, from, length] = page.features[i].excerpts.slice(4 * n, 4 * n + 4);
      assert.deepEqual([position, from, length], [excerpt.position, excerpt.from, excerpt.tokens.length]);
      if (excerpt.sequence === 0) continue; // the token at its position 0 has no vector
      const whole = tokenTexts(inSequence(excerpt.sequence), madeUpBytes);
      assert.deepEqual(page.sequences[index].texts.slice(from, from + length), whole.slice(from, from + length));
    }
});

test("a label has the three most frequent texts without the space around them, in any case the same", () => {
  assert.deepEqual(labelOf([" the", "The", "a", " b", "b ", "b", "", "c"]), ["b", "the", "a"]);
  assert.deepEqual(labelOf([]), []);
});
