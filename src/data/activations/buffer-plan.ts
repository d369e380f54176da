import { permutation, stream } from "../../base/random.js";

/**
 * What a buffer holds from one refill to the next. A slot has room for one vector and is named by its number; a vector by
 * its half (half a buffer of sequences, counted on through the epochs) and its row in it.
 */
export interface Generation {
  index: number;
  /** The first batch that is drawn from it, and how many are before half of it is used up. */
  firstBatch: number;
  batches: number;
  /** For each slot, its vector; −1 where it has none. */
  half: Int32Array;
  row: Int32Array;
  /** The slots in the order in which they are drawn. */
  order: Int32Array;
}

export interface BufferSize {
  /** Slots. */
  capacity: number;
  batchSize: number;
  seed: number;
}

/** The first fill: halves 0 and 1, of `counts` vectors, in a seeded shuffle. */
export function firstGeneration(counts: readonly [number, number], size: BufferSize): Generation {
  const half = new Int32Array(size.capacity).fill(-1);
  const row = new Int32Array(size.capacity).fill(-1);
  let slot = 0;
  for (const [k, count] of counts.entries()) for (let i = 0; i < count; i++, slot++) [half[slot], row[slot]] = [k, i];
  return shuffled(
    { index: 0, firstBatch: 0, half, row },
    Int32Array.from({ length: slot }, (_, i) => i),
    size,
  );
}

/**
 * The buffer after a refill at half: what was not drawn stays where it is, the next half's `count` vectors take the
 * lowest free slots, and all is shuffled again. With halves of at most half the capacity there is always room.
 */
export function nextGeneration(before: Generation, count: number, size: BufferSize): Generation {
  const kept = before.order.subarray(before.batches * size.batchSize);
  const half = new Int32Array(size.capacity).fill(-1);
  const row = new Int32Array(size.capacity).fill(-1);
  for (const slot of kept) [half[slot], row[slot]] = [before.half[slot], before.row[slot]];
  const index = before.index + 1;
  const fresh: number[] = [];
  for (let slot = 0; fresh.length < count; slot++) {
    if (slot === size.capacity) throw new RangeError(`${count} vectors do not fit into ${size.capacity} slots`);
    if (half[slot] >= 0) continue;
    [half[slot], row[slot]] = [index + 1, fresh.length];
    fresh.push(slot);
  }
  const firstBatch = before.firstBatch + before.batches;
  return shuffled({ index, firstBatch, half, row }, Int32Array.of(...kept, ...fresh), size);
}

function shuffled(
  generation: Pick<Generation, "index" | "firstBatch" | "half" | "row">,
  slots: Int32Array,
  { batchSize, seed }: BufferSize,
): Generation {
  const batches = Math.ceil(slots.length / 2 / batchSize);
  if (batches * batchSize > slots.length || batches === 0)
    throw new RangeError(`a buffer of ${slots.length} vectors is too small for batches of ${batchSize}`);
  const order = permutation(stream(seed, `buffer/${generation.index}`), slots.length).map((i) => slots[i]);
  return { ...generation, batches, order };
}
