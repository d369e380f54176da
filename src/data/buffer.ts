import { SncError } from "../errors.js";
import { type BufferSize, firstGeneration, type Generation, nextGeneration } from "./buffer-plan.js";

/** Training vectors in shards of half a buffer each, counted on through the epochs. */
export interface Shards {
  /** Makes shard k readable, by a pass of the model where it is not stored; returns how many vectors it has. */
  ensure(k: number): Promise<number>;
  /** Calls `take` with each vector of shard k, scaled, and its row. */
  read(k: number, take: (row: number, vector: Float32Array) => void): void;
}

export type Draw = Pick<BufferSize, "batchSize" | "seed">;

/**
 * §5.1's activation buffer: a first fill of 2048 contexts, refilled at half. Which vectors batch t has depends on seed and
 * t alone, so that a training resumes at any step: the plan is replayed in numbers, then what it holds is read.
 */
export class ActivationBuffer {
  private readonly shard: Int32Array;
  private readonly row: Int32Array;
  /** What has been planned for the draw in progress. */
  private plan: { draw: Draw; generation: Generation } | undefined;
  private readonly counts = new Map<number, number>();

  private constructor(
    private readonly shards: Shards,
    private readonly d_in: number,
    /** [capacity, d_in]. */
    readonly vectors: Float32Array,
  ) {
    this.shard = new Int32Array(vectors.length / d_in).fill(-1);
    this.row = new Int32Array(vectors.length / d_in).fill(-1);
  }

  /** A buffer with its first fill, which is the same for every seed. */
  static async filled(shards: Shards, d_in: number, capacity: number): Promise<ActivationBuffer> {
    const buffer = new ActivationBuffer(shards, d_in, new Float32Array(capacity * d_in));
    const counts = [await buffer.count(0), await buffer.count(1)] as const;
    const { shard, row } = firstGeneration(counts, { capacity, batchSize: 1, seed: 0 });
    buffer.hold({ shard, row });
    return buffer;
  }

  /** The first fill [count · d_in]; a refill writes over it. */
  get firstFill(): Float32Array {
    return this.vectors.subarray(0, (this.counts.get(0)! + this.counts.get(1)!) * this.d_in);
  }

  /** Brings what batch t is drawn from into the buffer; to be awaited before each step. */
  async ready(t: number, draw: Draw): Promise<void> {
    const size = { ...draw, capacity: this.shard.length };
    if (
      this.plan?.draw.seed !== draw.seed ||
      this.plan.draw.batchSize !== draw.batchSize ||
      t < this.plan.generation.firstBatch
    )
      this.plan = { draw, generation: firstGeneration([await this.count(0), await this.count(1)], size) };
    while (t >= end(this.plan.generation)) {
      const count = await this.count(this.plan.generation.index + 2);
      this.plan.generation = nextGeneration(this.plan.generation, count, size);
    }
    this.hold(this.plan.generation);
  }

  /** The slots that batch t consists of. The first fill's batches need no `ready`. */
  indices(t: number, draw: Draw): Int32Array {
    if (this.plan?.draw.seed !== draw.seed || this.plan.draw.batchSize !== draw.batchSize) {
      const counts = [this.counts.get(0)!, this.counts.get(1)!] as const;
      const generation = firstGeneration(counts, { ...draw, capacity: this.shard.length });
      this.plan = { draw, generation };
      this.hold(generation);
    }
    const { generation } = this.plan;
    if (t < generation.firstBatch || t >= end(generation))
      throw new SncError("internal", `batch ${t}: the buffer holds ${generation.firstBatch} to ${end(generation) - 1}`);
    const from = (t - generation.firstBatch) * draw.batchSize;
    return generation.order.subarray(from, from + draw.batchSize);
  }

  private async count(k: number): Promise<number> {
    if (!this.counts.has(k)) this.counts.set(k, await this.shards.ensure(k));
    return this.counts.get(k)!;
  }

  /** Reads those vectors that are not in their slots yet. */
  private hold({ shard, row }: Pick<Generation, "shard" | "row">): void {
    const lacking = new Map<number, Map<number, number>>();
    for (let slot = 0; slot < shard.length; slot++) {
      if (shard[slot] < 0 || (shard[slot] === this.shard[slot] && row[slot] === this.row[slot])) continue;
      const rows = lacking.get(shard[slot]) ?? new Map<number, number>();
      lacking.set(shard[slot], rows.set(row[slot], slot));
    }
    for (const [k, slots] of lacking)
      this.shards.read(k, (index, vector) => {
        const slot = slots.get(index);
        if (slot === undefined) return;
        this.vectors.set(vector, slot * this.d_in);
        [this.shard[slot], this.row[slot]] = [k, index];
      });
  }
}

const end = ({ firstBatch, batches }: Generation): number => firstBatch + batches;
