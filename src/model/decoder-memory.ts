import type { Precision } from "../backend/precision.js";
import type { DecoderConfig } from "./decoder-config.js";

/** Numbers in one block's products: q, k, v, o and the three of the MLP. */
export const productNumbers = ({ d_in, d_mlp, heads, kvHeads, headDim }: DecoderConfig): number =>
  2 * d_in * headDim * (heads + kvHeads) + 3 * d_in * d_mlp;

/** Numbers in the largest product that is loaded as one. */
export const largestProduct = ({ d_in, d_mlp, heads, kvHeads, headDim }: DecoderConfig): number =>
  d_in * Math.max(d_mlp, headDim * (heads + 2 * kvHeads));

/** Bytes for the weights of so many blocks in this precision, and at most beside them while one is loaded. */
export function decoderMemory(
  config: DecoderConfig,
  blocks: number,
  precision: Precision,
): { weights: number; loading: number } {
  const each = precision === "bfloat16" ? 2 : 4;
  // In the making: a product as it is read and turned, in float32, and what is given to the device.
  return { weights: each * blocks * productNumbers(config), loading: (8 + each) * largestProduct(config) };
}

/** Sequences that go through a block together: 1024 tokens, from which on products are no faster and memory grows. */
export const sequencesAtOnce = (length: number): number => Math.max(1, Math.floor(1024 / length));

/**
 * Bytes that a pass over so many sequences needs at most on the device, in its largest step: the MLP's activation, turning
 * queries and keys, or attention's scores. In each step the stream is there up to four times. The same in either precision,
 * as what is rounded is there when less than half of the step's values are; by this package's kernels bfloat16 takes less.
 */
export function passMemory(config: DecoderConfig, batch: number, length: number): number {
  const { d_in, d_mlp, heads, kvHeads, headDim } = config;
  const sequences = Math.min(batch, sequencesAtOnce(length));
  const tokens = sequences * length;
  const mlp = tokens * 6 * d_mlp;
  const turning = tokens * headDim * (6 * heads + 3 * kvHeads);
  const scores = tokens * headDim * (heads + 3 * kvHeads) + 5 * sequences * heads * length ** 2;
  return 4 * (tokens * 4 * d_in + Math.max(mlp, turning, scores));
}

/** Floating-point operations of one token through so many blocks, a multiply-add counted as two; attention over `length`. */
export const decoderFlops = (config: DecoderConfig, blocks: number, length: number): number =>
  blocks * (2 * productNumbers(config) + 4 * length * config.heads * config.headDim);
