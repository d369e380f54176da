import * as tf from "@tensorflow/tfjs";
import { hasKernels } from "../backend/kernels.js";
import { type Precision, precisionOfProducts } from "../backend/precision.js";
import { SncError } from "../base/errors.js";
import { type Block, disposeBlock, loadBlock } from "./block.js";
import { bfloat16Operations } from "./block-bfloat16.js";
import { plainOperations } from "./block-plain.js";
import { type AttentionTables, type BlockSteps, blockSteps } from "./block-steps.js";
import type { DecoderConfig } from "./decoder-config.js";
import { largestProduct, sequencesAtOnce } from "./decoder-memory.js";
import { type DecoderProducts, decoderProducts } from "./decoder-products.js";
import { type Embedding, openDecoderWeights } from "./decoder-weights.js";
import { rmsNorm } from "./rms-norm.js";
import { type LengthTables, lengthTables } from "./rotary.js";

/** A language model up to the end of its last block; what follows, norm and logits, is `Continuation`'s. */
export interface Decoder {
  config: DecoderConfig;
  /** Blocks whose weights are held; `forward` can capture these. */
  blocks: number;
  /**
   * The residual stream after each block of `capture` (−1: the embedding, before block 0), from one pass that ends with
   * the last of them: tokens [batch · length] → block → [batch · length, d_in].
   */
  forward(tokens: Int32Array, shape: [batch: number, length: number], capture: number[]): Map<number, Float32Array>;
  dispose(): void;
}

/**
 * Loads a decoder from a .gguf file, a .safetensors file beside its config.json, or a folder of these;
 * `blocks`: at most so many of its first blocks; `precision`: that of its products (default: this process's). Call
 * `chooseBackend` first.
 */
export async function loadDecoder(
  source: string,
  options: { blocks?: number; precision?: Precision } = {},
): Promise<Decoder> {
  const products = decoderProducts(options.precision ?? precisionOfProducts());
  const weights = await openDecoderWeights(source);
  const count = Math.min(options.blocks ?? Number.POSITIVE_INFINITY, weights.config.blocks);
  const blocks: Block[] = [];
  let embedding: Embedding | undefined;
  try {
    weights.check(count); // before anything is made as large as the configuration says
    embedding = weights.openEmbedding();
    const scratch = new Float32Array(largestProduct(weights.config));
    for (let i = 0; i < count; i++) blocks.push(await loadBlock(weights, i, scratch, products));
    return makeDecoder(weights.config, embedding, blocks, products);
  } catch (error) {
    for (const block of blocks) disposeBlock(block);
    embedding?.close();
    throw error;
  } finally {
    await weights.close();
  }
}

/** Throws where a token is not of the model's vocabulary: behind the embedding's last row lies another tensor. */
export function requireVocabulary(tokens: Int32Array, vocabulary: number): void {
  const wrong = tokens.findIndex((token) => token < 0 || token >= vocabulary);
  if (wrong >= 0)
    throw new SncError(
      "input",
      `token ${wrong} of the texts: expected an id from 0 to ${vocabulary - 1}, the model's vocabulary, found ` +
        `${tokens[wrong]}. The tokenizer is of another model: take both from one download`,
    );
}

/** What a pass goes through. */
interface Passing {
  config: DecoderConfig;
  embedding: Embedding;
  blocks: readonly Block[];
  steps: BlockSteps;
  tablesOf(length: number): LengthTables;
}

function makeDecoder(config: DecoderConfig, embedding: Embedding, blocks: Block[], products: DecoderProducts): Decoder {
  const { steps, dispose } = stepsOf(config, blocks, products);
  const tables = new Map<number, LengthTables>();
  const tablesOf = (length: number): LengthTables => {
    const known = tables.get(length) ?? lengthTables(config, length);
    tables.set(length, known);
    return known;
  };
  return {
    config,
    blocks: blocks.length,
    forward: (tokens, shape, capture) =>
      forward({ config, embedding, blocks, steps, tablesOf }, tokens, shape, capture),
    dispose() {
      for (const block of blocks) disposeBlock(block);
      for (const t of tables.values()) tf.dispose([t.cos, t.sin, ...new Set(t.masks)]);
      dispose();
      tables.clear();
      embedding.close();
    },
  };
}

function forward(
  through: Passing,
  tokens: Int32Array,
  [batch, length]: [number, number],
  capture: readonly number[],
): Map<number, Float32Array> {
  const last = through.blocks.length - 1;
  if (batch * length !== tokens.length || tokens.length === 0)
    throw new SncError("internal", `expected ${batch} × ${length} tokens, found ${tokens.length}`);
  if (capture.length === 0 || capture.some((i) => !Number.isInteger(i) || i < -1 || i > last))
    throw new SncError("internal", `expected blocks −1 to ${last} to capture, found ${capture}`);
  const captured = new Map(capture.map((i) => [i, new Float32Array(tokens.length * through.config.d_in)]));
  const step = sequencesAtOnce(length) * length;
  for (let at = 0; at < tokens.length; at += step) pass(through, tokens.subarray(at, at + step), length, captured, at);
  return captured;
}

/** The same for so few sequences that their values are in memory at once; writes into `captured` from row `at` on. */
function pass(
  { config, embedding, blocks, steps, tablesOf }: Passing,
  tokens: Int32Array,
  length: number,
  captured: ReadonlyMap<number, Float32Array>,
  at: number,
): void {
  const { cos, sin, masks } = tablesOf(length);
  let x = embed(config, embedding, tokens);
  try {
    const last = Math.max(...captured.keys());
    for (let i = -1; i <= last; i++) {
      if (i >= 0) {
        const next = runBlock(config, steps, blocks[i], x, { cos, sin, mask: masks[i], length });
        x.dispose();
        x = next;
      }
      captured.get(i)?.set(x.dataSync<"float32">(), at * config.d_in);
    }
  } finally {
    x.dispose();
  }
}

/** How these blocks are gone through; the caller disposes it. */
export function stepsOf(
  config: DecoderConfig,
  blocks: readonly Block[],
  products: DecoderProducts,
): { steps: BlockSteps; dispose(): void } {
  const plain = plainOperations(config, products);
  const inBfloat16 = hasKernels() && blocks[0]?.qkv.held !== undefined;
  return {
    steps: inBfloat16 ? blockSteps(config, bfloat16Operations(config)) : blockSteps(config, plain),
    dispose: () => plain.dispose(),
  };
}

/** The stream x [tokens, d_in] after a block: attention and the MLP added to it, each normed where the model norms it. */
export const runBlock = (
  { normEpsilon }: DecoderConfig,
  { attention, mlp }: BlockSteps,
  block: Block,
  x: tf.Tensor2D,
  tables: AttentionTables,
): tf.Tensor2D =>
  tf.tidy(() => {
    const normed = (step: tf.Tensor2D, weight?: tf.Tensor2D) => (weight ? rmsNorm(step, normEpsilon, weight) : step);
    const y = tf.tidy(() => tf.add<tf.Tensor2D>(x, normed(attention(x, block, tables), block.attentionPostNorm)));
    return tf.add(y, normed(mlp(y, block), block.mlpPostNorm));
  });

/** Tokens' rows of the embedding [tokens, d_in], scaled where the model scales them. */
function embed(
  { vocabulary, d_in, embeddingScale }: DecoderConfig,
  embedding: Embedding,
  tokens: Int32Array,
): tf.Tensor2D {
  requireVocabulary(tokens, vocabulary);
  const rows = embedding.rows(tokens);
  if (embeddingScale !== 1) for (let j = 0; j < rows.length; j++) rows[j] *= embeddingScale;
  return tf.tensor2d(rows, [tokens.length, d_in]);
}
