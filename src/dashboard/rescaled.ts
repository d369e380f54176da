import type { Numbers } from "../data/activations/batches.js";
import type { InputScaling } from "../data/activations/scale.js";

/** Vectors h = (x − mean) · scale [rows · d_in] of one scaling as those of another, row after row where they are asked for. */
export function rescaled(h: Numbers, from: InputScaling, to: InputScaling): Numbers {
  const d_in = from.mean.length;
  const factor = to.scale / from.scale;
  const offset = Float64Array.from(from.mean, (mean, i) => (mean - to.mean[i]) * to.scale);
  return {
    length: h.length,
    subarray: (start = 0, end = h.length) =>
      h.subarray(start, end).map((value, n) => value * factor + offset[(start + n) % d_in]),
  };
}
