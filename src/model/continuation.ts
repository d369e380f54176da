import * as tf from "@tensorflow/tfjs";
import { type Precision, precisionOfProducts } from "../backend/precision.js";
import { SncError } from "../base/errors.js";
import { type Block, disposeBlock, loadBlock, turned } from "./block.js";
import type { BlockSteps } from "./block-steps.js";
import { runBlock, stepsOf } from "./decoder.js";
import type { DecoderConfig } from "./decoder-config.js";
import { largestProduct, sequencesAtOnce } from "./decoder-memory.js";
import { decoderProducts, type ProductWeight } from "./decoder-products.js";
import { type DecoderWeights, openDecoderWeights } from "./decoder-weights.js";
import { rmsNorm } from "./rms-norm.js";
import { lengthTables } from "./rotary.js";

/** What of a language model follows one of its blocks: the blocks after it, the final norm, the unembedding. */
export interface Continuation {
  config: DecoderConfig;
  /**
   * The stream that the unembedding reads: x [batch · length, d_in] after the block, row after row → the same after the last
   * block and the final norm.
   */
  hidden(x: Float32Array, length: number): Float32Array;
  /** Logits of such rows [rows, d_in] → [rows, vocabulary], capped where the model caps them. The caller disposes them. */
  logits(hidden: tf.Tensor2D): tf.Tensor2D;
  dispose(): void;
}

/**
 * Loads what follows block `after` (from 0; −1: the embedding), from a file or folder as `loadDecoder` takes it. `precision`: that
 * of products, by default this process's. Call `chooseBackend` first. Throws a usage error for a block that there is not.
 */
export async function loadContinuation(
  source: string,
  { after, precision = precisionOfProducts() }: { after: number; precision?: Precision },
): Promise<Continuation> {
  const products = decoderProducts(precision);
  const weights = await openDecoderWeights(source);
  const { config } = weights;
  const blocks = new Map<number, Block>();
  try {
    if (!Number.isInteger(after) || after < -1 || after >= config.blocks)
      throw new SncError("usage", `after: expected a block from −1 to ${config.blocks - 1}, found ${after}`);
    weights.check(config.blocks);
    const scratch = new Float32Array(largestProduct(config));
    for (let i = after + 1; i < config.blocks; i++) blocks.set(i, await loadBlock(weights, i, scratch, products));
    const unembedding = await holdUnembedding(weights, products.hold);
    const { steps, dispose } = stepsOf(config, [...blocks.values()], products);
    return {
      config,
      hidden: (x, length) => hiddenOf({ config, blocks, steps }, x, length),
      logits: (hidden) => tf.tidy(() => capped(unembedding.times(hidden), config.logitCap)),
      dispose() {
        for (const block of blocks.values()) disposeBlock(block);
        unembedding.dispose();
        dispose();
      },
    };
  } catch (error) {
    for (const block of blocks.values()) disposeBlock(block);
    throw error;
  } finally {
    await weights.close();
  }
}

/** The unembedding as a product [d_in, vocabulary] that has taken in the weight of the final norm. */
async function holdUnembedding(
  weights: DecoderWeights,
  hold: (w: Float32Array, shape: [number, number]) => ProductWeight,
): Promise<ProductWeight> {
  const { d_in, vocabulary } = weights.config;
  return hold(turned(await weights.readUnembedding(), d_in, await weights.readFinalNorm()), [d_in, vocabulary]);
}

interface Following {
  config: DecoderConfig;
  /** By their number in the model. */
  blocks: ReadonlyMap<number, Block>;
  steps: BlockSteps;
}

/** As many sequences at a time as a pass takes; each goes on alone, whatever is beside it. */
function hiddenOf({ config, blocks, steps }: Following, x: Float32Array, length: number): Float32Array {
  const { d_in, normEpsilon } = config;
  if (x.length === 0 || x.length % (length * d_in) !== 0)
    throw new SncError("internal", `expected whole sequences of ${length} · ${d_in} numbers, found ${x.length}`);
  const out = new Float32Array(x.length);
  const { cos, sin, masks } = lengthTables(config, length);
  const atOnce = sequencesAtOnce(length) * length * d_in;
  for (let at = 0; at < x.length; at += atOnce) {
    const rows = x.subarray(at, at + atOnce);
    const hidden = tf.tidy(() => {
      let stream = tf.tensor2d(rows, [rows.length / d_in, d_in]);
      for (const [i, block] of blocks) {
        const next = runBlock(config, steps, block, stream, { cos, sin, mask: masks[i], length });
        stream.dispose();
        stream = next;
      }
      return rmsNorm(stream, normEpsilon); // its weight is in the unembedding
    });
    out.set(hidden.dataSync<"float32">(), at);
    hidden.dispose();
  }
  tf.dispose([cos, sin, ...new Set(masks)]);
  return out;
}

const capped = (logits: tf.Tensor2D, cap: number | null): tf.Tensor2D =>
  cap === null ? logits : tf.mul(tf.tanh(tf.div(logits, cap)), cap);
