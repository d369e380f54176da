import * as tf from "@tensorflow/tfjs";
import { SncError } from "../base/errors.js";

/** For each feature j the features it competes with: `members[starts[j] … starts[j + 1])`. */
export interface Neighbours {
  /** [d_sae + 1], from 0, never falling. */
  starts: Int32Array;
  /** Indices of features, in [0, d_sae). */
  members: Int32Array;
}

/** Lists that were made here, as above: they need not be looked through in every step. */
const wellFormed = new WeakSet<Neighbours>();

/** Neighbours that are made as above. */
export function wellFormedNeighbours(neighbours: Neighbours): Neighbours {
  wellFormed.add(neighbours);
  return neighbours;
}

/** A rule's neighbours, looked through: a kernel reads memory where they say. Throws a usage error where they are not as above. */
export function requireNeighbours(neighbours: Neighbours, d_sae: number): Neighbours {
  if (wellFormed.has(neighbours) && neighbours.starts.length === d_sae + 1) return neighbours;
  const { starts, members } = neighbours;
  const fail = (expected: string, found: unknown): never => {
    throw new SncError("usage", `neighbours: expected ${expected}, found ${found}`);
  };
  if (starts.length !== d_sae + 1) fail(`${d_sae + 1} starts, one more than features`, starts.length);
  for (let i = 0; i < d_sae; i++)
    if (starts[i] > starts[i + 1]) fail("starts that never fall", `${starts[i + 1]} after ${starts[i]}`);
  if (starts[0] < 0 || starts[d_sae] > members.length)
    fail(`starts within ${members.length} members`, `${starts[0]} to ${starts[d_sae]}`);
  for (let n = starts[0]; n < starts[d_sae]; n++)
    if (!(members[n] >= 0 && members[n] < d_sae)) fail(`members from 0 to ${d_sae - 1}`, members[n]);
  return neighbours;
}

/** What the competition does to each activation: f = ReLU(gain · raw − offset), both [batch, d_sae]; absent: nothing. */
export interface Inhibition {
  gain?: tf.Tensor2D;
  offset?: tf.Tensor2D;
  /** How many activations of the batch were suppressed. */
  losers?: number;
}

/** Activations after the competition [batch, d_sae] → [batch, d_sae]. Throws a usage error for gains or offsets of another shape. */
export function applyInhibition(raw: tf.Tensor2D, { gain, offset }: Inhibition): tf.Tensor2D {
  for (const [name, given] of Object.entries({ gain, offset }))
    if (given && String(given.shape) !== String(raw.shape))
      throw new SncError(
        "usage",
        `inhibit, ${name}: expected shape [${raw.shape}], as the activations have, found [${given.shape}]`,
      );
  const scaled = gain ? tf.mul(raw, gain) : raw;
  return (offset ? tf.relu(tf.sub(scaled, offset)) : scaled) as tf.Tensor2D;
}
