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
