/** A set of feature pairs i < j, ordered by i, then j (T_k of Eq. 2). */
export interface Pairs {
  i: Int32Array;
  j: Int32Array;
}

export const emptyPairs: Pairs = { i: new Int32Array(0), j: new Int32Array(0) };
