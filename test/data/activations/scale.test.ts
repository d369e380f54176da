import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../../src/base/random.js";
import type { ActivationSet } from "../../../src/data/activations/activation-file.js";
import { inputScalingOf, scaled, scaleVectors, unscaleVectors } from "../../../src/data/activations/scale.js";
import { measureScaling } from "../../../src/data/activations/statistics.js";

const d_in = 5;
const random = stream(3, "scale");
/** Vectors that are far from centred, by other amounts in the two parts. */
const vectors = (count: number, centre: number, spread: number): Float32Array =>
  Float32Array.from({ length: count * d_in }, (_, at) => centre + (at % d_in) + spread * random.normal());
const [train, held] = [vectors(40, 2, 1.5), vectors(15, -7, 4)];

const rowsOf = (values: Float32Array): number[][] =>
  Array.from({ length: values.length / d_in }, (_, row) => [...values.subarray(row * d_in, (row + 1) * d_in)]);
const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const near = (actual: number, expected: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) < 1e-5 * Math.max(1, Math.abs(expected)), `${what}: ${actual}, ${expected}`);

/** What a file of activations says of its training part, in plain loops. */
function setOf(): ActivationSet {
  const rows = rowsOf(train);
  const mean = Float64Array.from({ length: d_in }, (_, i) => meanOf(rows.map((row) => row[i])));
  const meanSquare = meanOf(rows.map((row) => row.reduce((sum, x, i) => sum + (x - mean[i]) ** 2, 0)));
  const rest = { trainCount: 40, testCount: 15, metadata: new Map() };
  return { d_in, mean, scale: 1 / Math.sqrt(meanSquare), train: train.slice(), test: held.slice(), ...rest };
}

/** Both parts after a reading, beside what they were. */
function under(reading: Parameters<typeof scaled>[1]) {
  const { train: h, test: hHeld } = scaled(setOf(), reading);
  const parts = [
    { x: rowsOf(train), h: rowsOf(h) },
    { x: rowsOf(held), h: rowsOf(hHeld) },
  ];
  return { parts, onTrain: parts[0].h };
}

const normOf = (row: number[]): number => Math.hypot(...row);

test("Reading R14 unitMeanSquare: both parts less the training part's mean, by the number that makes its E‖h‖² 1", () => {
  const { parts, onTrain } = under("unitMeanSquare");
  for (let i = 0; i < d_in; i++) near(meanOf(onTrain.map((row) => row[i])), 0, `mean of column ${i}`);
  near(meanOf(onTrain.map((row) => normOf(row) ** 2)), 1, "E‖h‖²");
  const { mean, scale } = setOf();
  for (const { x, h } of parts)
    for (const [r, row] of x.entries()) for (const [i, v] of row.entries()) near(h[r][i], (v - mean[i]) * scale, "h");
});

test("Reading R14 sqrtWidth: not centred, both parts by the number that makes the training part's mean ‖h‖ √d_in", () => {
  const { parts, onTrain } = under("sqrtWidth");
  near(meanOf(onTrain.map(normOf)), Math.sqrt(d_in), "mean ‖h‖");
  const factor = Math.sqrt(d_in) / meanOf(rowsOf(train).map(normOf));
  for (const { x, h } of parts)
    for (const [r, row] of x.entries()) for (const [i, v] of row.entries()) near(h[r][i], v * factor, "h");
});

test("Reading R14 raw: the model's activations as they are", () => {
  for (const { x, h } of under("raw").parts) assert.deepEqual(h, x);
  const { mean, scale } = inputScalingOf(setOf(), "raw");
  assert.deepEqual([...Array.from(mean), scale], [0, 0, 0, 0, 0, 1]);
});

for (const reading of ["unitMeanSquare", "sqrtWidth", "raw"] as const)
  test(`Reading R14 ${reading} of vectors of one's own is what a file of the same vectors gives, and the way back leads back`, () => {
    const scaling = measureScaling(train, d_in, reading);
    const expected = inputScalingOf(setOf(), reading);
    near(scaling.scale, expected.scale, "scale");
    for (let i = 0; i < d_in; i++) near(scaling.mean[i], expected.mean[i], `mean ${i}`);
    const h = scaleVectors(held, scaling);
    const { test } = scaled(
      { ...setOf(), ...{ mean: Float64Array.from(scaling.mean), scale: scaling.scale } },
      reading,
    );
    for (const [at, value] of h.entries()) near(value, test[at], `h ${at}`);
    for (const [at, value] of unscaleVectors(h, scaling).entries()) near(value, held[at], `x ${at}`);
  });

test("scaled vectors are centred with E‖h‖² = 1, and what is given stays as it was", () => {
  const before = train.slice();
  const h = rowsOf(scaleVectors(train, measureScaling(train, d_in)));
  assert.deepEqual(train, before);
  near(meanOf(h.map((row) => normOf(row) ** 2)), 1, "E‖h‖²");
  for (let i = 0; i < d_in; i++) assert.ok(Math.abs(meanOf(h.map((row) => row[i]))) < 1e-6);
});

test("vectors that cannot be scaled are refused by what is wrong with them", () => {
  const refused = (vectors: Float32Array, message: string, failure = "usage") =>
    assert.throws(() => measureScaling(vectors, d_in), { failure, message });
  refused(train.subarray(1), "vectors: expected rows of 5 numbers, one or more, found 199 numbers");
  refused(new Float32Array(0), "vectors: expected rows of 5 numbers, one or more, found 0 numbers");
  refused(
    train.map((x, at) => (at === 17 ? Number.NaN : x)),
    "vectors: expected finite numbers, found NaN in row 3",
  );
  refused(
    new Float32Array(10).fill(2),
    "vectors: expected training vectors that differ, found a variance of 0",
    "input",
  );
  assert.throws(() => measureScaling(train, 0), { message: "vectors, d_in: expected a whole number ≥ 1, found 0" });
  assert.throws(() => measureScaling(train, d_in, "unit" as "raw"), {
    message: /^measureScaling, inputScale: expected one of/,
  });
  const scaling = measureScaling(train, d_in);
  for (const [name, scale] of Object.entries({ scaleVectors, unscaleVectors })) {
    assert.throws(() => scale(new Float32Array(12), scaling), {
      message: `${name}, vectors: expected rows of 5 numbers, one or more, found 12 numbers`,
    });
    assert.throws(() => scale(train, { ...scaling, scale: 0 }), {
      message: `${name}, scale: expected a finite number > 0, found 0`,
    });
  }
});
