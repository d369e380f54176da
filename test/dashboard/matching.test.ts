import assert from "node:assert/strict";
import { test } from "node:test";
import { comparedFeatures, type FeaturePair } from "../../src/dashboard/matching.js";
import { pageTraining } from "../../src/dashboard/page-data.js";
import { madeUpContent } from "../helpers/made-up-dashboard.js";

const training = pageTraining(madeUpContent({ features: 6, sequences: 4 }));
const [off] = training.features.filter(({ isOff }) => isOff).map(({ feature }) => feature);

const pair = (a: number, b: number, cosine: number): FeaturePair => ({ a, b, cosine });
const matched = [pair(0, 5, 0.9), pair(1, 0, 0.75), pair(2, 1, 0.6), pair(3, 2, 0.4), pair(5, 3, 0.7)];
const near = [pair(0, 5, 0.9), pair(1, 0, 0.75), pair(1, 5, 0.8), pair(2, 1, 0.6), pair(5, 3, 0.7)];

test("a feature survived, was split, changed, is gone or off; what is near none of the first is new", () => {
  assert.equal(off, 4);
  assert.deepEqual(comparedFeatures(training, training, { matched, near }), [
    { outcome: "survived", a: 0, near: [[5, 0.9]], cosine: 0.9 },
    {
      outcome: "split",
      a: 1,
      near: [
        [5, 0.8],
        [0, 0.75],
      ],
      cosine: 0.75,
    },
    { outcome: "changed", a: 2, near: [[1, 0.6]], cosine: 0.6 },
    { outcome: "gone", a: 3, near: [[2, 0.4]], cosine: 0.4 },
    { outcome: "off", a: 4, near: [], cosine: null },
    { outcome: "survived", a: 5, near: [[3, 0.7]], cosine: 0.7 },
    { outcome: "new", a: null, near: [[2, 1]], cosine: null },
  ]);
});

test("a feature without a match that has a near one changed", () => {
  const [first] = comparedFeatures(training, training, { matched: [], near: [pair(0, 1, 0.95)] });
  assert.deepEqual(first, { outcome: "changed", a: 0, near: [[1, 0.95]], cosine: null });
});
