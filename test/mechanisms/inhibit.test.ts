import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { noInhibition, winnerTakesAll } from "../../src/mechanisms/index.js";
import type { InhibitionReading } from "../../src/mechanisms/inhibit.js";
import { applyInhibition } from "../../src/sae/inhibition.js";
import { withBackend } from "../helpers/backend.js";
import { assertNear, neighbours, state } from "../helpers/stubs.js";

withBackend();

const allOthers = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => j).filter((j) => j !== i));

/** One token's activations before the competition, and what it makes of them. */
function compete(raw: number[], inhibition: InhibitionReading, members = allOthers(raw.length)) {
  const before = tf.tensor2d([raw]);
  const found = winnerTakesAll({ inhibition })(state(raw.length), { raw: before, neighbours: neighbours(members) });
  return { found, f: [...applyInhibition(before, found).dataSync()] };
}

function assertBecomes(raw: number[], inhibition: InhibitionReading, expected: number[], members?: number[][]): void {
  assertNear(compete(raw, inhibition, members).f, expected);
}

test("§4.2: an activation with a larger neighbour is scaled by 1 − γ", () => {
  assertBecomes([1, 2, 3], "scaleLosers", [0.7, 1.4, 3]);
});

test("§4.2: all are compared as they were before, so a loser too makes others lose", () => {
  assertBecomes([1, 1.2, 3], "scaleLosers", [0.7, 0.84, 3], [[1], [2], [1]]); // 1.2 loses to 3, yet 1 loses to 1.2
});

test("§4.2: of equals neither loses", () => {
  assertBecomes([2, 2, 1], "scaleLosers", [2, 2, 0.7]);
  assertBecomes([2, 2, 1], "subtractWinner", [2, 2, 0.4]);
});

test("§4.2: who is no neighbour does not suppress", () => {
  assertBecomes([1, 2, 9], "scaleLosers", [0.7, 2, 9], [[1], [0], []]);
});

test("§4.2: each token has its own competition", () => {
  const raw = tf.tensor2d([
    [1, 2],
    [2, 1],
  ]);
  const inhibition = winnerTakesAll()(state(2), { raw, neighbours: neighbours([[1], [0]]) });
  assertNear(applyInhibition(raw, inhibition).dataSync(), [0.7, 2, 2, 0.7]);
});

test("Reading R11 subtractWinner: losers are lowered by γ times their largest neighbour, not below 0", () => {
  assertBecomes([1, 2, 0.5], "subtractWinner", [0.4, 2, 0]); // 1 − 0.6, 0.5 − 0.6
  assertBecomes([1, 2, 3], "subtractWinner", [0.4, 1.1, 3], [[1], [0, 2], []]); // 1 − 0.3 · 2, 2 − 0.3 · 3
});

test("Reading R11 halfMax: the same, only for those below half of it", () => {
  assertBecomes([1, 2, 0.9], "halfMax", [1, 2, 0.3]); // 1 is half of 2, not below; 0.9 − 0.6
});

test("losers are counted; what does not fire cannot lose", () => {
  assert.equal(compete([0, 1, 2, 3], "scaleLosers").found.losers, 2);
});

test("Runs 0 to 6: without competition activations stay", () => {
  const raw = tf.tensor2d([[1, 2]]);
  const inhibition = noInhibition(state(2), { raw, neighbours: neighbours([[1], [0]]) });
  assert.deepEqual([...applyInhibition(raw, inhibition).dataSync()], [1, 2]);
});
