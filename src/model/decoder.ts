import * as tf from "@tensorflow/tfjs";
import { hasKernels } from "../backend/kernels.js";
import { type Precision, precisionOfProducts } from "../backend/precision.js";
import { SncError } from "../base/errors.js";
import { attentionInBfloat16, mlpInBfloat16 } from "./decoder-bfloat16.js";
import type { DecoderConfig } from "./decoder-config.js";
import { largestProduct, sequencesAtOnce } from "./decoder-memory.js";
import { decoderProducts, type ProductWeight } from "./decoder-products.js";
import { type DecoderWeights, type Embedding, openDecoderWeights } from "./decoder-weights.js";
import { halfTurn, type LengthTables, lengthTables } from "./rotary.js";
import { turned } from "./turned.js";

/** A language model up to the end of its last block; what follows (final norm, logits) is never computed here. */
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

type Products = ReturnType<typeof decoderProducts>;

/** One block's weights, products as [in, out]: the layout that is fast on every backend. */
export interface Block {
  /** q, k and v side by side, [d_in, (heads + 2 · kvHeads) · headDim]. */
  qkv: ProductWeight;
  o: ProductWeight;
  /** gate and up stay apart: as one product they take as long, and cutting it in two costs a copy. */
  gate: ProductWeight;
  up: ProductWeight;
  down: ProductWeight;
  attentionPostNorm?: tf.Tensor2D;
  mlpPostNorm?: tf.Tensor2D;
}

function disposeBlock(block: Partial<Block>): void {
  for (const weight of Object.values(block)) weight.dispose();
}

/**
 * Loads a block product by product: each is read, turned and copied to the device, so that beside the weights so far there
 * is never more than one product in the making (`decoderMemory` in decoder-memory.ts).
 */
async function loadBlock(
  weights: DecoderWeights,
  block: number,
  scratch: Float32Array,
  products: Products,
): Promise<Block> {
  const { d_in, d_mlp, heads, kvHeads, headDim, normOffset, postNorms, attentionScale, attentionCap } = weights.config;
  const [q, kv] = [heads * headDim * d_in, kvHeads * headDim * d_in];
  const norm = async (part: "attentionNorm" | "mlpNorm" | "attentionPostNorm" | "mlpPostNorm") =>
    (await weights.read(block, part)).map((w) => w + normOffset);
  const read = (part: "o" | "gate" | "up" | "down", width: number, rows: number) =>
    weights.read(block, part, scratch.subarray(0, rows * width));
  // [out, in] → [in, out]; the weight of the norm before a product is part of the product. Done here and not on the device,
  // whose allocator keeps what was freed in pieces that later weights and passes do not fit.
  const held = (values: Float32Array, width: number, normed?: Float32Array): ProductWeight =>
    products.hold(turned(values, width, normed), [width, values.length / width]);

  const made: Partial<Block> = {};
  try {
    const qkv = scratch.subarray(0, q + 2 * kv);
    await weights.read(block, "q", qkv.subarray(0, q));
    await weights.read(block, "k", qkv.subarray(q, q + kv));
    await weights.read(block, "v", qkv.subarray(q + kv));
    // The scores' scale and the cap's divisor act on q once, here.
    const scale = attentionScale / (attentionCap ?? 1);
    for (let i = 0; i < q; i++) qkv[i] *= scale;
    made.qkv = held(qkv, d_in, await norm("attentionNorm"));
    made.o = held(await read("o", heads * headDim, d_in), heads * headDim);
    const mlpNorm = await norm("mlpNorm");
    made.gate = held(await read("gate", d_in, d_mlp), d_in, mlpNorm);
    made.up = held(await read("up", d_in, d_mlp), d_in, mlpNorm);
    made.down = held(await read("down", d_mlp, d_in), d_mlp);
    if (postNorms) {
      made.attentionPostNorm = tf.tensor2d(await norm("attentionPostNorm"), [1, d_in]);
      made.mlpPostNorm = tf.tensor2d(await norm("mlpPostNorm"), [1, d_in]);
    }
    return made as Block;
  } catch (error) {
    disposeBlock(made);
    throw error;
  }
}

function makeDecoder(config: DecoderConfig, embedding: Embedding, blocks: Block[], { batched }: Products): Decoder {
  const { d_in, heads, kvHeads, headDim, normEpsilon, attentionCap, vocabulary } = config;
  const turn = halfTurn(headDim);
  const inBfloat16 = hasKernels() && blocks[0]?.qkv.held !== undefined;
  const tables = new Map<number, LengthTables>();

  /** x / √(mean x² + ε) · w, [rows, d_in] → the same; without w where a product has taken it in. */
  const rmsNorm = (x: tf.Tensor2D, w?: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => {
      const normed = tf.mul<tf.Tensor2D>(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), normEpsilon)));
      return w ? tf.mul(normed, w) : normed;
    });

  /** Rotary embedding of [batch, n, length, headDim]; position and half are one axis here, so that tables broadcast by rows. */
  const rotate = (x: tf.Tensor4D, { cos, sin }: LengthTables): tf.Tensor => {
    const [batch, n, length] = x.shape;
    const turned = tf.matMul(tf.reshape(x, [batch * n * length, headDim]), turn);
    const rows: [number, number] = [batch * n, length * headDim];
    return tf.add(tf.mul(tf.reshape(x, rows), cos), tf.mul(tf.reshape(turned, rows), sin));
  };

  // Scopes within: what a step made on the way is freed when it ends, so that a pass needs what its largest step does
  // (`passMemory`).
  const attention = (x: tf.Tensor2D, i: number, [batch, length]: [number, number], t: LengthTables): tf.Tensor2D => {
    const all = heads + 2 * kvHeads;
    const byHead = tf.tidy(() =>
      tf.transpose<tf.Tensor4D>(tf.reshape(blocks[i].qkv.times(x), [batch, length, all, headDim]), [0, 2, 1, 3]),
    );
    const part = (from: number, n: number): tf.Tensor4D =>
      tf.slice(byHead, [0, from, 0, 0], [batch, n, length, headDim]);
    // The query heads that share a key head stand below each other: one product for all of them.
    const groups = batch * kvHeads;
    const stacked = (heads / kvHeads) * length;
    const q = tf.tidy(() => tf.reshape(rotate(part(0, heads), t), [groups, stacked, headDim]));
    const k = tf.tidy(() => tf.reshape(rotate(part(heads, kvHeads), t), [groups, length, headDim]));
    const v = tf.reshape(part(heads + kvHeads, kvHeads), [groups, length, headDim]);
    byHead.dispose();
    const weights = tf.tidy(() => {
      const products = tf.reshape(batched(q, tf.transpose(k, [0, 2, 1])), [batch * heads, length, length]);
      const scores = attentionCap ? tf.mul(tf.tanh(products), attentionCap) : products;
      return tf.reshape(tf.softmax(tf.add(scores, t.masks[i])), [groups, stacked, length]);
    });
    const out = tf.transpose(tf.reshape(batched(weights, v), [batch, heads, length, headDim]), [0, 2, 1, 3]);
    return blocks[i].o.times(tf.reshape(out, [batch * length, heads * headDim]));
  };

  const mlp = (x: tf.Tensor2D, { gate, up, down }: Block): tf.Tensor2D => {
    const gated = tf.tidy(() => activations[config.activation](gate.times(x)));
    const both = tf.tidy(() => tf.mul<tf.Tensor2D>(gated, up.times(x)));
    gated.dispose();
    return down.times(both);
  };

  const runBlock = (x: tf.Tensor2D, i: number, shape: [number, number], t: LengthTables): tf.Tensor2D => {
    const { attentionPostNorm, mlpPostNorm } = blocks[i];
    const y = tf.tidy(() => {
      const attended = inBfloat16
        ? attentionInBfloat16(config, blocks[i], x, { ...t, mask: t.masks[i], length: shape[1] })
        : attention(rmsNorm(x), i, shape, t);
      return tf.add<tf.Tensor2D>(x, attentionPostNorm ? rmsNorm(attended, attentionPostNorm) : attended);
    });
    const fed = inBfloat16 ? mlpInBfloat16(config, blocks[i], y) : mlp(rmsNorm(y), blocks[i]);
    return tf.add(y, mlpPostNorm ? rmsNorm(fed, mlpPostNorm) : fed);
  };

  const embed = (tokens: Int32Array): tf.Tensor2D => {
    const wrong = tokens.findIndex((token) => token < 0 || token >= vocabulary);
    if (wrong >= 0)
      throw new SncError("internal", `token ${wrong}: expected 0 to ${vocabulary - 1}, found ${tokens[wrong]}`);
    const rows = embedding.rows(tokens);
    if (config.embeddingScale !== 1) for (let j = 0; j < rows.length; j++) rows[j] *= config.embeddingScale;
    return tf.tensor2d(rows, [tokens.length, d_in]);
  };

  /** The same for so few sequences that their values are in memory at once; writes into `captured` from row `at` on. */
  const pass = (tokens: Int32Array, length: number, captured: Map<number, Float32Array>, at: number): void => {
    const t = tables.get(length) ?? lengthTables(config, length);
    tables.set(length, t);
    let x = embed(tokens);
    try {
      const last = Math.max(...captured.keys());
      for (let i = -1; i <= last; i++) {
        if (i >= 0) {
          const next = tf.tidy(() => runBlock(x, i, [tokens.length / length, length], t));
          x.dispose();
          x = next;
        }
        captured.get(i)?.set(x.dataSync<"float32">(), at * d_in);
      }
    } finally {
      x.dispose();
    }
  };

  return {
    config,
    blocks: blocks.length,
    forward(tokens, [batch, length], capture) {
      if (batch * length !== tokens.length || tokens.length === 0)
        throw new SncError("internal", `expected ${batch} × ${length} tokens, found ${tokens.length}`);
      if (
        capture.length === 0 ||
        capture.some((i) => !Number.isInteger(i) || i < -1) ||
        Math.max(...capture) >= blocks.length
      )
        throw new SncError("internal", `expected blocks −1 to ${blocks.length - 1} to capture, found ${capture}`);
      const captured = new Map(capture.map((i) => [i, new Float32Array(tokens.length * d_in)]));
      const step = sequencesAtOnce(length) * length;
      for (let at = 0; at < tokens.length; at += step) pass(tokens.subarray(at, at + step), length, captured, at);
      return captured;
    },
    dispose() {
      for (const block of blocks) disposeBlock(block);
      for (const t of tables.values()) tf.dispose([t.cos, t.sin, ...new Set(t.masks)]);
      turn.dispose();
      tables.clear();
      embedding.close();
    },
  };
}

const activations: Record<DecoderConfig["activation"], (x: tf.Tensor2D) => tf.Tensor2D> = {
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  gelu: (x) => {
    const inner = tf.tidy(() => tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))))));
    return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
  },
};
