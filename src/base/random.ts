import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** A seeded source of random numbers; its state is four numbers, so that a checkpoint can hold it. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Standard normal (Box–Muller; one number a draw, nothing kept between draws). */
  normal(): number;
  state(): number[];
}

/** The stream called `name` of `seed`: streams of different names are independent of each other. */
export function stream(seed: number, name: string): RandomStream {
  const digest = createHash("sha256").update(`${seed}/${name}`).digest();
  return streamFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
}

/** Continues a stream where `state()` was taken. */
export function streamFromState(state: readonly number[]): RandomStream {
  const generator = xoroshiro128plusFromState(state);
  return {
    uniform: () => uniformFloat64(generator),
    integer: (n) => uniformInt(generator, 0, n - 1),
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
      return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    },
    state: () => [...generator.getState()],
  };
}

/** 0 … n − 1 in random order (Fisher–Yates). */
export function permutation(random: RandomStream, n: number): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** `rows` random directions: unit L2 rows of width `width`, row after row [rows · width]. */
export function unitDirections(random: RandomStream, rows: number, width: number): Float32Array {
  const out = new Float32Array(rows * width);
  for (let r = 0; r < rows; r++) {
    const row = Array.from({ length: width }, () => random.normal());
    const norm = Math.hypot(...row);
    for (let i = 0; i < width; i++) out[r * width + i] = row[i] / norm;
  }
  return out;
}
