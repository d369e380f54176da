import { checked, positive, requireRows } from "../../base/checks.js";
import type { ActivationSet } from "./activation-file.js";
import type { Numbers } from "./batches.js";
import type { ActivationBuffer } from "./buffer.js";
import { squaredNorms } from "./norms.js";

/** The activations of one layer after input scaling: h [count, d_in], row after row. */
export interface Activations {
  d_in: number;
  /** The training part, or of a buffer the first fill. */
  train: Float32Array;
  test: Numbers;
  /** How they come from the model's activations; undefined where that is not known. */
  scaling?: InputScaling;
  /** Where training vectors come from when not all are in memory. */
  buffer?: ActivationBuffer;
}

/** The same, all of it in memory. */
export interface HeldActivations extends Activations {
  test: Float32Array;
}

/** Reading R14: how vectors are scaled before they are trained on, as `inputScaling` says. */
export type InputScale = "unitMeanSquare" | "sqrtWidth" | "raw";

/** How h comes from the model's activations x: h = (x − mean) · scale. */
export interface InputScaling {
  /** [d_in], in the units of x. */
  mean: ArrayLike<number>;
  /** Above 0. */
  scale: number;
}

/**
 * Reading R14, from what the training part is like. `unitMeanSquare`: centred, with E‖h‖² = 1. `sqrtWidth`: x times the number
 * that makes the mean ‖h‖ √d_in. `raw`: h = x.
 */
export function inputScaling(
  inputScale: InputScale,
  { mean, scale, meanNorm }: InputScaling & { meanNorm(): number },
): InputScaling {
  if (inputScale === "unitMeanSquare") return { mean, scale };
  const d_in = mean.length;
  return { mean: new Float64Array(d_in), scale: inputScale === "raw" ? 1 : Math.sqrt(d_in) / meanNorm() };
}

/** Reading R14 of activations in memory. */
export const inputScalingOf = ({ d_in, mean, scale, train }: ActivationSet, inputScale: InputScale): InputScaling =>
  inputScaling(inputScale, { mean, scale, meanNorm: () => meanNorm(train, d_in) });

/** Activations in memory scaled by Reading R14, in place. */
export function scaled(set: ActivationSet, inputScale: InputScale): HeldActivations {
  const { d_in, train, test } = set;
  const scaling = inputScalingOf(set, inputScale);
  for (const part of [train, test]) scaleInto(part, part, scaling);
  return { d_in, train, test, scaling };
}

function scaleInto(to: Float32Array, from: Float32Array, { mean, scale }: InputScaling): void {
  const d_in = mean.length;
  for (let at = 0; at < from.length; at += d_in)
    for (let i = 0; i < d_in; i++) to[at + i] = (from[at + i] - mean[i]) * scale;
}

/**
 * h = (x − mean) · scale of vectors x [count · d_in], row after row, into an array of its own. Throws a usage error for vectors of
 * another width than the mean.
 */
export function scaleVectors(vectors: Float32Array, scaling: InputScaling): Float32Array {
  requireScaling("scaleVectors", vectors, scaling);
  const h = new Float32Array(vectors.length);
  scaleInto(h, vectors, scaling);
  return h;
}

/** The way back: x = h / scale + mean of vectors h [count · d_in], such as reconstructions, into an array of its own. */
export function unscaleVectors(vectors: Float32Array, scaling: InputScaling): Float32Array {
  requireScaling("unscaleVectors", vectors, scaling);
  const { mean, scale } = scaling;
  return vectors.map((h, at) => h / scale + mean[at % mean.length]);
}

function requireScaling(what: string, vectors: Float32Array, { mean, scale }: InputScaling): void {
  checked(what, { scale }, { scale: positive });
  requireRows(`${what}, vectors`, vectors.length, mean.length);
}

/** Mean L2 norm of the rows [n, width]. */
function meanNorm(rows: Float32Array, width: number): number {
  const squares = squaredNorms(rows, width);
  return squares.reduce((sum, square) => sum + Math.sqrt(square), 0) / squares.length;
}
