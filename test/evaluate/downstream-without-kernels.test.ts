/** downstream.test.ts once more by TensorFlow's own operations, as where our kernels cannot be compiled. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasKernels } from "../../src/backend/kernels.js";
import "./downstream.test.js";

process.env.SNC_KERNELS = "off"; // read when the backend is chosen, before the first test

test("none of our kernels takes part", () => {
  assert.equal(hasKernels(), false);
});
