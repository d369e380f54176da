import assert from "node:assert/strict";
import { test } from "node:test";
import { turned } from "../../src/model/block.js";

test("rows become columns, each value of a column times its factor, whatever is left of a tile", () => {
  const [rows, width] = [130, 35];
  const values = new Float32Array(rows * width).map((_, i) => i);
  const factors = new Float32Array(width).map((_, j) => j / 4 - 3);
  const [plain, scaled] = [turned(values, width), turned(values, width, factors)];
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < width; j++) {
      assert.equal(plain[j * rows + i], values[i * width + j]);
      assert.equal(scaled[j * rows + i], Math.fround(values[i * width + j] * factors[j]));
    }
});
