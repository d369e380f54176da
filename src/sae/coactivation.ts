import { type ArrayKernels, arrayKernels, type NotedArguments } from "../backend/kernels.js";
import type { Neighbours } from "../method.js";
import { Largest } from "./correlations/largest.js";

/** How H moves (Eq. 4): towards products / divisor [d_sae · d_sae], the share 1 − β of the way. */
export interface CoactivationMove {
  beta: number;
  /**
   * Inner products of all pairs [d_sae · d_sae] and what they are divided by; or, where this package's kernels are, f for the
   * share of its rows on which both fire.
   */
  towards: { products: Float32Array; divisor: number } | { f: Float32Array };
}

/** H [d_sae, d_sae] of Eq. 4, never negative, in float64; it starts at 0. The same bytes with and without kernels. */
export class Coactivation {
  readonly #d_sae: number;
  #H: Float64Array;
  #noted: NotedSteps | undefined;
  /** What was last answered: how many are above θ, as long as H has not moved; who was strongest, at any time. */
  #above: { theta: number; counts: Int32Array } | undefined;
  #strongest: Neighbours;

  /** From its values [d_sae · d_sae], row after row, which are H's own from now on; without them all are 0. */
  constructor(d_sae: number, values: Float64Array = new Float64Array(0)) {
    this.#d_sae = d_sae;
    this.#H = values;
    this.#strongest = nobody(d_sae);
    const kernels = arrayKernels();
    if (kernels && values.length > 0) this.#noted = new NotedSteps(kernels, values, d_sae, Number.POSITIVE_INFINITY);
  }

  /** The values now [d_sae · d_sae], row after row, not to be changed; none while H has not moved. */
  values(): Float64Array {
    this.#noted?.bringUpToDate();
    return this.#H;
  }

  /** Eq. 4: H ← βH + (1 − β) times what it moves towards. */
  move(move: CoactivationMove | undefined): void {
    if (!move) return;
    const { beta, towards } = move;
    const kernels = arrayKernels();
    this.#above = undefined;
    if (this.#H.length === 0) {
      this.#H = new Float64Array(this.#d_sae ** 2);
      if (kernels) this.#noted = new NotedSteps(kernels, this.#H, this.#d_sae, 0);
    }
    if ("f" in towards) this.#noted!.note(towards.f, beta);
    else if (this.#noted) this.#noted.moveTowards(towards.products, beta, towards.divisor);
    else {
      const [H, { products, divisor }] = [this.#H, towards];
      for (let at = 0; at < H.length; at++) H[at] = beta * H[at] + (1 - beta) * (products[at] / divisor);
    }
  }

  /** Sets the rows and columns of these features to 0. */
  clear(features: readonly number[]): void {
    const [H, d_sae] = [this.values(), this.#d_sae];
    this.#above = undefined;
    if (H.length === 0) return;
    for (const feature of features) {
      H.fill(0, feature * d_sae, (feature + 1) * d_sae);
      for (let row = 0; row < d_sae; row++) H[row * d_sae + feature] = 0;
    }
  }

  /** |{j ≠ i : H_ij > θ}| of each feature [d_sae] (Eq. 5), not to be changed; θ ≥ 0. */
  countAbove(theta: number): Int32Array {
    const [H, d_sae] = [this.#H, this.#d_sae];
    const counts = new Int32Array(d_sae);
    if (this.#noted) this.#noted.countAbove(theta, counts);
    else if (H.length > 0)
      for (let i = 0; i < d_sae; i++) {
        for (let at = i * d_sae; at < (i + 1) * d_sae; at++) counts[i] += Number(H[at] > theta); // no jump: they go either way
        if (H[i * (d_sae + 1)] > theta) counts[i]--;
      }
    this.#above = { theta, counts };
    return counts;
  }

  /**
   * Of each feature i the counts[i] features of largest H_ij, j ≠ i; of equals the lower index; in no order, not to be changed.
   * Nobody while H has not moved.
   */
  strongest(counts: Int32Array): Neighbours {
    const d_sae = this.#d_sae;
    if (this.#H.length === 0) return nobody(d_sae);
    const starts = new Int32Array(d_sae + 1);
    for (let i = 0; i < d_sae; i++) starts[i + 1] = starts[i] + counts[i];
    const members = new Int32Array(starts[d_sae]);
    const { theta = 0, counts: above } = this.#above ?? {};
    const bounds = Float64Array.from(counts, (count, i) => (above && above[i] >= count ? theta : 0));
    if (this.#noted) this.#noted.strongest(starts, members, bounds, this.#strongest);
    else {
      const largest = new Largest(Math.max(...counts));
      for (let i = 0; i < d_sae; i++) {
        const row = this.#H.subarray(i * d_sae, (i + 1) * d_sae);
        largest.restart(counts[i]);
        for (let j = 0; j < d_sae; j++) if (row[j] >= bounds[i] && j !== i) largest.offer(row[j], j);
        members.set(largest.kept(), starts[i]);
      }
    }
    this.#strongest = { starts, members };
    return this.#strongest;
  }
}

const nobody = (d_sae: number): Neighbours => ({ starts: new Int32Array(d_sae + 1), members: new Int32Array(0) });

/** So many steps are noted before H moves whole; a stretch's bits of them have to stay in a core's second cache. */
export const notedAtMost = 64;
/** As kernels/coactivation.cc has them: columns of H that move together, and counts whose moves it keeps in registers. */
const [stretch, tabled] = [256, 32];

/** What fired in the last steps, not yet in H everywhere; the kernels move H where something may be as large as is asked for. */
class NotedSteps {
  readonly #kernels: ArrayKernels;
  readonly #H: Float64Array;
  readonly #d_sae: number;
  /** Of each stretch of a row an upper bound, infinite where none is known, and how many of the steps it has gone through. */
  readonly #most: Float64Array;
  readonly #done: Int32Array;
  #fired = new BigUint64Array(0);
  /** What each count of rows moves H by. */
  #moves = new Float64Array(tabled);
  #beta = 0;
  #rows = 0;
  #steps = 0;

  /** H of values none of which is above `bound`. */
  constructor(kernels: ArrayKernels, H: Float64Array, d_sae: number, bound: number) {
    [this.#kernels, this.#H, this.#d_sae] = [kernels, H, d_sae];
    const stretches = d_sae * Math.ceil(d_sae / stretch);
    this.#most = new Float64Array(stretches).fill(bound);
    this.#done = new Int32Array(stretches);
  }

  get #arguments(): NotedArguments {
    return [this.#H, this.#most, this.#done, this.#fired, this.#moves, this.#beta, this.#rows, this.#steps];
  }

  note(f: Float32Array, beta: number): void {
    const rows = f.length / this.#d_sae;
    const alike = beta === this.#beta && rows === this.#rows;
    if (!alike || this.#steps === notedAtMost) this.bringUpToDate();
    if (!alike) {
      [this.#beta, this.#rows] = [beta, rows];
      this.#moves = Float64Array.from({ length: Math.max(rows + 1, tabled) }, (_, n) => (1 - beta) * (n / rows));
      this.#fired = new BigUint64Array(notedAtMost * Math.ceil(rows / 64) * this.#d_sae);
    }
    this.#kernels.noteFiring(...this.#arguments, f);
    this.#steps++;
  }

  bringUpToDate(): void {
    if (this.#steps > 0) this.#kernels.bringUpToDate(...this.#arguments);
    this.#steps = 0;
    this.#done.fill(0);
  }

  moveTowards(products: Float32Array, beta: number, divisor: number): void {
    this.bringUpToDate();
    this.#kernels.moveTowards(this.#H, products, beta, divisor);
    this.#most.fill(Number.POSITIVE_INFINITY);
  }

  countAbove(theta: number, counts: Int32Array): void {
    this.#kernels.countAbove(...this.#arguments, theta, counts);
  }

  strongest(starts: Int32Array, members: Int32Array, bounds: Float64Array, last: Neighbours): void {
    this.#kernels.strongest(...this.#arguments, starts, members, bounds, last.starts, last.members);
  }
}
