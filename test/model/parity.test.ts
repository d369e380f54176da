import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { loadDecoder } from "../../src/model/decoder.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { sizeOf } from "../../src/model/tensor-file.js";
import { withBackend } from "../helpers/backend.js";
import { cachedModel } from "../helpers/cached-model.js";
import { fixtures } from "../helpers/paths.js";

/**
 * Every folder here: config.json, model.safetensors, expected.safetensors, and the same for weights rounded to bfloat16.
 * The expected values of both were computed in float32 (the .bf16 ones from the rounded weights).
 */
const folder = process.env.MODEL_FIXTURES ?? path.join(fixtures, "models");
const folders = readdirSync(folder).filter((name) => existsSync(path.join(folder, name, "config.json")));
assert.ok(folders.length > 0, `${folder}: expected folders with a config.json, found none`);

withBackend();

const dtypes = [
  ["float32", ""],
  ["bfloat16", ".bf16"],
];
for (const name of folders) {
  const fileOf = (kind: string, suffix: string) => path.join(folder, name, `${kind}${suffix}.safetensors`);
  const present = dtypes.filter(([, suffix]) =>
    ["model", "expected"].every((kind) => existsSync(fileOf(kind, suffix))),
  );
  assert.ok(present.length > 0, `${name}: expected model.safetensors and expected.safetensors, found neither pair`);
  for (const [dtype, suffix] of present)
    test(`${name} (${dtype}): the residual stream after each block`, async () => {
      const expected = await openSafetensors(fileOf("expected", suffix));
      const decoder = await loadDecoder(fileOf("model", suffix));
      try {
        const tokens = Int32Array.from(await expected.readFloat32("input_ids"));
        const shape = expected.info("input_ids").shape;
        const [batch, length] = shape.length === 1 ? [1, shape[0]] : shape;
        const blocks = [...expected.tensors.keys()]
          .flatMap((key) => key.match(/^resid_post\.(\d+)$/)?.[1] ?? [])
          .map(Number);
        assert.ok(blocks.length > 0, "expected resid_post.N, found none");
        const embedding = expected.tensors.has("hidden_states.0") ? [-1] : [];
        const captured = decoder.forward(tokens, [batch, length], [...embedding, ...blocks]);
        for (const block of [...embedding, ...blocks]) {
          const key = block < 0 ? "hidden_states.0" : `resid_post.${block}`;
          const values = await expected.readFloat32(key);
          assert.equal(sizeOf(expected.info(key).shape), captured.get(block)!.length);
          const error = largestDifference(captured.get(block)!, values) / largest(values);
          assert.ok(error < 1e-4, `${key}: differs by ${error.toExponential(1)} of the largest value`);
        }
      } finally {
        decoder.dispose();
        await expected.close();
      }
    });
}

/** Made once by make_reference.py: transformers in float32 on the weights that it dequantises from the same GGUF. */
const referenceFile = path.join(fixtures, "smollm2", "residuals.safetensors");

test("SmolLM2-135M: the residual stream after blocks 6, 14 and 22 at 16 positions of a sequence", async (t) => {
  const { file, missing } = await cachedModel();
  if (missing) return t.skip(missing);
  const reference = await openSafetensors(referenceFile);
  const decoder = await loadDecoder(file, { blocks: 23 });
  try {
    const tokens = Int32Array.from(await reference.readFloat32("input_ids"));
    const positions = await reference.readFloat32("positions");
    const { d_in } = decoder.config;
    const captured = decoder.forward(tokens, [1, tokens.length], [6, 14, 22]);
    let worst = 0;
    for (const [block, values] of captured) {
      const expected = await reference.readFloat32(`resid_post.${block}`);
      // By position: one outstanding position (the first) would hide an error in all others.
      for (const [i, position] of positions.entries()) {
        const at = expected.subarray(i * d_in, (i + 1) * d_in);
        const found = values.subarray(position * d_in, (position + 1) * d_in);
        const error = largestDifference(found, at) / largest(at);
        assert.ok(error < 1e-4, `block ${block}, position ${position}: differs by ${error.toExponential(1)}`);
        worst = Math.max(worst, error);
      }
    }
    t.diagnostic(`largest difference: ${worst.toExponential(1)} of the position's largest value`);
  } finally {
    decoder.dispose();
    await reference.close();
  }
});

const largest = (values: Float32Array): number => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** NaN where either has one: no comparison with a bound then passes. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}
