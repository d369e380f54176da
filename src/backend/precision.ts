import { SncError } from "../base/errors.js";

/**
 * What the factors of matrix products are rounded to, the language model's and the autoencoder's. The model's weights are
 * held so; the autoencoder's, sums and all else are float32.
 */
export const precisions = ["float32", "bfloat16"] as const;
export type Precision = (typeof precisions)[number];

let chosen: Precision = "float32";

/** Sets the precision of this process's products; chosen with the backend, before anything is computed. */
export const setPrecision = (precision: Precision): void => {
  chosen = precision;
};

export const precisionOfProducts = (): Precision => chosen;

/** The precision asked for: `SNC_PRECISION`, which `--precision` sets, so that processes started from here see it too. */
export function wantedPrecision(): Precision {
  const wanted = process.env.SNC_PRECISION || "float32";
  if (precisions.includes(wanted as Precision)) return wanted as Precision;
  throw new SncError("usage", `SNC_PRECISION: expected ${precisions.join(" or ")}, found "${wanted}"`);
}
