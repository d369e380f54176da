import { operations } from "../operations.js";

/** What of a batch f [m · d_sae] fired, counted. */
export interface FiringCounts {
  /** On how many tokens each feature fired, and Σ f² of each in float64 [d_sae]. */
  firing: Int32Array;
  squares: Float64Array;
  /** How many features fired on each token [m]. */
  l0: Int32Array;
}

/** Counts the values of f [m · d_sae] above 0. */
export function countFiring(f: Float32Array, d_sae: number): FiringCounts {
  const counts = {
    firing: new Int32Array(d_sae),
    squares: new Float64Array(d_sae),
    l0: new Int32Array(f.length / d_sae),
  };
  const { firing, squares, l0 } = counts;
  operations().countFiring(f, firing, squares, l0);
  return counts;
}

/** Features that fired, as lists in both directions; in each, tokens and features ascend. */
export interface Fired {
  d_sae: number;
  /** On token b fired features[ofToken[b] … ofToken[b + 1]), with these values. */
  ofToken: Int32Array;
  features: Int32Array;
  values: Float64Array;
  /** Feature i fired on tokens[ofFeature[i] … ofFeature[i + 1]), with these values. */
  ofFeature: Int32Array;
  tokens: Int32Array;
  valuesByFeature: Float64Array;
}

/** Lists f ≥ 0 [m · d_sae] where it is not 0 (NaN is not), each feature's values divided by its divisor [d_sae]. */
export function listFired(f: ArrayLike<number>, d_sae: number, divisors: ArrayLike<number>): Fired {
  const m = f.length / d_sae;
  const ofToken = new Int32Array(m + 1);
  const ofFeature = new Int32Array(d_sae + 1);
  for (let b = 0, at = 0; b < m; b++) {
    ofToken[b + 1] = ofToken[b];
    for (let i = 0; i < d_sae; i++, at++)
      if (f[at] !== 0) {
        ofToken[b + 1]++;
        ofFeature[i + 1]++;
      }
  }
  for (let i = 0; i < d_sae; i++) ofFeature[i + 1] += ofFeature[i];
  const count = ofToken[m];
  const [features, tokens] = [new Int32Array(count), new Int32Array(count)];
  const [values, valuesByFeature] = [new Float64Array(count), new Float64Array(count)];
  const next = ofFeature.slice();
  for (let b = 0, at = 0, p = 0; b < m; b++)
    for (let i = 0; i < d_sae; i++, at++)
      if (f[at] !== 0) {
        const q = next[i]++;
        features[p] = i;
        tokens[q] = b;
        values[p++] = valuesByFeature[q] = f[at] / divisors[i];
      }
  return { d_sae, ofToken, features, values, ofFeature, tokens, valuesByFeature };
}

/** Σ_b f_bi f_bj, added in the order of `visitRows`. */
export function innerProduct({ ofFeature, tokens, valuesByFeature }: Fired, i: number, j: number): number {
  let sum = 0;
  for (let p = ofFeature[i], q = ofFeature[j]; p < ofFeature[i + 1] && q < ofFeature[j + 1]; ) {
    if (tokens[p] === tokens[q]) sum += valuesByFeature[p++] * valuesByFeature[q++];
    else if (tokens[p] < tokens[q]) p++;
    else q++;
  }
  return sum;
}

/**
 * Row i of FᵀF right of its diagonal: row[columns[from … end)], the columns in no order; all others are 0. Valid during the
 * visit; `true` ends it.
 */
export type VisitRow = (i: number, row: Float64Array, columns: Int32Array, from: number, end: number) => unknown;

/** A row is looked through whole where it takes more multiply-adds than this share of its length, else by a list. */
const wholeRowFrom = 0.5;

/** Visits the rows of FᵀF in order, with one in memory at a time (Gustavson's product, above the diagonal). */
export function visitRows(fired: Fired, visit: VisitRow): void {
  const { d_sae, ofToken, ofFeature, tokens } = fired;
  const row = new Float64Array(d_sae);
  const all = Int32Array.from(row, (_, i) => i);
  const touched = new Int32Array(d_sae);
  const next = ofToken.slice(); // on each token, the first feature from i on
  for (let i = 0; i < d_sae; i++) {
    let work = 0;
    for (let q = ofFeature[i]; q < ofFeature[i + 1]; q++) work += ofToken[tokens[q] + 1] - ++next[tokens[q]];
    let ended: unknown;
    if (work > wholeRowFrom * (d_sae - i)) {
      addRow(fired, i, next, row);
      ended = visit(i, row, all, i + 1, d_sae);
      row.fill(0, i + 1);
    } else {
      const count = addRowListing(fired, i, next, row, touched);
      ended = visit(i, row, touched, 0, count);
      for (let q = 0; q < count; q++) row[touched[q]] = 0;
    }
    if (ended === true) return;
  }
}

function addRow(fired: Fired, i: number, next: Int32Array, row: Float64Array): void {
  const { ofToken, features, values, ofFeature, tokens, valuesByFeature } = fired;
  for (let q = ofFeature[i]; q < ofFeature[i + 1]; q++) {
    const x = valuesByFeature[q];
    const end = ofToken[tokens[q] + 1];
    for (let p = next[tokens[q]]; p < end; p++) row[features[p]] += x * values[p];
  }
}

/** The same, listing the columns that are no longer 0; returns how many. */
function addRowListing(fired: Fired, i: number, next: Int32Array, row: Float64Array, listed: Int32Array): number {
  const { ofToken, features, values, ofFeature, tokens, valuesByFeature } = fired;
  let count = 0;
  for (let q = ofFeature[i]; q < ofFeature[i + 1]; q++) {
    const x = valuesByFeature[q];
    const end = ofToken[tokens[q] + 1];
    for (let p = next[tokens[q]]; p < end; p++) {
      const j = features[p];
      if (row[j] === 0) listed[count++] = j;
      row[j] += x * values[p];
    }
  }
  return count;
}
