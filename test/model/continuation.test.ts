import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { isNative } from "../../src/backend/native.js";
import { loadContinuation } from "../../src/model/continuation.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";
import { withBackend } from "../helpers/backend.js";
import { llamaTinyAsGguf } from "../helpers/llama-tiny-gguf.js";
import { naiveDecoder, type Weights } from "../helpers/naive-decoder.js";
import { fixtures } from "../helpers/paths.js";

withBackend();
let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-continuation-"));
});
after(() => rm(folder, { recursive: true }));

const tokens = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
const otherTokens = [127, 0, 64, 64, 2, 17, 90, 33, 8, 100];

/** A tiny model's configuration as published, and its tensors. */
async function tinyModel(name: string) {
  const from = path.join(fixtures, "models", name);
  const config = JSON.parse(await readFile(path.join(from, "config.json"), "utf8"));
  const file = await openSafetensors(path.join(from, "model.safetensors"));
  const weights: Weights = {};
  for (const [tensor, { shape }] of file.tensors) weights[tensor] = { shape, data: await file.readFloat32(tensor) };
  await file.close();
  return { source: from, config, weights };
}

type Tiny = Awaited<ReturnType<typeof tinyModel>>;

let folders = 0;
async function written(config: object, weights: Weights): Promise<string> {
  const to = path.join(folder, `model-${folders++}`);
  await mkdir(to);
  await writeFile(path.join(to, "config.json"), JSON.stringify(config));
  await writeFile(path.join(to, "model.safetensors"), encodeSafetensors(weights));
  return to;
}

/** The definition, in loops over float64: stream after `block`, and logits of every position [position][vocabulary]. */
function naively({ config, weights }: Tiny, of: number[], block: number) {
  const states = naiveDecoder({ ...config, ...config.rope_parameters }, weights, of);
  const norm = weights["model.norm.weight"].data;
  const offset = config.model_type === "gemma2" ? 1 : 0;
  const { data, shape } = weights["lm_head.weight"] ?? weights["model.embed_tokens.weight"];
  const [vocabulary, d] = shape;
  const cap = config.final_logit_softcapping;
  const logits = states[states.length - 1].map((x) => {
    const size = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / d + config.rms_norm_eps);
    return Array.from({ length: vocabulary }, (_, token) => {
      let sum = 0;
      for (let j = 0; j < d; j++) sum += (x[j] / size) * (norm[j] + offset) * data[token * d + j];
      return cap ? cap * Math.tanh(sum / cap) : sum;
    });
  });
  return { x: states[block + 1], logits };
}

/** Logits of both sequences by what is tested [2 · 10 · vocabulary], and by loops. */
async function bothWays(tiny: Tiny, source: string, options: Parameters<typeof loadContinuation>[1]) {
  const [first, second] = [tokens, otherTokens].map((of) => naively(tiny, of, options.after));
  const model = await loadContinuation(source, options);
  const { d_in } = model.config;
  const hidden = model.hidden(Float32Array.from([first.x, second.x].flat(2)), tokens.length);
  const logits = model.logits(tf.tensor2d(hidden, [hidden.length / d_in, d_in]));
  const found = logits.dataSync<"float32">().slice();
  logits.dispose();
  model.dispose();
  return { found, expected: [first.logits, second.logits].flat(2) };
}

/** The largest difference, as a share of the largest value; NaN where there is one. */
function largestError({ found, expected }: { found: Float32Array; expected: number[] }): number {
  assert.equal(found.length, expected.length);
  let [worst, largest] = [0, 0];
  for (const [i, value] of expected.entries()) {
    worst = Math.max(worst, Math.abs(found[i] - value));
    largest = Math.max(largest, Math.abs(value));
  }
  return worst / largest;
}

for (const name of ["llama-tiny", "gemma2-tiny"]) {
  for (const block of [-1, 0, 1, 3])
    test(`${name}: logits from the stream after block ${block} are those of plain loops in float64`, async () => {
      const tiny = await tinyModel(name);
      // Sums of 48 products in float32, through four blocks at most.
      assert.ok(largestError(await bothWays(tiny, tiny.source, { after: block })) < 1e-5);
    });

  test(`${name}: with products in bfloat16, logits are near, and not the same`, async (t) => {
    if (!isNative()) return t.skip("no bfloat16 here");
    const tiny = await tinyModel(name);
    const error = largestError(await bothWays(tiny, tiny.source, { after: 1, precision: "bfloat16" }));
    t.diagnostic(`differs by ${error.toExponential(1)} of the largest logit`);
    // 2⁻⁹ a rounding: three of each product, six products in series in each of two blocks, and the unembedding.
    assert.ok(error < 2 ** -9 * 3 * 13 && error > 1e-5, `${error}`);
  });
}

/** llama-tiny with an unembedding of its own: the embedding's rows in the opposite order. */
async function untied(): Promise<Tiny> {
  const { config, weights, source } = await tinyModel("llama-tiny");
  const { shape, data } = weights["model.embed_tokens.weight"];
  const reversed = data.map((_, at) => data[(shape[0] - 1 - Math.floor(at / shape[1])) * shape[1] + (at % shape[1])]);
  return {
    config: { ...config, tie_word_embeddings: false },
    weights: { ...weights, "lm_head.weight": { shape, data: reversed } },
    source,
  };
}

test("an unembedding that is not the embedding is read, where the configuration says that there is one", async () => {
  const tiny = await untied();
  assert.ok(largestError(await bothWays(tiny, await written(tiny.config, tiny.weights), { after: 1 })) < 1e-5);
  const tied = { ...tiny, config: { ...tiny.config, tie_word_embeddings: true } };
  const found = await bothWays(tied, await written(tied.config, tied.weights), { after: 1 });
  assert.ok(largestError(found) > 0.1, "tied: lm_head counts for nothing");
});

test("a GGUF's logits are the same, its unembedding tied or its own", async () => {
  const tied = await tinyModel("llama-tiny");
  const own = await untied();
  for (const [tiny, unembedding] of [
    [tied, undefined],
    [own, own.weights["lm_head.weight"].data],
  ] as const) {
    const file = path.join(folder, `tiny-${unembedding ? "own" : "tied"}.gguf`);
    await writeFile(file, await llamaTinyAsGguf({}, unembedding));
    assert.ok(largestError(await bothWays(tiny, file, { after: 1 })) < 1e-5);
  }
});

test("only the blocks that follow are held, and nothing is left after a pass or dispose", async () => {
  const { source } = await tinyModel("gemma2-tiny");
  const start = tf.memory().numTensors;
  const held = async (block: number): Promise<number> => {
    const model = await loadContinuation(source, { after: block });
    const x = new Float32Array(2 * 10 * 48).map((_, i) => Math.sin(i));
    model.hidden(x, 10);
    const tensors = tf.memory().numTensors - start;
    model.hidden(x, 10);
    assert.equal(tf.memory().numTensors - start, tensors);
    model.dispose();
    assert.equal(tf.memory().numTensors, start);
    return tensors;
  };
  const [all, three, none] = [await held(-1), await held(0), await held(3)];
  assert.equal((all - none) / 4, all - three);
  assert.ok(all > three);
});

test("a sequence's logits do not depend on the sequences beside it, however many go through together", async () => {
  const { source } = await tinyModel("llama-tiny");
  const model = await loadContinuation(source, { after: 1 });
  const length = 400; // two at once, of three
  const x = new Float32Array(3 * length * 48).map((_, i) => Math.sin(i * i));
  const all = model.hidden(x, length);
  for (const i of [0, 1, 2]) {
    const [from, to] = [i * length * 48, (i + 1) * length * 48];
    const alone = model.hidden(x.subarray(from, to), length);
    assert.ok(largestError({ found: all.subarray(from, to), expected: [...alone] }) < 1e-5);
  }
  assert.throws(() => model.hidden(x.subarray(0, 48 * 401), length), /expected whole sequences of 400 · 48 numbers/);
  model.dispose();
});

test("refused: a block that there is not, and a model without its final norm or unembedding", async () => {
  const { source, config, weights } = await tinyModel("llama-tiny");
  const start = tf.memory().numTensors;
  for (const block of [-2, 4, 0.5])
    await assert.rejects(loadContinuation(source, { after: block }), /after: expected a block from −1 to 3, found/);
  const { "model.norm.weight": _, ...withoutNorm } = weights;
  await assert.rejects(loadContinuation(await written(config, withoutNorm), { after: 1 }), /model\.norm\.weight/);
  const own = await written({ ...config, tie_word_embeddings: false }, weights);
  await assert.rejects(loadContinuation(own, { after: 1 }), /lm_head\.weight/);
  assert.equal(tf.memory().numTensors, start, "what was loaded before the refusal is freed");
});
