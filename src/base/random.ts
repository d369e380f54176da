import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { checked, count, type Expected, whole, wholeFrom } from "./checks.js";

/** A seeded source of random numbers; its state is four numbers, so that a checkpoint can hold it. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, n), n a whole number ≥ 1. */
  integer(n: number): number;
  /** Standard normal (Box–Muller; one number a draw, nothing kept between draws). */
  normal(): number;
  /** Where the stream stands: four int32, for `streamFromState`. */
  state(): number[];
}

/**
 * The stream called `name` of `seed`, a whole number: streams of different names are independent of each other, and the same
 * name and seed give the same numbers on every machine.
 *
 * @example
 * const random = stream(42, "my vectors");
 * const vectors = Float32Array.from({ length: 1000 * d_in }, () => random.normal());
 */
export function stream(seed: number, name: string): RandomStream {
  checked("stream", { seed }, { seed: whole });
  const digest = createHash("sha256").update(`${seed}/${name}`).digest();
  return streamFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
}

const streamState: Expected = {
  words: "what state() of a stream gives: four int32, not all 0",
  admits: (value) =>
    Array.isArray(value) && value.length === 4 && value.every((x) => x === (x | 0)) && value.some((x) => x !== 0),
};

/** Continues a stream where `state()` was taken. Throws a usage error for numbers that are no such state. */
export function streamFromState(state: readonly number[]): RandomStream {
  checked("streamFromState", { state }, { state: streamState });
  const generator = xoroshiro128plusFromState(state);
  return {
    uniform: () => uniformFloat64(generator),
    integer(n) {
      if (!(n >= 1)) checked("integer", { n }, { n: count }); // of no numbers none can be drawn
      return uniformInt(generator, 0, n - 1);
    },
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
      return radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    },
    state: () => [...generator.getState()],
  };
}

/** 0 … n − 1 in random order (Fisher–Yates) [n]; n a whole number ≥ 0. */
export function permutation(random: RandomStream, n: number): Int32Array {
  checked("permutation", { n }, { n: wholeFrom(0) });
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
