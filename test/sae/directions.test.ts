import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { directionPenalty } from "../../src/sae/directions.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

/** The mean over rows of the largest cosine with another row, squared. */
function meanOfLargest(rows: number[][]): number {
  const units = rows.map((row) => row.map((value) => value / Math.hypot(...row)));
  const largest = units.map((one, i) =>
    units.reduce((most, other, j) => (i === j ? most : Math.max(most, dot(one, other))), Number.NEGATIVE_INFINITY),
  );
  return largest.reduce((sum, cosine) => sum + cosine ** 2, 0) / rows.length;
}

const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, value, k) => sum + value * y[k], 0);

test("OrtSAE: the most similar row of a chunk is found among more rows than are compared at once", () => {
  const random = stream(5, "directions");
  const rows = Array.from({ length: 2300 }, () => Array.from({ length: 6 }, () => random.normal()));
  const places = Int32Array.from({ length: rows.length }, (_, place) => place);
  const chunks = [places.filter((place) => place % 10 !== 0), places.filter((place) => place % 10 === 0)];
  const W_dec = tf.tensor2d(rows);
  const { value } = directionPenalty(W_dec, { gamma: 0.25, chunks })!;
  const [many, few] = chunks.map((chunk) => meanOfLargest([...chunk].map((place) => rows[place])));
  assert.ok(Math.abs(value - (many + few) / 2) < 1e-6, `${value}, expected ${(many + few) / 2}`);
  W_dec.dispose();
});
