import * as tf from "@tensorflow/tfjs";
import type { DecoderProducts, ProductWeight } from "./decoder-products.js";
import type { DecoderWeights } from "./decoder-weights.js";

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

export function disposeBlock(block: Partial<Block>): void {
  for (const weight of Object.values(block)) weight.dispose();
}

/**
 * Loads a block product by product: each is read, turned and copied to the device, so that beside the weights so far there
 * is never more than one product in the making (`decoderMemory` in decoder-memory.ts).
 */
export async function loadBlock(
  weights: DecoderWeights,
  block: number,
  scratch: Float32Array,
  products: DecoderProducts,
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

/** Numbers of a row and rows in a tile: both are read and written while they are in the processor's cache. */
const tile = { rows: 64, columns: 16 };

/** [rows, width] → its transpose [width, rows]; the values of column j times factors[j] where given. */
export function turned(values: Float32Array, width: number, factors?: Float32Array): Float32Array {
  const out = new Float32Array(values.length);
  const rows = values.length / width;
  for (let left = 0; left < width; left += tile.columns)
    for (let top = 0; top < rows; top += tile.rows) {
      const [bottom, right] = [Math.min(rows, top + tile.rows), Math.min(width, left + tile.columns)];
      for (let j = left; j < right; j++) {
        const factor = factors ? factors[j] : 1;
        for (let i = top; i < bottom; i++) out[j * rows + i] = values[i * width + j] * factor;
      }
    }
  return out;
}
