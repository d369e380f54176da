import { munkres } from "munkres";
import { requireFiniteRows } from "../base/checks.js";
import { SncError } from "../base/errors.js";

/** Row `first` is matched with column `second`; how alike the two are. */
export interface Matched {
  first: number;
  second: number;
  cosine: number;
}

/**
 * The one-to-one matching of rows with columns that maximises the sum of their similarity [rows · columns], row after row (the Hungarian
 * method): min(rows, columns) pairs, ascending by row. Takes rows · columns · min(rows, columns) operations at worst. Throws a usage error for
 * other than whole rows, and for NaN.
 */
export function matchOneToOne(similarity: Float32Array | Float64Array, rows: number, columns: number): Matched[] {
  if (similarity.length !== rows * columns)
    throw new SncError(
      "usage",
      `similarity: expected ${rows} rows of ${columns} numbers, found ${similarity.length} numbers`,
    );
  requireFiniteRows("similarity", similarity, columns);
  if (rows === 0 || columns === 0) return [];
  const costs = similarity.map((value) => -value);
  const byRow = Array.from({ length: rows }, (_, i) => costs.subarray(i * columns, (i + 1) * columns));
  return munkres(byRow)
    .map(([first, second]) => ({ first, second, cosine: similarity[first * columns + second] }))
    .sort((a, b) => a.first - b.first);
}
