/** widths.test.ts once more on WebAssembly, as where TensorFlow's library cannot be had. */
import "../helpers/on-wasm.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import "./widths.test.js";

test("WebAssembly computes", () => {
  assert.equal(tf.getBackend(), "wasm");
});
