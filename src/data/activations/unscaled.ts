import type * as tf from "@tensorflow/tfjs";
import { squaredNorms } from "./norms.js";

/*
 * λ₁, the learning rate and the bounds of the rules are made for E‖h‖² = 1 (Reading R14). Vectors as a model gives them are
 * thousands of times larger: nothing fails with them, and nothing that comes out means what the paper means.
 */

/** E‖h‖² of a first batch outside these bounds is said: a batch of scaled vectors is well within them. */
const [smallest, largest] = [1 / 4, 4];

/** States whose batches have been looked at, or need not be. */
const known = new WeakSet<object>();
let hasWarned = false;

/** This state's vectors were scaled by a reading that was chosen (R14): they are as they are meant to be. */
export const scaleIsChosen = (state: object): void => void known.add(state);

/** Says once a process on standard error that the first batch h [batch, d_in] of a state is not scaled, and what to do. */
export function warnIfUnscaled(state: object, h: tf.Tensor2D): void {
  if (known.has(state)) return;
  known.add(state);
  if (hasWarned) return;
  const squares = squaredNorms(h.dataSync<"float32">() as Float32Array, h.shape[1]);
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  if (!Number.isFinite(mean) || (mean >= smallest && mean <= largest)) return;
  hasWarned = true;
  process.stderr.write(
    `snc: warning: the first batch has E‖h‖² = ${mean.toPrecision(3)}, and λ₁, the learning rate and the rules' bounds are made for 1 ` +
      "(Reading R14). Scale the vectors: const scaling = measureScaling(vectors, d_in); scaleVectors(vectors, scaling)\n",
  );
}
