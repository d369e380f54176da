import * as tf from "@tensorflow/tfjs";

/** The activations that are kept, and the smallest of them; 0 where none is above 0. */
export interface KeptLargest {
  f: tf.Tensor2D;
  smallest: number;
}

/**
 * Of every `rows` consecutive rows of a [batch, n] ≥ 0 the `most` largest values above 0, the rest 0; ties go to the lower row,
 * then the lower column. Where fewer are above 0 all of them are kept.
 */
export function keepLargest(a: tf.Tensor2D, most: number, rows: number): KeptLargest {
  const [batch, n] = a.shape;
  const values = Float32Array.from(a.dataSync<"float32">());
  const bits = new Uint32Array(values.buffer); // of numbers ≥ 0 the bits are in the order of the numbers
  let smallest = Number.POSITIVE_INFINITY;
  for (let from = 0; from < values.length; from += rows * n) {
    const to = Math.min(values.length, from + rows * n);
    let { bound, ties } = boundOf(bits, values, from, to, most);
    for (let at = from; at < to; at++) {
      if (!(values[at] > 0)) values[at] = 0;
      else if (bits[at] > bound || (bits[at] === bound && ties-- > 0)) smallest = Math.min(smallest, values[at]);
      else values[at] = 0;
    }
  }
  return { f: tf.tensor2d(values, [batch, n]), smallest: smallest < Number.POSITIVE_INFINITY ? smallest : 0 };
}

/** Digits of 32 bits, the highest first: where each begins, and how many bits it has. */
const digits = [
  { shift: 21, width: 11 },
  { shift: 10, width: 11 },
  { shift: 0, width: 10 },
] as const;

/**
 * The bits of the `most`-th largest of the values above 0, and how many that are equal to it are among the `most` largest; 0 where
 * no more than that are above 0. By one digit after the other: each time as many values are counted as have the digits found.
 */
function boundOf(bits: Uint32Array, values: Float32Array, from: number, to: number, most: number) {
  let found = 0;
  let ties = most;
  for (const { shift, width } of digits) {
    const counts = new Uint32Array(2 ** width);
    const higher = shift + width;
    for (let at = from; at < to; at++)
      if (values[at] > 0 && (higher === 32 || bits[at] >>> higher === found >>> higher))
        counts[(bits[at] >>> shift) & (2 ** width - 1)]++;
    let digit = counts.length - 1;
    for (; digit >= 0 && counts[digit] < ties; digit--) ties -= counts[digit];
    if (digit < 0) return { bound: 0, ties: 0 };
    found |= digit << shift;
  }
  return { bound: found >>> 0, ties };
}
