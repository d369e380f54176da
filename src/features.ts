import * as tf from "@tensorflow/tfjs";
import type { Competition } from "./method.js";
import { encodeAlive } from "./sae/forward.js";
import type { Forward } from "./sae/gradients.js";
import { applyInhibition, type Neighbours, requireNeighbours } from "./sae/inhibition.js";
import type { Params } from "./sae/params.js";
import type { TrainState } from "./sae/state.js";

/** For what features are computed. */
interface FeatureOptions {
  /** Who competes depends on the state alone: who asks for many batches of one state gives it. */
  neighbours?: Neighbours;
  /** For a step; else to be measured or used. */
  training?: boolean;
}

/**
 * The features of h under a run's method [batch, d_in] → [batch, d_sae], with the competition that made them (§4.2) and what was
 * kept of it.
 */
export function featuresOf(
  s: TrainState,
  m: Competition,
  params: Params,
  h: tf.Tensor2D,
  { neighbours = neighboursOf(s, m), training = false }: FeatureOptions = {},
): Forward {
  const alive = tf.tensor1d(s.alive);
  const { r, z } = encodeAlive(params, h, alive);
  const inhibition = m.inhibit(s, { raw: r, neighbours });
  const a = applyInhibition(r, inhibition);
  return { r, inhibition, alive, ...m.keep(s, { a, z, alive, theta: params.theta, training }) };
}

/** Who competes with whom in this state (§4.2). Throws a usage error where a rule names features that there are not. */
export const neighboursOf = (s: TrainState, m: Competition): Neighbours =>
  requireNeighbours(m.neighbours(s, undefined), s.alive.length);
