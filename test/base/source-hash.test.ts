import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceHash } from "../../src/base/source-hash.js";

test("a stage's source hash covers what its modules import, and is the same each time", () => {
  assert.equal(sourceHash("train"), sourceHash("train"));
  assert.equal(sourceHash("train"), sourceHash("train", "sae/adam"), "train imports adam");
  assert.notEqual(sourceHash("train"), sourceHash("train", "figures/theme"), "train does not import the figures");
});

test("modules that only speak or write change no stage", () => {
  assert.equal(sourceHash("train"), sourceHash("train", "base/errors", "base/files", "base/progress"));
});
