import type { ArrayKernels, Noted } from "../backend/kernels.js";
import type { CoactivationMove, CoactivationValues } from "./coactivation-values.js";
import type { Neighbours } from "./inhibition.js";

/** So many steps are noted before H moves whole; a stretch's bits of them have to stay in a core's second cache. */
export const notedAtMost = 64;

/** H that notes what fired and moves where something may be as large as is asked for, by this package's kernels. */
export class LazyCoactivation implements CoactivationValues {
  readonly #kernels: ArrayKernels;
  readonly #d_sae: number;
  /** `most`: of each stretch of a row an upper bound, infinite where none is known; `done`: how many of the steps it has gone through. */
  readonly #noted: Noted;

  /** From values [d_sae · d_sae], its own from now on, none of which is above `bound`. */
  constructor(kernels: ArrayKernels, H: Float64Array, d_sae: number, bound: number) {
    [this.#kernels, this.#d_sae] = [kernels, d_sae];
    const stretches = d_sae * Math.ceil(d_sae / kernels.stretch);
    this.#noted = {
      H,
      most: new Float64Array(stretches).fill(bound),
      done: new Int32Array(stretches),
      fired: new BigUint64Array(0),
      moves: new Float64Array(kernels.tabled),
      beta: 0,
      rows: 0,
      steps: 0,
    };
  }

  values(): Float64Array {
    const noted = this.#noted;
    if (noted.steps > 0) this.#kernels.bringUpToDate(noted);
    noted.steps = 0;
    noted.done.fill(0);
    return noted.H;
  }

  move({ beta, towards }: CoactivationMove): void {
    if ("f" in towards) this.#note(towards.values, beta);
    else {
      this.#kernels.moveTowards(this.values(), towards.products, beta, towards.divisor);
      this.#noted.most.fill(Number.POSITIVE_INFINITY);
    }
  }

  #note(f: Float32Array, beta: number): void {
    const noted = this.#noted;
    const rows = f.length / this.#d_sae;
    const alike = beta === noted.beta && rows === noted.rows;
    if (!alike || noted.steps === notedAtMost) this.values();
    if (!alike) {
      const counts = Math.max(rows + 1, this.#kernels.tabled);
      Object.assign(noted, {
        beta,
        rows,
        moves: Float64Array.from({ length: counts }, (_, n) => (1 - beta) * (n / rows)), // what each count of rows moves H by
        fired: new BigUint64Array(notedAtMost * Math.ceil(rows / 64) * this.#d_sae),
      });
    }
    this.#kernels.noteFiring(noted, f);
    noted.steps++;
  }

  countAbove(theta: number, counts: Int32Array): void {
    this.#kernels.countAbove(this.#noted, theta, counts);
  }

  strongest({ starts, members }: Neighbours, bounds: Float64Array, last: Neighbours): void {
    this.#kernels.strongest(this.#noted, starts, members, bounds, last.starts, last.members);
  }
}
