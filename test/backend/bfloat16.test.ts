import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { bfloat16MatMul } from "../../src/backend/bfloat16.js";
import { isNative } from "../../src/backend/native.js";
import { stream } from "../../src/base/random.js";
import { toBfloat16 } from "../../src/model/encodings.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

/** x rounded to 8 bits, to the nearest. */
const to8Bits = (values: Float32Array): Float32Array => {
  const bits = Uint32Array.from(toBfloat16(values), (half) => half << 16);
  return new Float32Array(bits.buffer);
};

test("a product in bfloat16 is that of rounded factors, rounded to the nearest: on every processor", (t) => {
  if (!isNative()) return t.skip("no bfloat16 here");
  const random = stream(3, "products");
  for (const [rows, inner, columns] of [
    [1, 2, 2],
    [12, 48, 96],
    [64, 576, 64],
  ]) {
    const numbers = (count: number) => to8Bits(Float32Array.from({ length: count }, () => random.normal()));
    const [a, b] = [numbers(rows * inner), numbers(inner * columns)];
    const expected = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += a[i * inner + k] * b[k * columns + j];
        expected[i * columns + j] = sum;
      }
    const product = bfloat16MatMul(tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns]));
    const found = product.dataSync<"float32">();
    const nearest = to8Bits(expected);
    const otherwise = found.filter((x, i) => x !== nearest[i]).length;
    // What is near the middle of two numbers of 8 bits may fall on the other side where sums were float32.
    assert.ok(otherwise <= 0.01 * found.length, `${rows} × ${inner} × ${columns}: ${otherwise} of ${found.length}`);
    product.dispose();
  }
});
