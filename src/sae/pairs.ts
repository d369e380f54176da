/** A set of feature pairs i < j, ordered by i, then j (T_k of Eq. 2). */
export interface Pairs {
  i: Int32Array;
  j: Int32Array;
  /** c_ij, where they are known of the choice. */
  c?: Float32Array;
  /** The bound that c_ij had to pass, where there is one (μ_c + 2σ_c). */
  threshold?: number;
}

export const emptyPairs: Pairs = { i: new Int32Array(0), j: new Int32Array(0) };

/** The share of the pairs that are also in `others`, null where there are none. */
export function shareIn({ i, j }: Pairs, others: Pairs): number | null {
  if (i.length === 0) return null;
  const place = (a: number, b: number): number => a * 2 ** 26 + b;
  const known = new Set(Array.from(others.i, (first, p) => place(first, others.j[p])));
  return i.reduce((count, first, p) => count + (known.has(place(first, j[p])) ? 1 : 0), 0) / i.length;
}
