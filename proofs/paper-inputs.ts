import { mkdir, open, writeFile } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic, writeJson } from "../src/base/files.js";
import { stream } from "../src/base/random.js";
import { readPileSubsets } from "../src/data/texts/published.js";
import { toBfloat16 } from "../src/model/encodings.js";

/*
 * Made-up inputs of the paper's profile, for its code to run on where Gemma-2 and the Pile are not: a random model of
 * Gemma-2's architecture in Hugging Face's folder format, and texts in the Pile's. Seeded; never committed.
 */

/** config.json of a Gemma-2 model. */
export interface GemmaShape {
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  intermediate_size: number;
  vocab_size: number;
  query_pre_attn_scalar: number;
  sliding_window: number;
}

/** Gemma-2-2B's shape but for its vocabulary, which is that of the made-up tokenizer. */
export const gemma2Shape: GemmaShape = {
  hidden_size: 2304,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  intermediate_size: 9216,
  vocab_size: 128,
  query_pre_attn_scalar: 256,
  sliding_window: 4096,
};

/** The same architecture, as small as it goes; deep enough for layer 19. */
export const tinyShape: GemmaShape = {
  ...gemma2Shape,
  hidden_size: 32,
  num_hidden_layers: 20,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 48,
  query_pre_attn_scalar: 8,
  sliding_window: 16,
};

/** Writes the folder of a random model in bfloat16, in files of at most `fileBytes`, with a tokenizer of single characters. */
export async function writeRandomGemma(folder: string, shape: GemmaShape, fileBytes = 2 ** 32): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeJson(path.join(folder, "config.json"), {
    model_type: "gemma2",
    hidden_activation: "gelu_pytorch_tanh",
    attn_logit_softcapping: 50,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    ...shape,
  });
  await writeJson(path.join(folder, "tokenizer.json"), characterTokenizer());
  const shards: [string, number[]][][] = [[]];
  let bytes = 0;
  for (const tensor of tensorsOf(shape)) {
    const size = 2 * count(tensor[1]);
    if (bytes > 0 && bytes + size > fileBytes) {
      shards.push([]);
      bytes = 0;
    }
    shards[shards.length - 1].push(tensor);
    bytes += size;
  }
  const weights = randomWeights();
  const weightMap: Record<string, string> = {};
  for (const [i, tensors] of shards.entries()) {
    const file = `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`;
    for (const [name] of tensors) weightMap[name] = file;
    await writeShard(path.join(folder, file), tensors, weights);
  }
  await writeJson(path.join(folder, "model.safetensors.index.json"), { metadata: {}, weight_map: weightMap });
}

const number = (i: number): string => String(i).padStart(5, "0");
const count = (shape: number[]): number => shape.reduce((n, d) => n * d, 1);

function tensorsOf(c: GemmaShape): [string, number[]][] {
  const [q, kv] = [c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim];
  const d = c.hidden_size;
  const blocks = Array.from({ length: c.num_hidden_layers }, (_, i): [string, number[]][] =>
    (
      [
        ["self_attn.q_proj", [q, d]],
        ["self_attn.k_proj", [kv, d]],
        ["self_attn.v_proj", [kv, d]],
        ["self_attn.o_proj", [d, q]],
        ["mlp.gate_proj", [c.intermediate_size, d]],
        ["mlp.up_proj", [c.intermediate_size, d]],
        ["mlp.down_proj", [d, c.intermediate_size]],
        ["input_layernorm", [d]],
        ["post_attention_layernorm", [d]],
        ["pre_feedforward_layernorm", [d]],
        ["post_feedforward_layernorm", [d]],
      ] as [string, number[]][]
    ).map(([name, shape]) => [`model.layers.${i}.${name}.weight`, shape]),
  );
  return [["model.embed_tokens.weight", [c.vocab_size, d]], ...blocks.flat()];
}

/** Fills an array with the bits of normal numbers of standard deviation 0.05: drawn from a table, since there are billions. */
function randomWeights(): (into: Uint16Array) => void {
  const random = stream(42, "weights");
  const table = toBfloat16(Float32Array.from({ length: 2 ** 16 }, () => 0.05 * random.normal()));
  let state = 0x9e3779b9;
  return (into) => {
    for (let i = 0; i < into.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      into[i] = table[(state >>> 8) & 0xffff];
    }
  };
}

async function writeShard(file: string, tensors: [string, number[]][], fill: (into: Uint16Array) => void) {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of tensors) {
    header[name] = { dtype: "BF16", shape, data_offsets: [end, end + 2 * count(shape)] };
    end += 2 * count(shape);
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const handle = await open(file, "w");
  try {
    await handle.writeFile(Buffer.concat([length, text]));
    for (const [, shape] of tensors) {
      const values = new Uint16Array(count(shape));
      fill(values);
      await handle.writeFile(new Uint8Array(values.buffer));
    }
  } finally {
    await handle.close();
  }
}

/** A tokenizer in Gemma's format, a token for each printable character: pairs without merges, ▁ for a space, <bos> first. */
function characterTokenizer(): object {
  const special = ["<pad>", "<eos>", "<bos>", "<unk>"];
  const characters = ["▁", "\n", ...Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    pre_tokenizer: {
      ...{ type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false },
    },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<bos>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [],
      special_tokens: { "<bos>": { id: "<bos>", ids: [2], tokens: ["<bos>"] } },
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
      ],
    },
    model: {
      ...{ type: "BPE", dropout: null, unk_token: "<unk>", fuse_unk: true, byte_fallback: true, ignore_merges: false },
      ...{ continuing_subword_prefix: null, end_of_word_suffix: null, merges: [] },
      vocab: Object.fromEntries([...special, ...characters].map((token, id) => [token, id])),
    },
  };
}

/** Writes texts of random words in the Pile's form: `documents` of each subset in turn, with others between them. */
export async function writeMadeUpPile(file: string, documents: number): Promise<void> {
  const random = stream(42, "texts");
  const word = (): string =>
    Array.from({ length: 1 + random.integer(9) }, () => String.fromCharCode(97 + random.integer(26))).join("");
  const names = [...(await readPileSubsets()).map((subset) => subset.pile_set_name), "Pile-CC"];
  const lines = Array.from({ length: documents }, () =>
    names.map((name) => {
      const text = Array.from({ length: 60 + random.integer(400) }, word).join(" ");
      return JSON.stringify({ text, meta: { pile_set_name: name } });
    }),
  );
  await writeFileAtomic(file, `${lines.flat().join("\n")}\n`);
}

if (require.main === module) {
  const [folder, blocks = String(gemma2Shape.num_hidden_layers)] = process.argv.slice(2);
  if (!folder || !/^\d+$/.test(blocks)) {
    process.stderr.write("usage: tsx perf/paper-inputs.ts FOLDER [BLOCKS]\n");
    process.exitCode = 2;
  } else {
    const shape = { ...gemma2Shape, num_hidden_layers: Number(blocks) };
    void writeRandomGemma(path.join(folder, "model"), shape)
      .then(() => writeMadeUpPile(path.join(folder, "pile", "00.jsonl"), 40))
      .then(() =>
        writeFile(path.join(folder, "README"), "Random numbers in the form of Gemma-2-2B and of the Pile.\n"),
      );
  }
}
