import assert from "node:assert/strict";
import { test } from "node:test";
import { type Made, whyNotCompared } from "../../src/claims/comparable.js";
import { profiles } from "../../src/profiles.js";

const { smoke } = profiles;
/** All trainings of the smoke profile. */
const made: Made = {
  profile: { ...smoke },
  readings: {},
  trainings: smoke.layers.flatMap((layer) =>
    smoke.runs.flatMap((number) =>
      smoke.seeds.map((seed) => ({ layer, run: { number }, seed, d_in: 576, d_sae: 576 })),
    ),
  ),
};
const why = (changes: Partial<Made>): string | undefined => whyNotCompared({ ...made, ...changes });

test("results of exactly a profile's trainings are compared, in any order", () => {
  assert.equal(why({}), undefined);
  assert.equal(why({ precision: "float32" }), undefined);
  assert.equal(why({ trainings: [...made.trainings].reverse() }), undefined);
});

test("another precision, reading, or a profile of which nothing is recorded is not compared", () => {
  assert.equal(why({ precision: "bfloat16" }), "products were computed in bfloat16");
  assert.equal(why({ profile: { ...smoke, inputs: "own" } }), "the activations are not the profile's");
  const wider = made.trainings.map((training) => ({ ...training, d_sae: 2304 }));
  assert.equal(why({ trainings: wider }), "the number of features is not the profile's");
  assert.equal(why({ readings: { importance: "meanAbs" } }), "another reading than the default was taken");
  assert.equal(why({ profile: { ...smoke, name: "unheard-of" } }), "nothing is recorded of this profile");
});

for (const name of ["trainSequences", "testSequences", "contextLength", "steps", "batchSize", "interval"] as const)
  test(`another ${name} is another size`, () => {
    assert.equal(why({ profile: { ...smoke, [name]: smoke[name] + 1 } }), "the size is not the profile's");
  });

test("a training less, one more, or one in another's place is not the profile's", () => {
  const [first, ...others] = made.trainings;
  for (const trainings of [
    others,
    [...made.trainings, { ...first, seed: first.seed + 1 }],
    [{ ...first, seed: first.seed + 1 }, ...others],
    [{ ...first, layer: first.layer + 1 }, ...others],
    [others[0], ...others], // as many, one of them twice
  ])
    assert.equal(why({ trainings }), "the trainings are not exactly the profile's");
});
