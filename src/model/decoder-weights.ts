import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { SncError } from "../base/errors.js";
import { exists, readJson } from "../base/files.js";
import { configOfGguf, configOfJson, type DecoderConfig } from "./decoder-config.js";
import { decodeNumbers, type Encoding, encodedBytes } from "./encodings.js";
import { openGguf } from "./gguf.js";
import { openSafetensors } from "./safetensors.js";
import { type TensorFile, unreadable } from "./tensor-file.js";

/** The tensors of one block. Products are stored [out, in]; q, k, v have heads · headDim rows; norms are [d_in]. */
const products = ["q", "k", "v", "o", "gate", "up", "down"] as const;
const norms = ["attentionNorm", "mlpNorm", "attentionPostNorm", "mlpPostNorm"] as const;
type BlockPart = (typeof products)[number] | (typeof norms)[number];

/** A model's weights on disk, under one set of names whatever the format. */
export interface DecoderWeights {
  config: DecoderConfig;
  /** A block's tensor in float32, written into `out` where given. */
  read(block: number, part: BlockPart, out?: Float32Array): Promise<Float32Array>;
  /** Throws unless the files have every tensor of these first blocks, in the shape that the configuration says. */
  check(blocks: number): void;
  /** The caller closes it. */
  openEmbedding(): Embedding;
  /** The weight of the norm after the last block [d_in]; what it multiplies by has Gemma's 1 added. */
  readFinalNorm(): Promise<Float32Array>;
  /** [vocabulary, d_in]: a tensor of its own, or the embedding. */
  readUnembedding(): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Opens a .gguf file, a .safetensors file beside its config.json, or a folder with config.json and safetensors. */
export async function openDecoderWeights(source: string): Promise<DecoderWeights> {
  if (source.endsWith(".gguf")) {
    const gguf = await openGguf(source);
    return new Weights(
      configOf(() => configOfGguf(gguf), [gguf]),
      { files: [gguf], fileOf: () => gguf },
      ggufNames,
      true,
    );
  }
  const isFile = source.endsWith(".safetensors");
  const config = await readDecoderConfig(isFile ? path.dirname(source) : source);
  const { files, shardOf } = isFile ? { files: [source] } : await weightFiles(source);
  const opened = new Map<string, TensorFile>();
  try {
    for (const file of files) opened.set(file, await openSafetensors(file));
  } catch (error) {
    for (const file of opened.values()) await file.close();
    throw error;
  }
  const all = [...opened.values()];
  const stored: Stored = { files: all, fileOf: (name) => (shardOf ? opened.get(shardOf(name) ?? "") : all[0]) };
  return new Weights(config, stored, config.postNorms ? gemma2Names : llamaNames, false);
}

/** The configuration in a model's folder. */
export async function readDecoderConfig(folder: string): Promise<DecoderConfig> {
  const file = path.join(folder, "config.json");
  if (!(await exists(file)))
    throw new SncError("input", `${file}: expected a model's configuration, found none. Run: snc inputs fetch`);
  return configOfJson(file, await readModelJson(file));
}

function configOf(make: () => DecoderConfig, files: TensorFile[]): DecoderConfig {
  try {
    return make();
  } catch (error) {
    for (const file of files) void file.close();
    throw error;
  }
}

const readModelJson = (file: string): Promise<unknown> =>
  readJson(file).catch((error: Error) => {
    throw new SncError("input", `${file}: expected JSON, found: ${error.message}. Download the file again`);
  });

/** The safetensors of a published model, and in which of them a tensor is; a model in one file has no index. */
export interface WeightFiles {
  files: string[];
  shardOf?: (tensor: string) => string | undefined;
}

/** Which files in a folder the weights are read from. Throws where a single file and an index of others lie side by side. */
export async function weightFiles(folder: string): Promise<WeightFiles> {
  const single = path.join(folder, "model.safetensors");
  const index = path.join(folder, "model.safetensors.index.json");
  if (!(await exists(index))) return { files: [single] };
  const parsed = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(await readModelJson(index));
  if (!parsed.success) throw unreadable(index, "a weight_map of file names", z.prettifyError(parsed.error));
  const shards = new Map(
    Object.entries(parsed.data.weight_map).map(([tensor, name]) => [tensor, path.join(folder, path.basename(name))]),
  );
  const files = [...new Set(shards.values())].sort();
  if (files.length === 0) throw unreadable(index, "a weight_map of file names", "none in it");
  if (!files.includes(single) && (await exists(single)))
    throw new SncError(
      "input",
      `${folder}: expected the weights once, found model.safetensors and, by its index, ${files.length} other files. ` +
        "Move one of the two away",
    );
  return { files, shardOf: (tensor) => shards.get(tensor) };
}

/** Where tensors are: a file may hold an old copy of a tensor that is another's. */
interface Stored {
  files: readonly TensorFile[];
  fileOf(tensor: string): TensorFile | undefined;
}

type Names = Partial<Record<BlockPart, string>> & Record<"embedding" | "block" | "finalNorm" | "unembedding", string>;

const ggufNames: Names = {
  embedding: "token_embd.weight",
  finalNorm: "output_norm.weight",
  unembedding: "output.weight",
  block: "blk.",
  q: "attn_q",
  k: "attn_k",
  v: "attn_v",
  o: "attn_output",
  gate: "ffn_gate",
  up: "ffn_up",
  down: "ffn_down",
  attentionNorm: "attn_norm",
  mlpNorm: "ffn_norm",
};
const llamaNames: Names = {
  embedding: "model.embed_tokens.weight",
  finalNorm: "model.norm.weight",
  unembedding: "lm_head.weight",
  block: "model.layers.",
  q: "self_attn.q_proj",
  k: "self_attn.k_proj",
  v: "self_attn.v_proj",
  o: "self_attn.o_proj",
  gate: "mlp.gate_proj",
  up: "mlp.up_proj",
  down: "mlp.down_proj",
  attentionNorm: "input_layernorm",
  mlpNorm: "post_attention_layernorm",
};
// Gemma-2 gives Llama's name of the norm before the MLP to the one after attention.
const gemma2Names: Names = {
  ...llamaNames,
  mlpNorm: "pre_feedforward_layernorm",
  attentionPostNorm: "post_attention_layernorm",
  mlpPostNorm: "post_feedforward_layernorm",
};

/** Tensors that no pass up to the last block uses: what follows it, and rotary frequencies, which are computed here. */
const harmlessTensors =
  /^(model\.norm\.weight|lm_head\.(weight|bias)|output_norm\.weight|output\.weight|(model\.layers\.\d+\.self_attn|model)\.rotary_emb\.inv_freq)$/;

class Weights implements DecoderWeights {
  constructor(
    readonly config: DecoderConfig,
    private readonly stored: Stored,
    private readonly names: Names,
    /** llama.cpp stores a head's rows of q and k with both rotary halves interleaved. */
    private readonly interleaved: boolean,
  ) {}

  async read(block: number, part: BlockPart, out?: Float32Array): Promise<Float32Array> {
    const name = this.nameOf(block, part);
    const file = this.fileWith(name, shapeOf(this.config, part));
    const values = await file.readFloat32(name, out);
    return this.interleaved && (part === "q" || part === "k") ? separateHalves(values, this.config) : values;
  }

  check(blocks: number): void {
    const parts = [...products, ...norms].filter((part) => this.names[part] !== undefined);
    for (let block = 0; block < blocks; block++)
      for (const part of parts) this.fileWith(this.nameOf(block, part), shapeOf(this.config, part));
    this.requireNoOthers(parts);
  }

  /** Throws where a tensor is there that another kind of model would add to the pass, such as a bias. */
  private requireNoOthers(parts: readonly BlockPart[]): void {
    const known = new Set([this.names.embedding]);
    for (let block = 0; block < this.config.blocks; block++)
      for (const part of parts) known.add(this.nameOf(block, part));
    for (const { file, tensors } of this.stored.files)
      for (const name of tensors.keys())
        if (!known.has(name) && !harmlessTensors.test(name))
          throw unreadable(file, `tensors of ${this.config.blocks} blocks of the Llama family`, name);
  }

  private nameOf(block: number, part: BlockPart): string {
    return `${this.names.block}${block}.${this.names[part]}.weight`;
  }

  openEmbedding(): Embedding {
    const name = this.names.embedding;
    const { vocabulary, d_in } = this.config;
    const file = this.fileWith(name, [vocabulary, d_in]);
    return new Embedding(file.file, file.info(name).offset, file.encodingOf(name), d_in);
  }

  async readFinalNorm(): Promise<Float32Array> {
    const { d_in, normOffset } = this.config;
    const file = this.fileWith(this.names.finalNorm, [d_in]);
    return (await file.readFloat32(this.names.finalNorm)).map((w) => w + normOffset);
  }

  async readUnembedding(): Promise<Float32Array> {
    const { d_in, vocabulary, isTied } = this.config;
    const name = isTied ? this.names.embedding : this.names.unembedding;
    return this.fileWith(name, [vocabulary, d_in]).readFloat32(name);
  }

  async close(): Promise<void> {
    for (const file of this.stored.files) await file.close();
  }

  private fileWith(name: string, shape: number[]): TensorFile {
    const file = this.stored.fileOf(name);
    if (!file)
      throw unreadable(this.stored.files[0].file, `a tensor named ${name} in the index of its files`, "no entry");
    const found = file.info(name).shape;
    if (found.length !== shape.length || found.some((length, i) => length !== shape[i]))
      throw unreadable(file.file, `${name} of shape [${shape}]`, `[${found}]`);
    return file;
  }
}

function shapeOf({ d_in, d_mlp, heads, kvHeads, headDim }: DecoderConfig, part: BlockPart): number[] {
  switch (part) {
    case "q":
      return [heads * headDim, d_in];
    case "k":
    case "v":
      return [kvHeads * headDim, d_in];
    case "o":
      return [d_in, heads * headDim];
    case "gate":
    case "up":
      return [d_mlp, d_in];
    case "down":
      return [d_in, d_mlp];
    default:
      return [d_in];
  }
}

/** Rows (first half's 0, second half's 0, first half's 1, …) of each head → first half, then second half. In place. */
function separateHalves(rows: Float32Array, { headDim, d_in }: DecoderConfig): Float32Array {
  const size = headDim * d_in;
  const half = headDim / 2;
  for (let start = 0; start < rows.length; start += size) {
    const head = rows.slice(start, start + size);
    for (let row = 0; row < headDim; row++) {
      const to = (row % 2) * half + (row >> 1);
      rows.set(head.subarray(row * d_in, (row + 1) * d_in), start + to * d_in);
    }
  }
  return rows;
}

/** The embedding on disk: rows are read and decoded when asked for, since the whole in float32 may be gigabytes. */
export class Embedding {
  private readonly rowBytes: number;
  private readonly descriptor: number;
  constructor(
    private readonly file: string,
    private readonly offset: number,
    private readonly encoding: Encoding,
    private readonly d_in: number,
  ) {
    this.rowBytes = encodedBytes(encoding, d_in);
    this.descriptor = openSync(file, "r");
  }

  /** The tokens' rows, [tokens, d_in]. Synchronous, as the pass that they begin. */
  rows(tokens: Int32Array): Float32Array {
    const { d_in, rowBytes } = this;
    const out = new Float32Array(tokens.length * d_in);
    const row = new Uint8Array(rowBytes);
    for (let i = 0; i < tokens.length; i++) {
      const read = readSync(this.descriptor, row, 0, rowBytes, this.offset + tokens[i] * rowBytes);
      if (read !== rowBytes) throw unreadable(this.file, `${rowBytes} bytes of token ${tokens[i]}`, `${read}`);
      decodeNumbers(this.encoding, row, out.subarray(i * d_in, (i + 1) * d_in));
    }
    return out;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
