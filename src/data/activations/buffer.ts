import { SncError } from "../../base/errors.js";
import { firstGeneration, type Generation, nextGeneration } from "./buffer-plan.js";

/** Training vectors by halves of a buffer, counted on through the epochs. */
export interface Halves {
  /** Whether half k can be read now. */
  isThere(k: number): boolean;
  /** Makes half k readable, by a pass of the model. */
  ensure(k: number): Promise<void>;
  /** How many vectors it has. */
  count(k: number): number;
  /** Calls `take` with each vector of half k, scaled, and its row. */
  read(k: number, take: (row: number, vector: Float32Array) => void): void;
}

/** Whose batches are drawn: of a seed, so many vectors each. */
export interface Draw {
  batchSize: number;
  seed: number;
}

/**
 * §5.1's activation buffer: a first fill of 2048 contexts, refilled at half. Which vectors batch t has depends on seed and
 * t alone, so that a training resumes at any step: the plan is replayed in numbers, then what it holds is read.
 */
export class ActivationBuffer {
  private readonly half: Int32Array;
  private readonly row: Int32Array;
  /** What has been planned for the draw in progress. */
  private plan: { draw: Draw; generation: Generation } | undefined;
  /** What the slots are filled for. */
  private held: Generation | undefined;
  private readonly counts = new Map<number, number>();

  private constructor(
    private readonly halves: Halves,
    private readonly d_in: number,
    /** [capacity, d_in]. */
    readonly vectors: Float32Array,
  ) {
    this.half = new Int32Array(vectors.length / d_in).fill(-1);
    this.row = new Int32Array(vectors.length / d_in).fill(-1);
  }

  /** A buffer with its first fill, which is the same for every seed. */
  static async filled(halves: Halves, d_in: number, capacity: number): Promise<ActivationBuffer> {
    const buffer = new ActivationBuffer(halves, d_in, new Float32Array(capacity * d_in));
    for (const k of [0, 1]) if (!halves.isThere(k)) await halves.ensure(k);
    buffer.hold(firstGeneration(buffer.firstCounts(), { capacity, batchSize: 1, seed: 0 }));
    return buffer;
  }

  /** The first fill [count · d_in]; a refill writes over it. */
  get firstFill(): Float32Array {
    const [a, b] = this.firstCounts();
    return this.vectors.subarray(0, (a + b) * this.d_in);
  }

  /** Brings what batch t is drawn from into the buffer, by the model where it is not stored; to be awaited before a step. */
  async ready(t: number, draw: Draw): Promise<void> {
    for (let k = this.advance(t, draw); k !== undefined; k = this.advance(t, draw)) await this.halves.ensure(k);
  }

  /** The slots that batch t consists of. Needs no `ready` where all vectors up to it are stored, as the first fill's are. */
  indices(t: number, draw: Draw): Int32Array {
    const lacking = this.advance(t, draw);
    if (lacking !== undefined)
      throw new SncError(
        "input",
        `batch ${t}: expected stored activations, found none of half ${lacking}. Run: snc train`,
      );
    const { generation } = this.plan!;
    const from = (t - generation.firstBatch) * draw.batchSize;
    return generation.order.subarray(from, from + draw.batchSize);
  }

  /** Plans on to batch t and reads what it is drawn from; returns the half that has to be captured first, if one has. */
  private advance(t: number, draw: Draw): number | undefined {
    const size = { ...draw, capacity: this.half.length };
    const { plan } = this;
    if (plan?.draw.seed !== draw.seed || plan.draw.batchSize !== draw.batchSize || t < plan.generation.firstBatch)
      this.plan = { draw, generation: firstGeneration(this.firstCounts(), size) };
    const planned = this.plan!;
    while (t >= end(planned.generation)) {
      const k = planned.generation.index + 2;
      if (!this.halves.isThere(k)) return k;
      planned.generation = nextGeneration(planned.generation, this.count(k), size);
    }
    if (planned.generation !== this.held) this.hold(planned.generation);
    return undefined;
  }

  private firstCounts(): [number, number] {
    return [this.count(0), this.count(1)];
  }

  private count(k: number): number {
    const known = this.counts.get(k) ?? this.halves.count(k);
    this.counts.set(k, known);
    return known;
  }

  /** Reads those vectors that are not in their slots yet. */
  private hold(generation: Generation): void {
    const { half, row } = generation;
    const lacking = new Map<number, Map<number, number>>();
    for (let slot = 0; slot < half.length; slot++) {
      if (half[slot] < 0 || (half[slot] === this.half[slot] && row[slot] === this.row[slot])) continue;
      const rows = lacking.get(half[slot]) ?? new Map<number, number>();
      lacking.set(half[slot], rows.set(row[slot], slot));
    }
    for (const [k, slots] of lacking)
      this.halves.read(k, (index, vector) => {
        const slot = slots.get(index);
        if (slot === undefined) return;
        this.vectors.set(vector, slot * this.d_in);
        [this.half[slot], this.row[slot]] = [k, index];
      });
    this.held = generation;
  }
}

const end = ({ firstBatch, batches }: Generation): number => firstBatch + batches;
