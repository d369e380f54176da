import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import { requireRows } from "../base/checks.js";
import type { Numbers } from "../data/activations/batches.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import { encode } from "../sae/forward.js";
import { paramsOf } from "../sae/params.js";

/** Where f > 0, by rows and by features: memory grows with the firings, not with rows · d_sae. */
export interface Firings {
  rows: number;
  d_sae: number;
  /** Row t fired `features[rowStarts[t] … rowStarts[t + 1])`, ascending, at these f [rows + 1], [firings], [firings]. */
  rowStarts: Float64Array;
  features: Int32Array;
  rowValues: Float32Array;
  /** Feature i fired on `rowsOf[starts[i] … starts[i + 1])`, ascending, at these f [d_sae + 1], [firings], [firings]. */
  starts: Float64Array;
  rowsOf: Int32Array;
  values: Float32Array;
  /** What the competition did; null where there is none, or more than it decides about f. */
  competition: Losses | null;
}

/** On how many rows each feature fired before the competition, r > 0, and on how many of these it lost, f < r [d_sae]. */
interface Losses {
  fired: Float64Array;
  lost: Float64Array;
}

/** Rows encoded at once; few enough that one chunk of 16 384 features takes 64 MB. Changes no number. */
const chunkRows = 1024;

/** f of vectors h [rows · d_in], row after row: one encoding pass, chunk by chunk; with a competition also what it was before. */
export function firingsOf(sae: Autoencoder, h: Numbers): Firings {
  const { d_in, d_sae } = sae;
  requireRows("h", h.length, d_in);
  const rows = h.length / d_in;
  const rowStarts = new Float64Array(rows + 1);
  const chunks: Fired[] = [];
  const competition = competesAlone(sae) ? { fired: new Float64Array(d_sae), lost: new Float64Array(d_sae) } : null;
  const params = competition ? paramsOf(sae.weights()) : undefined;
  for (let row = 0; row < rows; row += chunkRows) {
    const numbers = h.subarray(row * d_in, Math.min(rows, row + chunkRows) * d_in);
    scoped(() => {
      const chunk = tf.tensor2d(numbers, [numbers.length / d_in, d_in]);
      const f = sae.features(chunk);
      chunks.push(fired(f.dataSync<"float32">(), d_sae, row, rowStarts));
      if (competition && params) countLosses(encode(params, chunk), f, competition);
    });
  }
  if (params) tf.dispose(Object.values(params));
  const features = joined(chunks, "features", Int32Array);
  const rowValues = joined(chunks, "values", Float32Array);
  const byRow = { rows, d_sae, rowStarts, features, rowValues, competition };
  return { ...byRow, ...transposed(byRow) };
}

/** Whether features compete and nothing else makes f < r: other methods keep some features only. */
const competesAlone = ({ competition: { inhibit, keep } }: Autoencoder): boolean =>
  inhibit.rule !== "noInhibition" && keep.rule === "keepAll";

/** f this near to r is r: rounding loses no competition. */
const rounding = 1e-6;

/** Adds on how many rows each feature fired, and lost; r and f [rows, d_sae]. */
function countLosses(r: tf.Tensor2D, f: tf.Tensor2D, { fired, lost }: Losses): void {
  const add = (counts: Float64Array, which: tf.Tensor): void => {
    const some = tf.sum(tf.cast(which, "float32"), 0).dataSync();
    for (let i = 0; i < counts.length; i++) counts[i] += some[i];
  };
  add(fired, tf.greater(r, 0));
  add(lost, tf.less(f, tf.mul(r, 1 - rounding)));
}

interface Fired {
  features: Int32Array;
  values: Float32Array;
}

/** What fired in a chunk whose first row is `row`; tells `rowStarts` where its rows end. */
function fired(f: Float32Array, d_sae: number, row: number, rowStarts: Float64Array): Fired {
  let count = 0;
  for (let at = 0; at < f.length; at++) if (f[at] > 0) count++;
  const features = new Int32Array(count);
  const values = new Float32Array(count);
  const start = rowStarts[row];
  let n = 0;
  for (let at = 0; at < f.length; row++) {
    for (let i = 0; i < d_sae; i++, at++)
      if (f[at] > 0) {
        features[n] = i;
        values[n++] = f[at];
      }
    rowStarts[row + 1] = start + n;
  }
  return { features, values };
}

function joined<T extends Int32Array | Float32Array>(
  chunks: Fired[],
  name: keyof Fired,
  Kind: new (length: number) => T,
): T {
  const out = new Kind(chunks.reduce((sum, chunk) => sum + chunk.values.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk[name], at);
    at += chunk[name].length;
  }
  return out;
}

/** The same by features: rows stay in order. */
function transposed({
  rows,
  d_sae,
  rowStarts,
  features,
  rowValues,
}: Pick<Firings, "rows" | "d_sae" | "rowStarts" | "features" | "rowValues">) {
  const starts = new Float64Array(d_sae + 1);
  for (let n = 0; n < features.length; n++) starts[features[n] + 1]++;
  for (let i = 0; i < d_sae; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const rowsOf = new Int32Array(features.length);
  const values = new Float32Array(features.length);
  for (let row = 0; row < rows; row++)
    for (let n = rowStarts[row]; n < rowStarts[row + 1]; n++) {
      const at = next[features[n]]++;
      rowsOf[at] = row;
      values[at] = rowValues[n];
    }
  return { starts, rowsOf, values };
}
