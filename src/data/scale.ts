import type { ActivationSet } from "./activation-file.js";
import type { ActivationBuffer } from "./buffer.js";
import type { Numbers } from "./numbers.js";

/** The activations of one layer after input scaling: h [count, d_in], row after row. */
export interface Activations {
  d_in: number;
  /** The training part, or of a buffer the first fill. */
  train: Float32Array;
  test: Numbers;
  /** Where training vectors come from when not all are in memory. */
  buffer?: ActivationBuffer;
}

/** The same, all of it in memory. */
export interface HeldActivations extends Activations {
  test: Float32Array;
}

export type InputScale = "unitMeanSquare" | "sqrtWidth" | "raw";

/**
 * Reading R14, in place. `unitMeanSquare`: h = (x − mean) · scale with E‖h‖² = 1 over the training part. `sqrtWidth`: h = x
 * times the number that makes the mean ‖h‖ over the training part √d_in. `raw`: h = x.
 */
export function scaled({ d_in, mean, scale, train, test }: ActivationSet, inputScale: InputScale): HeldActivations {
  const centre = inputScale === "unitMeanSquare" ? mean : new Float64Array(d_in);
  const factor = { unitMeanSquare: scale, sqrtWidth: Math.sqrt(d_in) / meanNorm(train, d_in), raw: 1 }[inputScale];
  for (const part of [train, test])
    for (let at = 0; at < part.length; at += d_in)
      for (let i = 0; i < d_in; i++) part[at + i] = (part[at + i] - centre[i]) * factor;
  return { d_in, train, test };
}

/** Mean L2 norm of the rows [n, width]. */
function meanNorm(rows: Float32Array, width: number): number {
  let sum = 0;
  for (let at = 0; at < rows.length; at += width) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += rows[at + i] ** 2;
    sum += Math.sqrt(squares);
  }
  return sum / (rows.length / width);
}
