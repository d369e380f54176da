import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { packageFolder, sha256 } from "../base/files.js";
import { once } from "../base/once.js";

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

/** The kernels' sources, and the hash by which a compiled addon is known to be theirs. */
export function kernelSources(): { files: string[]; id: string } {
  const folder = path.join(packageFolder, "src", "backend", "kernels");
  const files = readdirSync(folder)
    .sort()
    .map((file) => path.join(folder, file));
  return { files, id: sha256(files.map((file) => readFileSync(file, "utf8")).join("\n")).slice(0, 12) };
}

/** H [n · n], row after row, and the steps noted of it: kernels/coactivation.cc says what each is. */
export interface Noted {
  readonly H: Float64Array;
  readonly most: Float64Array;
  readonly done: Int32Array;
  fired: BigUint64Array;
  moves: Float64Array;
  beta: number;
  rows: number;
  steps: number;
}

/** The kernels that work on JavaScript's own memory (kernels/{firing,selection,coactivation}.cc). */
export interface ArrayKernels {
  /** Of f [m · n]: rows above 0 and Σ f² of each column [n], columns above 0 of each row [m]. */
  countFiring(f: Float32Array, firing: Int32Array, squares: Float64Array, l0: Int32Array): void;
  /**
   * Of c_ij = Σ_b f_bi f_bj / (divisor_i divisor_j), f ≥ 0 [m · n], i < j: the largest above the bound, as many as i, j and c have
   * room for, of equals the first; in row order. Into results [3] how many, Σ (c − shift) and Σ (c − shift)² over all pairs.
   */
  selectPairs(
    f: Float32Array,
    divisors: Float64Array,
    bound: number,
    shift: number,
    i: Int32Array,
    j: Int32Array,
    c: Float32Array,
    results: Float64Array,
  ): void;
  /** Columns of H that move together, and counts whose moves are looked up in registers. */
  readonly stretch: number;
  readonly tabled: number;
  /** Notes as one more step which of f [rows · n] are above 0; `noted.steps` is left to the caller. */
  noteFiring(noted: Noted, f: Float32Array): void;
  /** Moves all of H through the steps noted. */
  bringUpToDate(noted: Noted): void;
  /** H ← βH + (1 − β)(products / divisor). */
  moveTowards(H: Float64Array, products: Float32Array, beta: number, divisor: number): void;
  /** How many of each row are above θ, but for the diagonal, into counts [n]. */
  countAbove(noted: Noted, theta: number, counts: Int32Array): void;
  /**
   * Into members[starts[i] … starts[i + 1]) the columns j ≠ i of largest H_ij, of equals the lower, none of which is below
   * bounds[i]. The last ones, of any values of H, make it faster.
   */
  strongest(
    noted: Noted,
    starts: Int32Array,
    members: Int32Array,
    bounds: Float64Array,
    lastStarts: Int32Array,
    lastMembers: Int32Array,
  ): void;
}

let loaded: ArrayKernels | undefined;

/**
 * Loads compiled kernels into the TensorFlow that is there; `SNC_KERNELS=off` leaves them out. Returns what results depend on:
 * their level and the hash of their sources, or `none`.
 */
export function loadKernels(file: string | undefined): string {
  if (file === undefined || process.env.SNC_KERNELS === "off") return "none";
  try {
    const { id, ...kernels } = load(file) as ArrayKernels & { id: string };
    if (id !== kernelSources().id) return "none"; // of other sources, whatever its name says
    loaded = kernels;
    return `${cpuLevel()} ${id}`;
  } catch {
    return "none"; // not compiled here: choose.ts says so
  }
}

/** True where the kernels' registers are narrower than AVX-512's. */
export const hasNarrowRegisters = once(() => cpuLevel() !== "x86-64-v4");

/** True where this package's own operations can be called. */
export const hasKernels = (): boolean => loaded !== undefined;

/** The kernels on JavaScript's own memory, where they are compiled. Those on H give the bytes of plain loops. */
export const arrayKernels = (): ArrayKernels | undefined => loaded;
