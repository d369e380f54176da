import type { DecoderConfig } from "./decoder-config.js";

/** Numbers in one block's products: q, k, v, o and the three of the MLP. */
export const productNumbers = ({ d_in, d_mlp, heads, kvHeads, headDim }: DecoderConfig): number =>
  2 * d_in * headDim * (heads + kvHeads) + 3 * d_in * d_mlp;

/** Numbers in the largest product that is loaded as one. */
export const largestProduct = ({ d_in, d_mlp, heads, kvHeads, headDim }: DecoderConfig): number =>
  d_in * Math.max(d_mlp, headDim * (heads + 2 * kvHeads));

/** Bytes for the weights of so many blocks in float32, and at most beside them while the last is loaded. */
export function decoderMemory(config: DecoderConfig, blocks: number): { weights: number; loading: number } {
  // In the making: a product as it is read, on the device, with its norm, and turned.
  return { weights: 4 * blocks * productNumbers(config), loading: 16 * largestProduct(config) };
}

/** Bytes that a pass over so many sequences holds at once: in the MLP, or in attention with its scores. */
export function passMemory({ d_in, d_mlp, heads, kvHeads, headDim }: DecoderConfig, batch: number, length: number) {
  const tokens = batch * length;
  const mlp = tokens * (4 * d_in + 6 * d_mlp);
  const attention = tokens * (4 * d_in + 6 * headDim * (heads + 2 * kvHeads)) + 4 * batch * heads * length ** 2;
  return 4 * Math.max(mlp, attention);
}

/** Floating-point operations of one token through so many blocks, a multiply-add counted as two; attention over `length`. */
export const decoderFlops = (config: DecoderConfig, blocks: number, length: number): number =>
  blocks * (2 * productNumbers(config) + 4 * length * config.heads * config.headDim);
