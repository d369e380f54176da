import { openDecoderWeights } from "./decoder-weights.js";

/** What follows a decoder's last block: its norm's weights and the matrix that makes logits. */
export interface Unembedding {
  /** w_norm of the final norm [d_in]; 1 + w where a norm multiplies by that, as Gemma's. */
  finalNorm: Float32Array;
  /** Tokens of the vocabulary. */
  vocabulary: number;
  /** Rows [from, to) of W_U, row after row [(to − from) · d_in], not to be changed. */
  rows(from: number, to: number): Float32Array;
}

/**
 * Loads the unembedding of a model from a file or folder as `loadDecoder` takes it; W_U is the embedding where the model has none of
 * its own. Memory: vocabulary · d_in · 4 bytes. Throws an input error where a tensor is missing or of another shape.
 */
export async function loadUnembedding(source: string): Promise<Unembedding> {
  const weights = await openDecoderWeights(source);
  try {
    const { d_in, vocabulary } = weights.config;
    const [finalNorm, W_U] = [await weights.readFinalNorm(), await weights.readUnembedding()];
    return { finalNorm, vocabulary, rows: (from, to) => W_U.subarray(from * d_in, to * d_in) };
  } finally {
    await weights.close();
  }
}
