import { requireFiniteRows } from "../base/checks.js";
import { SncError } from "../base/errors.js";

/** The feature directions of an autoencoder, as `Autoencoder.weights()` and `Autoencoder.alive` have them. */
export interface Dictionary {
  d_in: number;
  /** [d_sae · d_in], row after row. */
  W_dec: Float32Array;
  /** 1, or 0 where a feature is switched off [d_sae]. */
  alive: ArrayLike<number>;
}

/** The directions of the features that are not switched off. */
export interface Directions {
  d_in: number;
  /** Which features they are, ascending [count]. */
  features: Int32Array;
  /** Unit L2 rows, signed [count · d_in], row after row; a row of zeros stays one. */
  rows: Float32Array;
}

/** The unit directions of the features that are on. Throws a usage error for shapes that do not fit, and for NaN. */
export function directionsOf({ d_in, W_dec, alive }: Dictionary): Directions {
  if (W_dec.length !== alive.length * d_in)
    throw new SncError(
      "usage",
      `W_dec: expected ${alive.length} rows of ${d_in} numbers, one for each of alive, found ${W_dec.length} numbers`,
    );
  const features = Int32Array.from(alive, (_, i) => i).filter((i) => alive[i] !== 0);
  const rows = new Float32Array(features.length * d_in);
  features.forEach((feature, at) => {
    const row = W_dec.subarray(feature * d_in, (feature + 1) * d_in);
    rows.set(unit(row), at * d_in);
  });
  requireFiniteRows("W_dec", rows, d_in);
  return { d_in, features, rows };
}

function unit(row: Float32Array): Float32Array {
  const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  return norm === 0 ? row : row.map((x) => x / norm);
}
