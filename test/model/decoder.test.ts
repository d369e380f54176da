import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { hasKernels } from "../../src/backend/kernels.js";
import { isNative } from "../../src/backend/native.js";
import { precisions } from "../../src/backend/precision.js";
import { SncError } from "../../src/base/errors.js";
import { loadDecoder } from "../../src/model/decoder.js";
import { decoderMemory, passMemory } from "../../src/model/decoder-memory.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";
import { withBackend } from "../helpers/backend.js";
import { toBfloat16 } from "../helpers/bfloat16.js";
import { DeviceMemory } from "../helpers/device-memory.js";
import { llamaTinyAsGguf } from "../helpers/llama-tiny-gguf.js";
import { float32, string, uint32, type Value } from "../helpers/make-gguf.js";
import { naiveDecoder, type Weights } from "../helpers/naive-decoder.js";
import { fixtures } from "../helpers/paths.js";

withBackend();
let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-decoder-"));
});
after(() => rm(folder, { recursive: true }));

const llama = {
  model_type: "llama",
  hidden_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  intermediate_size: 10,
  vocab_size: 20,
  rms_norm_eps: 1e-5,
  rope_theta: 50,
  hidden_act: "silu",
};
const gemma2 = {
  ...llama,
  model_type: "gemma2",
  hidden_activation: "gelu_pytorch_tanh",
  query_pre_attn_scalar: 7,
  attn_logit_softcapping: 1.5,
  sliding_window: 3,
};

/** Weights between −1 and 1 from a counter: the same on every machine. */
function toyWeights(config: typeof llama): Weights {
  let n = 0;
  const values = (count: number): Float32Array =>
    Float32Array.from({ length: count }, () => (((++n * 2654435761) >>> 8) % 2001) / 1000 - 1);
  const { hidden_size: d, intermediate_size: m, head_dim: h } = config;
  const weights: Weights = { "model.embed_tokens.weight": { shape: [config.vocab_size, d], data: values(20 * d) } };
  const add = (block: number, name: string, ...shape: number[]) => {
    const data = values(shape.reduce((a, b) => a * b));
    weights[`model.layers.${block}.${name}.weight`] = { shape, data };
  };
  for (let block = 0; block < config.num_hidden_layers; block++) {
    add(block, "self_attn.q_proj", config.num_attention_heads * h, d);
    add(block, "self_attn.k_proj", config.num_key_value_heads * h, d);
    add(block, "self_attn.v_proj", config.num_key_value_heads * h, d);
    add(block, "self_attn.o_proj", d, config.num_attention_heads * h);
    add(block, "mlp.gate_proj", m, d);
    add(block, "mlp.up_proj", m, d);
    add(block, "mlp.down_proj", d, m);
    const gemmaNorms = config.model_type === "gemma2" ? ["pre_feedforward", "post_feedforward"] : [];
    for (const norm of ["input", "post_attention", ...gemmaNorms]) add(block, `${norm}_layernorm`, d);
  }
  return weights;
}

let folders = 0;
async function modelFolder(config: object, weights: Weights): Promise<string> {
  const to = path.join(folder, `model-${folders++}`);
  await mkdir(to);
  await writeFile(path.join(to, "config.json"), JSON.stringify(config));
  await writeFile(path.join(to, "model.safetensors"), encodeSafetensors(weights));
  return to;
}

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(found.length, expected.length);
  const largest = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < found.length; i++)
    assert.ok(Math.abs(found[i] - expected[i]) <= tolerance * largest, `${i}: ${found[i]} is not ${expected[i]}`);
}

const tokens = Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6);

for (const config of [llama, gemma2])
  test(`${config.model_type}: one block equals a plain loop in float64`, async () => {
    const weights = toyWeights(config);
    const decoder = await loadDecoder(await modelFolder(config, weights));
    const captured = decoder.forward(tokens, [1, 8], [-1, 0]);
    const expected = naiveDecoder(config, weights, [...tokens]);
    // float32 sums of a dozen products: 1e-5 of the largest value
    assertClose(captured.get(-1)!, expected[0].flat(), 1e-6);
    assertClose(captured.get(0)!, expected[1].flat(), 1e-5);
    decoder.dispose();
  });

test("a token changes nothing before it", async () => {
  const config = { ...llama, num_hidden_layers: 2 };
  const decoder = await loadDecoder(await modelFolder(config, toyWeights(config)));
  const changed = tokens.slice();
  changed[5] = 0;
  const [a, b] = [tokens, changed].map((t) => decoder.forward(t, [1, 8], [1]).get(1)!);
  assert.deepEqual(a.slice(0, 5 * 12), b.slice(0, 5 * 12));
  for (let position = 5; position < 8; position++)
    assert.notDeepEqual(a.slice(position * 12, (position + 1) * 12), b.slice(position * 12, (position + 1) * 12));
  decoder.dispose();
});

test("a sequence's values do not depend on what else is in the batch", async () => {
  const config = { ...gemma2, num_hidden_layers: 2 };
  const decoder = await loadDecoder(await modelFolder(config, toyWeights(config)));
  const both = decoder.forward(tokens, [2, 4], [1]).get(1)!;
  for (const i of [0, 1]) {
    const alone = decoder.forward(tokens.slice(4 * i, 4 * i + 4), [1, 4], [1]).get(1)!;
    assertClose(both.slice(4 * 12 * i, 4 * 12 * (i + 1)), alone, 1e-6);
  }
  decoder.dispose();
});

test("more sequences than go through a block together: each as if it were alone", async () => {
  const decoder = await loadDecoder(await modelFolder(llama, toyWeights(llama)));
  const length = 400; // two at once, of three
  const tokens = new Int32Array(3 * length).map((_, i) => (7 * i) % 20);
  const all = decoder.forward(tokens, [3, length], [-1, 0]);
  for (const block of [-1, 0])
    for (const i of [0, 1, 2]) {
      const alone = decoder.forward(tokens.slice(i * length, (i + 1) * length), [1, length], [block]).get(block)!;
      assertClose(all.get(block)!.slice(12 * length * i, 12 * length * (i + 1)), alone, 1e-6);
    }
  decoder.dispose();
});

test("several blocks are captured in one pass, and only so many blocks are loaded as asked for", async () => {
  const config = { ...llama, num_hidden_layers: 3 };
  const source = await modelFolder(config, toyWeights(config));
  const [whole, part] = [await loadDecoder(source), await loadDecoder(source, { blocks: 2 })];
  const captured = whole.forward(tokens, [1, 8], [2, 0, 1]);
  assert.deepEqual([...captured.keys()].sort(), [0, 1, 2]);
  assert.deepEqual(part.forward(tokens, [1, 8], [1]).get(1), captured.get(1));
  assert.equal(part.blocks, 2);
  assert.throws(() => part.forward(tokens, [1, 8], [2]), /blocks −1 to 1 to capture, found 2/);
  assert.throws(() => part.forward(tokens, [1, 8], []), /to capture, found $/);
  assert.throws(() => part.forward(tokens, [2, 3], [0]), /expected 2 × 3 tokens, found 8/);
  for (const decoder of [whole, part]) decoder.dispose();
});

const models = path.join(fixtures, "models");

for (const name of ["llama-tiny", "gemma2-tiny"])
  test(`${name} in bfloat16 equals loops that round the factors and results of products, and nothing else, to 8 bits`, async (t) => {
    if (!isNative()) return t.skip("no bfloat16 here");
    const expected = await openSafetensors(path.join(models, name, "expected.safetensors"));
    const tokens = Int32Array.from(await expected.readFloat32("input_ids")).slice(0, 12);
    const file = path.join(models, name, "model.safetensors");
    const decoder = await loadDecoder(file, { precision: "bfloat16" });
    const captured = decoder.forward(tokens, [1, 12], [-1, 0, 1, 2, 3]);
    const weights = await weightsIn(file);
    const json = JSON.parse(await readFile(path.join(models, name, "config.json"), "utf8"));
    const config = { ...json, ...json.rope_parameters };
    const [exact, rounded] = [(x: number) => x, toBfloat16].map((round) =>
      naiveDecoder(config, weights, [...tokens], round),
    );
    assertClose(captured.get(-1)!, exact[0].flat(), 1e-6);
    for (const block of [0, 1, 2, 3]) {
      const found = captured.get(block)!;
      const [fromExact, fromRounded] = [exact, rounded].map((states) => deviation(found, states[block + 1].flat()));
      t.diagnostic(`block ${block}: ${fromRounded.toExponential(1)}; without rounding ${fromExact.toExponential(1)}`);
      // A rounding errs by 2⁻⁹ at most. A product has three, and a block six products in series: q and k, scores, sums of
      // values, o, gate and up, down. At worst all errors add, and those of the blocks before.
      assert.ok(fromExact < 2 ** -9 * 3 * 6 * (block + 1), `block ${block}: ${fromExact}`);
      assert.ok(fromExact > 2 ** -10, `block ${block}: ${fromExact} is less than one rounding leaves`);
      // What is near the middle of two numbers of 8 bits is rounded otherwise where sums were float32: one in thousands.
      assert.ok(fromRounded < 0.2 * fromExact, `block ${block}: ${fromRounded} from the rounded, ${fromExact}`);
    }
    decoder.dispose();
    await expected.close();
  });

async function weightsIn(file: string): Promise<Weights> {
  const open = await openSafetensors(file);
  const weights: Weights = {};
  for (const [name, { shape }] of open.tensors) weights[name] = { shape, data: await open.readFloat32(name) };
  await open.close();
  return weights;
}

/** ‖a − b‖ / ‖b‖. */
const deviation = (a: Float32Array, b: number[]): number => Math.hypot(...b.map((x, i) => a[i] - x)) / Math.hypot(...b);

test("bfloat16 without native TensorFlow is refused", async (t) => {
  if (isNative()) return t.skip("native TensorFlow is here");
  const source = await modelFolder(llama, toyWeights(llama));
  await assert.rejects(loadDecoder(source, { precision: "bfloat16" }), /expected native TensorFlow, found wasm/);
});

for (const precision of precisions)
  test(`${precision}: weights, loading and a pass take what decoderMemory and passMemory say, and nothing is left`, async (t) => {
    if (!isNative()) return t.skip("tensors are not counted here");
    const config = { ...gemma2, num_hidden_layers: 3, hidden_size: 48, intermediate_size: 192, head_dim: 8 };
    const shape: [number, number] = [8, 32];
    const source = await modelFolder(config, toyWeights(config));
    const memory = new DeviceMemory();
    try {
      const decoder = await loadDecoder(source, { precision });
      const { weights, loading } = decoderMemory(decoder.config, 3, precision);
      assert.equal(memory.bytes, weights);
      assert.ok(memory.peakBytes <= weights + loading, `${memory.peakBytes} while loading`);
      const tokens = new Int32Array(8 * 32).map((_, i) => i % 20);
      decoder.forward(tokens, shape, [2]);
      const [held, tensors] = [memory.bytes, memory.tensors]; // with norms and tables, which are made on first use
      memory.peakBytes = 0;
      decoder.forward(tokens, shape, [2]);
      const took = memory.peakBytes - held;
      const stated = passMemory(decoder.config, ...shape);
      const least = hasKernels() && precision === "bfloat16" ? 0.5 : 0.8;
      assert.ok(took <= stated && took > least * stated, `${took} in a pass, ${stated} stated`);
      assert.equal(memory.tensors, tensors);
      decoder.dispose();
      assert.equal(memory.tensors, 0);
    } finally {
      memory.end();
    }
  });

test("no tensor is left behind by a pass, by dispose, or by a file that does not fit", async () => {
  const weights = toyWeights(gemma2);
  const source = await modelFolder(gemma2, weights);
  const before = tf.memory().numTensors;
  const decoder = await loadDecoder(source);
  decoder.forward(tokens, [1, 8], [0]);
  const held = tf.memory().numTensors;
  decoder.forward(tokens, [1, 8], [0]);
  assert.equal(tf.memory().numTensors, held);
  decoder.dispose();
  assert.equal(tf.memory().numTensors, before);

  const two = { ...gemma2, num_hidden_layers: 2 };
  await assert.rejects(loadDecoder(await modelFolder(two, weights)), /model.layers.1.*found 12 others/);
  const wide = { ...gemma2, intermediate_size: 11 };
  await assert.rejects(loadDecoder(await modelFolder(wide, weights)), /of shape \[11,12\], found \[10,12\]/);
  assert.equal(tf.memory().numTensors, before);
});

/** A model in two files with an index, and what it gives. */
async function shardedModel(weights: Weights) {
  const source = await modelFolder(llama, weights);
  const expected = await lastOf(source);
  const map: Record<string, string> = {};
  for (const [i, half] of [Object.entries(weights).slice(0, 4), Object.entries(weights).slice(4)].entries()) {
    const name = `model-0000${i + 1}-of-00002.safetensors`;
    await writeFile(path.join(source, name), encodeSafetensors(Object.fromEntries(half)));
    for (const [key] of half) map[key] = name;
  }
  await rm(path.join(source, "model.safetensors"));
  await writeFile(path.join(source, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  return { folder: source, expected, map };
}

test("a model in several files is read by its index", async () => {
  const { folder: source, expected } = await shardedModel(toyWeights(llama));
  assert.deepEqual(await lastOf(source), expected);
});

test("the index says which file a tensor is from: an old copy in another file counts for nothing", async () => {
  const weights = toyWeights(llama);
  const { folder: source, expected } = await shardedModel(weights);
  const [name] = Object.keys(weights).slice(-1);
  const first = path.join(source, "model-00001-of-00002.safetensors");
  const stale = { shape: weights[name].shape, data: weights[name].data.map(() => 0.5) };
  const withStale = { ...Object.fromEntries(Object.entries(weights).slice(0, 4)), [name]: stale };
  await writeFile(first, encodeSafetensors(withStale));
  const decoder = await loadDecoder(source);
  assert.deepEqual(decoder.forward(tokens, [1, 8], [0]).get(0), expected);
  decoder.dispose();
});

test("a single file beside an index of others is refused, and so is a tensor that the index does not name", async () => {
  const weights = toyWeights(llama);
  const { folder: source, map } = await shardedModel(weights);
  const index = path.join(source, "model.safetensors.index.json");
  const [name] = Object.keys(weights).slice(-1);
  const { [name]: _, ...lacking } = map;
  await writeFile(index, JSON.stringify({ weight_map: lacking }));
  await assert.rejects(loadDecoder(source), (error: Error) =>
    error.message.includes(`a tensor named ${name} in the index`),
  );
  await writeFile(index, JSON.stringify({ weight_map: map }));
  await writeFile(path.join(source, "model.safetensors"), encodeSafetensors(weights));
  await assert.rejects(loadDecoder(source), /found model\.safetensors and, by its index, 2 other files/);
});

const extra = (name: string) => ({ [name]: { shape: [2], data: Float32Array.of(1, 2) } });
for (const name of [
  "model.layers.0.self_attn.q_proj.bias",
  "model.layers.0.self_attn.q_norm.weight",
  "model.layers.1.mlp.up_proj.weight",
  "vision_tower.weight",
])
  test(`refused: a tensor that another kind of model uses, ${name}`, async () => {
    const source = await modelFolder(llama, { ...toyWeights(llama), ...extra(name) });
    await assert.rejects(loadDecoder(source), (error: Error) => error.message.includes(`found ${name}`));
  });

test("tensors after the last block change nothing, in whatever form they are stored", async () => {
  const weights = toyWeights(llama);
  const expected = await lastOf(await modelFolder(llama, weights));
  const more = { "model.norm.weight": 12, "lm_head.weight": 240, "model.layers.0.self_attn.rotary_emb.inv_freq": 2 };
  for (const [form, bytes] of [
    ["F8_E4M3", 1],
    ["BOOL", 1],
    ["U8", 1],
    ["F64", 8],
  ] as const) {
    const source = await modelFolder(llama, weights);
    const others = Object.entries(more).map(([name, count]) => ({ name, form, shape: [count], bytes: count * bytes }));
    await writeFile(path.join(source, "model.safetensors"), withRawTensors(encodeSafetensors(weights), others));
    assert.deepEqual(await lastOf(source), expected, form);
  }
  const source = await modelFolder(llama, weights);
  const { "model.layers.0.mlp.up_proj.weight": up, ...rest } = weights;
  const asBytes = {
    name: "model.layers.0.mlp.up_proj.weight",
    form: "F8_E4M3",
    shape: up.shape,
    bytes: up.data.length,
  };
  await writeFile(path.join(source, "model.safetensors"), withRawTensors(encodeSafetensors(rest), [asBytes]));
  await assert.rejects(loadDecoder(source), /up_proj.weight stored as F32.*found F8_E4M3/);
});

test("a token id beyond the vocabulary is refused: the bytes after the embedding are another tensor's", async () => {
  const decoder = await loadDecoder(await modelFolder(llama, toyWeights(llama)));
  for (const id of [20, -1])
    assert.throws(
      () => decoder.forward(Int32Array.of(3, id), [1, 2], [0]),
      (error: Error) => error.message.includes(`an id from 0 to 19, the model's vocabulary, found ${id}`),
    );
  decoder.dispose();
});

async function lastOf(source: string): Promise<Float32Array> {
  const decoder = await loadDecoder(source);
  const captured = decoder.forward(tokens, [1, 8], [0]).get(0)!;
  decoder.dispose();
  return captured;
}

/** A safetensors file with tensors of zero bytes in other forms behind its own. */
function withRawTensors(
  file: Uint8Array,
  others: { name: string; form: string; shape: number[]; bytes: number }[],
): Buffer {
  const length = Number(Buffer.from(file).readBigUInt64LE());
  const header = JSON.parse(Buffer.from(file.subarray(8, 8 + length)).toString());
  let end = file.length - 8 - length;
  for (const { name, form, shape, bytes } of others) {
    header[name] = { dtype: form, shape, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  const padding = Buffer.alloc(others.reduce((sum, { bytes }) => sum + bytes, 0));
  return Buffer.concat([prefix, text, file.subarray(8 + length), padding]);
}

test("no config.json and no index makes the loader throw anything but an error that names the file, or take memory", async () => {
  const source = await modelFolder(gemma2, toyWeights(gemma2));
  const hostile = fc.oneof(
    fc.constantFrom(0, -1, 0.5, 999, 1e9, 2 ** 53, 1e300, null, true, "", [], {}),
    fc.jsonValue(),
  );
  const before = process.resourceUsage().maxRSS;
  const loads = async (): Promise<void> => {
    const decoder = await loadDecoder(source).catch((error: Error) => {
      assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
      assert.ok(error.message.startsWith(source), error.message);
    });
    decoder?.dispose();
  };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(gemma2)), hostile, async (key, value) => {
      await writeFile(path.join(source, "config.json"), JSON.stringify({ ...gemma2, [key]: value }));
      await loads();
    }),
    { numRuns: 300, seed: 1 },
  );
  await writeFile(path.join(source, "config.json"), JSON.stringify(gemma2));
  const index = path.join(source, "model.safetensors.index.json");
  const maps = fc.oneof(
    fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant("../../etc/passwd"))),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.record({ weight_map: maps }), fc.jsonValue(), fc.string()), async (value) => {
      await writeFile(index, typeof value === "string" ? value : JSON.stringify(value));
      await loads();
    }),
    { numRuns: 150, seed: 1 },
  );
  const grownMegabytes = (process.resourceUsage().maxRSS - before) / 1024;
  assert.ok(grownMegabytes < 150, `${grownMegabytes} MB`);
});

test("llama-tiny as a GGUF, with the rows of q and k interleaved, gives the same residual stream", async () => {
  const file = path.join(folder, "llama-tiny.gguf");
  await writeFile(file, await llamaTinyAsGguf());
  const expected = await openSafetensors(path.join(models, "llama-tiny", "expected.safetensors"));
  const decoder = await loadDecoder(file);
  const ids = Int32Array.from(await expected.readFloat32("input_ids"));
  assertClose(decoder.forward(ids, [2, 12], [3]).get(3)!, await expected.readFloat32("resid_post.3"), 1e-5);
  decoder.dispose();
  await expected.close();
});

test("a GGUF's keys of the forward pass are read, known to change nothing, or refused by name", async () => {
  const loaded = async (more: Record<string, Value>) => {
    const file = path.join(folder, "keys.gguf");
    await writeFile(file, await llamaTinyAsGguf(more));
    (await loadDecoder(file)).dispose();
  };
  await loaded({
    "llama.context_length": uint32(64),
    "llama.attention.value_length": uint32(8),
    "llama.expert_count": uint32(0),
  });
  const refused: [Record<string, Value>, RegExp][] = [
    [{ "llama.attention.sliding_window": uint32(4) }, /llama.attention.sliding_window = 4/],
    [{ "llama.expert_count": uint32(8) }, /llama.expert_count = 8/],
    [{ "llama.attention.value_length": uint32(16) }, /llama.attention.value_length = 8, found 16/],
    [{ "llama.rope.scaling.type": string("linear") }, /plain rotary embeddings, found scaling linear/],
    [{ "llama.attn_logit_softcapping": float32(50) }, /llama.attn_logit_softcapping = 50/],
    [{ "split.count": uint32(2) }, /a model in one file/],
  ];
  for (const [more, why] of refused) await assert.rejects(loaded(more), why);
});

const unfit: Record<string, [object, RegExp]> = {
  "another architecture": [{ ...llama, model_type: "mamba" }, /config.json: expected a Llama or Gemma-2 configuration/],
  "scaled rotary embeddings": [{ ...llama, rope_scaling: { rope_type: "llama3" } }, /rope_scaling.rope_type "llama3"/],
  "the same by its older name": [
    { ...llama, rope_scaling: { type: "linear", factor: 4 } },
    /rope_scaling.type "linear"/,
  ],
  "the same in its newer place": [
    { ...llama, rope_parameters: { rope_type: "yarn" } },
    /rope_parameters.rope_type "yarn"/,
  ],
  "a factor without a kind": [{ ...llama, rope_scaling: { factor: 4 } }, /rope_scaling.factor 4/],
  "two bases of rotary embeddings": [
    { ...llama, rope_parameters: { rope_theta: 60 } },
    /one rope_theta, found 60 and 50/,
  ],
  "a window of another family": [{ ...llama, sliding_window: 3 }, /sliding_window: 3/],
  "a cap of another family": [{ ...llama, attn_logit_softcapping: 50 }, /attn_logit_softcapping: 50/],
  "code of its own": [{ ...llama, auto_map: { AutoModel: "model.py" } }, /auto_map/],
  "quantized weights": [{ ...llama, quantization_config: { bits: 4 } }, /quantization_config/],
  "a key that nobody knows": [{ ...gemma2, residual_multiplier: 0.2 }, /residual_multiplier: 0.2/],
  "biases in attention": [{ ...llama, attention_bias: true }, /attention_bias/],
  "a width of NaN": [{ ...llama, hidden_size: null }, /hidden_size/],
  "heads that cannot be shared": [{ ...llama, num_key_value_heads: 3 }, /4 for 3/],
  "an odd head": [{ ...llama, head_dim: 3 }, /even head dimension/],
};
test("what a published config.json says beside the forward pass changes nothing", async () => {
  const beside = {
    architectures: ["LlamaForCausalLM"],
    _name_or_path: "somewhere",
    attention_bias: false,
    mlp_bias: false,
    attention_dropout: 0.1,
    bos_token_id: 1,
    is_llama_config: true,
    max_position_embeddings: 4,
    pretraining_tp: 2,
    rope_interleaved: false,
    rope_scaling: null,
    rope_parameters: { rope_type: "default", rope_theta: 50 },
    sliding_window: null,
    tie_word_embeddings: true,
    torch_dtype: "bfloat16",
    use_cache: true,
  };
  const weights = toyWeights(llama);
  const expected = await lastOf(await modelFolder(llama, weights));
  assert.deepEqual(await lastOf(await modelFolder({ ...llama, ...beside }, weights)), expected);
});
for (const [what, [config, why]] of Object.entries(unfit))
  test(`refused: ${what}`, async () => {
    await assert.rejects(loadDecoder(await modelFolder(config, {})), why);
  });
