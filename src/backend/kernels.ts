import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type * as tf from "@tensorflow/tfjs";
import type { AdamUpdate, MutableTensor } from "./ops.js";
import { handleOf, nativeOp } from "./ops.js";

/*
 * Operations of our own inside TensorFlow, for the CPU: kernels/*.cc, compiled where the backend is set up. Without them
 * everything works by TensorFlow's own operations; equal to rounding, slower.
 */

/** What the kernels may be compiled for, best first, with what /proc/cpuinfo has to name for it. */
const cpuLevels = {
  "x86-64-v4": ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx2", "fma"],
  "x86-64-v3": ["avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"],
  "x86-64-v2": ["sse4_2", "popcnt"],
} as const;
export type CpuLevel = keyof typeof cpuLevels;

/** What this machine's processor can do; undefined where it cannot be known. */
export function cpuLevel(): CpuLevel | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const flags = new Set(
    readFileSync("/proc/cpuinfo", "utf8")
      .match(/^flags\s*:(.*)$/m)?.[1]
      .split(" "),
  );
  return (Object.keys(cpuLevels) as CpuLevel[]).find((level) => cpuLevels[level].every((flag) => flags.has(flag)));
}

const load = createRequire(__filename);

/** Where set-up puts the kernels compiled for a level: beside tfjs-node-gpu's own addon. */
export const kernelsPath = (level: CpuLevel): string =>
  path.join(
    path.dirname(load.resolve("@tensorflow/tfjs-node-gpu/package.json")),
    "lib",
    "napi-v8",
    `snc_kernels.${level}.node`,
  );

let loaded = false;

/**
 * Loads the kernels into the TensorFlow that is there; `SNC_KERNELS=off` leaves them out. Returns what results depend on:
 * their level and the hash of their sources, or `none`.
 */
export function loadKernels(): string {
  const level = cpuLevel();
  if (process.env.SNC_KERNELS === "off" || !level) return "none";
  try {
    const { id } = load(kernelsPath(level)) as { id: string };
    loaded = true;
    return `${level} ${id}`;
  } catch {
    return "none"; // not compiled here, or against another libtensorflow: `snc doctor` says so
  }
}

/** True where this package's own operations can be called. */
export const hasKernels = (): boolean => loaded;

/**
 * One Adam update in one pass over memory; `unitRows` (§5.2) leaves out the gradient's part along each row and divides the
 * row by its length afterwards. Returns Σ g² as a scalar. Values read from the variables must be disposed by now.
 */
export function adamKernel(
  [weight, m, v]: MutableTensor[],
  gradient: tf.Tensor,
  update: AdamUpdate & { unitRows: boolean },
): tf.Tensor {
  const { learningRate, beta1, beta2, epsilon, beta1Power, beta2Power, unitRows } = update;
  const rate = (learningRate * Math.sqrt(1 - beta2Power)) / (1 - beta1Power);
  const handles = [weight, m, v].map(handleOf);
  return nativeOp("SncAdam", [...handles, gradient, [rate, beta1, beta2, epsilon, Number(unitRows)]]);
}

/** a b + c, skipping the zeros of a: [m, k], [k, n], [n] → [m, n]. */
export const sparseTimes = (a: tf.Tensor2D, b: tf.Tensor2D, c: tf.Tensor1D): tf.Tensor2D =>
  nativeOp("SncTimesDense", [a, b, c]);

/** aᵀ b, skipping the zeros of a: [batch, m], [batch, n] → [m, n]. */
export const sparseTransposedTimes = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
  nativeOp("SncTransposedTimesDense", [a, b]);

/** bᵀ a, skipping the zeros of a: [batch, n], [batch, m] → [n, m]. */
export const transposedTimesSparse = (b: tf.Tensor2D, a: tf.Tensor2D): tf.Tensor2D =>
  nativeOp("SncDenseTransposedTimes", [b, a]);

/** b wᵀ where a is not 0, else 0: [batch, n], [m, n], [batch, m] → [batch, m]. */
export const timesTransposedWhere = (b: tf.Tensor2D, w: tf.Tensor2D, a: tf.Tensor2D): tf.Tensor2D =>
  nativeOp("SncSampled", [b, w, a]);

/** w x: [m, n], [n] → [m]. */
export const matrixTimesVector = (w: tf.Tensor2D, x: tf.Tensor1D): tf.Tensor1D => nativeOp("SncTimesVector", [w, x]);

/**
 * The largest activation among the neighbours of each that is above 0, else 0: raw [batch, d_sae] ≥ 0, neighbours of
 * feature i at members[starts[i] … starts[i + 1]) → [batch, d_sae].
 */
export const largestNeighbourKernel = (raw: tf.Tensor2D, starts: Int32Array, members: Int32Array): tf.Tensor2D =>
  nativeOp("SncLargestNeighbour", [raw, starts, members]);
