import { SncError } from "../base/errors.js";
import type { CoactivationMove, CoactivationValues } from "./coactivation-values.js";
import { type Neighbours, wellFormedNeighbours } from "./inhibition.js";
import { operations } from "./operations.js";

/** H [d_sae, d_sae] of Eq. 4, never negative, in float64; it starts at 0. The same bytes with and without kernels. */
export class Coactivation {
  readonly #d_sae: number;
  /** None while H has not moved. */
  #H: CoactivationValues | undefined;
  /** What was last answered: how many are above θ, as long as H has not moved; who was strongest, at any time. */
  #above: { theta: number; counts: Int32Array } | undefined;
  #strongest: Neighbours;

  /** From its values [d_sae · d_sae], ≥ 0, row after row, which are H's own from now on; without them all are 0. */
  constructor(d_sae: number, values?: Float64Array) {
    if (values && values.length > 0 && values.length !== d_sae ** 2)
      throw new SncError("usage", `H: expected ${d_sae} · ${d_sae} values, found ${values.length}`);
    this.#d_sae = d_sae;
    this.#strongest = nobody(d_sae);
    if (values && values.length > 0) this.#H = operations().coactivation(values, d_sae, Number.POSITIVE_INFINITY);
  }

  /** The values now [d_sae · d_sae], row after row, not to be changed; none while H has not moved. */
  values(): Float64Array {
    return this.#H?.values() ?? new Float64Array(0);
  }

  /** Eq. 4: H ← βH + (1 − β) times what it moves towards. */
  move(move: CoactivationMove | undefined): void {
    if (!move) return;
    this.#above = undefined;
    this.#H ??= operations().coactivation(new Float64Array(this.#d_sae ** 2), this.#d_sae, 0);
    this.#H.move(move);
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
    const counts = new Int32Array(this.#d_sae);
    this.#H?.countAbove(theta, counts);
    this.#above = { theta, counts };
    return counts;
  }

  /**
   * Of each feature i the counts[i] features of largest H_ij, j ≠ i; of equals the lower index; in no order, not to be changed.
   * Nobody while H has not moved.
   */
  strongest(counts: Int32Array): Neighbours {
    const d_sae = this.#d_sae;
    if (!this.#H) return nobody(d_sae);
    const other = counts.length === d_sae ? counts.find((r) => r < 0 || r >= d_sae) : counts.length;
    if (other !== undefined)
      throw new SncError("usage", `r: expected ${d_sae} numbers from 0 to ${d_sae - 1}, found ${other}`);
    const starts = new Int32Array(d_sae + 1);
    for (let i = 0; i < d_sae; i++) starts[i + 1] = starts[i] + counts[i];
    const next = { starts, members: new Int32Array(starts[d_sae]) };
    const { theta = 0, counts: above } = this.#above ?? {};
    const bounds = Float64Array.from(counts, (count, i) => (above && above[i] >= count ? theta : 0));
    this.#H.strongest(next, bounds, this.#strongest);
    this.#strongest = next;
    return wellFormedNeighbours(next);
  }
}

const nobody = (d_sae: number): Neighbours =>
  wellFormedNeighbours({ starts: new Int32Array(d_sae + 1), members: new Int32Array(0) });
