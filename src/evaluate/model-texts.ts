import type { LayerTexts } from "../data/activations/places.js";
import { loadContinuation } from "../model/continuation.js";
import { loadDecoder } from "../model/decoder.js";
import { type Downstream, type DownstreamTexts, openDownstream } from "./downstream.js";

/** A model that is asked what it predicts, with its activations after a block replaced. */
export interface AskedModel {
  texts: DownstreamTexts;
  downstream: Downstream;
  dispose(): void;
}

/**
 * The model of a layer's texts, on the first `sequences` test sequences of each source. `block`: whose output is replaced (−1: the
 * embedding). What R21 leaves out of the layer's vectors keeps its own activation.
 */
export async function askModel(
  { model, tokens, test }: LayerTexts,
  { block, sequences }: { block: number; sequences: number },
): Promise<AskedModel> {
  const chosen = firstOfEach(tokens.source, tokens.split, sequences);
  const { contextLength: length } = tokens;
  const ids = new Int32Array(chosen.length * length);
  for (const [i, sequence] of chosen.entries())
    ids.set(tokens.tokens.subarray(sequence * length, (sequence + 1) * length), i * length);
  const place = new Map(chosen.map((sequence, i) => [sequence, i * length]));
  const isReplaced = new Uint8Array(ids.length);
  for (const [row, sequence] of test.sequence.entries()) {
    const from = place.get(sequence);
    if (from !== undefined && test.position[row] > 0) isReplaced[from + test.position[row]] = 1;
  }
  const decoder = await loadDecoder(model, { blocks: Math.max(1, block + 1) });
  const x = decoder.forward(ids, [chosen.length, length], [block]).get(block)!;
  decoder.dispose();
  const texts = { tokens: ids, length, x, isReplaced };
  const continuation = await loadContinuation(model, { after: block });
  const downstream = openDownstream(continuation, texts);
  return {
    texts,
    downstream,
    dispose() {
      downstream.dispose();
      continuation.dispose();
    },
  };
}

/** The first test sequences of each source, in file order. */
function firstOfEach(source: Int8Array, split: Int8Array, most: number): number[] {
  const seen = new Map<number, number>();
  return [...source.keys()].filter((sequence) => {
    if (split[sequence] !== 1) return false;
    const before = seen.get(source[sequence]) ?? 0;
    seen.set(source[sequence], before + 1);
    return before < most;
  });
}
