import { SncError } from "../../base/errors.js";

/** A set of feature pairs i < j, ordered by i, then j (T_k of Eq. 2). */
export interface Pairs {
  i: Int32Array;
  j: Int32Array;
  /** c_ij, where they are known of the choice. */
  c?: Float32Array;
  /** Where none is chosen and every pair counts: what each counts for. */
  weightOfAll?: number;
  /** The bound that c_ij had to pass, where there is one (μ_c + 2σ_c). */
  threshold?: number;
}

export const emptyPairs: Pairs = { i: new Int32Array(0), j: new Int32Array(0) };

/** These pairs, looked through. Throws a usage error where they are not pairs i < j of d_sae features in row order, each once. */
export function requirePairs(pairs: Pairs, d_sae: number): Pairs {
  const { i, j } = pairs;
  for (let p = 0; p < Math.max(i.length, j.length); p++) {
    const isPair = i[p] >= 0 && i[p] < j[p] && j[p] < d_sae;
    const isInOrder = p === 0 || i[p - 1] < i[p] || (i[p - 1] === i[p] && j[p - 1] < j[p]);
    if (!isPair || !isInOrder)
      throw new SncError(
        "usage",
        `pairs: expected pairs i < j below ${d_sae}, ordered by i, then j, found (${i[p]}, ${j[p]})${isPair ? ` after (${i[p - 1]}, ${j[p - 1]})` : ""}`,
      );
  }
  return pairs;
}

/** The share of the pairs that are also in `others`, null where there are none. */
export function shareIn({ i, j }: Pairs, others: Pairs): number | null {
  if (i.length === 0) return null;
  let shared = 0;
  for (let p = 0, q = 0; p < i.length && q < others.i.length; ) {
    const order = i[p] - others.i[q] || j[p] - others.j[q];
    if (order === 0) shared++;
    if (order <= 0) p++;
    if (order >= 0) q++;
  }
  return shared / i.length;
}
