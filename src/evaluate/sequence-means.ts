import * as tf from "@tensorflow/tfjs";
import { matMul } from "../backend/ops.js";
import { requireWidth } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import type { Examples } from "./probing.js";

/** Which sequence and source each of some vectors belongs to, as the places of a layer's texts say. */
export interface SequencePlaces {
  source: ArrayLike<number>;
  sequence: ArrayLike<number>;
}

/** Means over sequences, given some rows at a time. */
export interface SequenceMeans {
  /** Adds values [batch, columns] of the next rows. Throws a usage error for other widths, and for more rows than have places. */
  add(values: tf.Tensor2D): void;
  /** One example a sequence, in the order in which sequences first come. */
  examples(): Examples;
}

/** The mean of each column over the rows of every sequence: rows in the order of `places`. */
export function sequenceMeans({ source, sequence }: SequencePlaces, columns: number): SequenceMeans {
  const rowOf = new Map<number, number>();
  for (let i = 0; i < sequence.length; i++) if (!rowOf.has(sequence[i])) rowOf.set(sequence[i], rowOf.size);
  const sources = new Int32Array(rowOf.size);
  const [sums, counts] = [new Float64Array(rowOf.size * columns), new Float64Array(rowOf.size)];
  let at = 0;
  return {
    add(values) {
      requireWidth("values", values, columns);
      const [rows] = values.shape;
      if (at + rows > sequence.length)
        throw new SncError(
          "usage",
          `values: expected ${sequence.length} rows, one for each place, found ${at + rows} or more`,
        );
      const examples = Array.from({ length: rows }, (_, i) => rowOf.get(sequence[at + i])!);
      for (let i = 0; i < rows; i++) {
        sources[examples[i]] = source[at + i];
        counts[examples[i]]++;
      }
      const present = [...new Set(examples)];
      const products = tf.tidy(() => matMul(membership(examples, present), values)).dataSync();
      present.forEach((example, k) => {
        for (let c = 0; c < columns; c++) sums[example * columns + c] += products[k * columns + c];
      });
      at += rows;
    },
    examples: () => ({
      columns,
      source: sources,
      values: Float32Array.from(sums, (sum, i) => sum / counts[Math.floor(i / columns)]),
    }),
  };
}

/** 1 where a row belongs to one of the examples present [present, rows]. */
function membership(examples: readonly number[], present: readonly number[]): tf.Tensor2D {
  const place = new Map(present.map((example, k) => [example, k]));
  const ones = new Float32Array(present.length * examples.length);
  examples.forEach((example, row) => {
    ones[place.get(example)! * examples.length + row] = 1;
  });
  return tf.tensor2d(ones, [present.length, examples.length]);
}
