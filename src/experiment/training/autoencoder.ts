import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../backend/ops.js";
import { requireFiniteRows, requireWidth } from "../../base/checks.js";
import { SncError } from "../../base/errors.js";
import type { Numbers } from "../../data/activations/batches.js";
import type { InputScaling } from "../../data/activations/scale.js";
import { featuresOf, neighboursOf } from "../../features.js";
import { prepareEvaluation } from "../../measure/evaluation.js";
import { type Metrics, reconstructionOf } from "../../measure/metrics.js";
import type { Competition } from "../../method.js";
import { Coactivation } from "../../sae/coactivation.js";
import { decode } from "../../sae/forward.js";
import { type Params, paramsOf, type SaeWeights, weightsOf, withTheta } from "../../sae/params.js";
import { disposeState, initialState, readParams, readWeights, type TrainState } from "../../sae/state.js";
import { type DescribedCompetition, describeCompetition, type TrainedWeights } from "./weights.js";

/** Measures of `Metrics` that need nothing but the trained autoencoder. */
export type Evaluated = Pick<
  Metrics,
  "reconstructionError" | "fractionVarianceExplained" | "sparsityPenalty" | "l0" | "activeFraction"
>;

/** An autoencoder ready to be used: its features are those that training and measurements see. */
export interface Autoencoder {
  readonly d_in: number;
  readonly d_sae: number;
  /** 1, or 0 where a feature is switched off [d_sae]; not to be changed. */
  readonly alive: Float32Array;
  /** The rules of its competition (§4.2), as `describe` prints them. */
  readonly competition: DescribedCompetition;
  /** How h comes from the model's activations x (R14): h = (x − mean) · scale. Undefined where that is not known. */
  readonly scaling: InputScaling | undefined;
  /** f of h [batch, d_in] → [batch, d_sae], ≥ 0: encoder, features switched off, competition. The caller disposes it. */
  features(h: tf.Tensor2D): tf.Tensor2D;
  /** ĥ of f [batch, d_sae] → [batch, d_in]. The caller disposes it. */
  decode(f: tf.Tensor2D): tf.Tensor2D;
  /** h of the model's activations x [batch, d_in] → [batch, d_in]. The caller disposes it. */
  scale(x: tf.Tensor2D): tf.Tensor2D;
  /** x of h, such as of reconstructions [batch, d_in] → [batch, d_in]. The caller disposes it. */
  unscale(h: tf.Tensor2D): tf.Tensor2D;
  /** What metrics.arrow says of a test part h [count · d_in], row after row, as far as features and ĥ decide it. */
  evaluate(h: Numbers): Evaluated;
  /** Its weights as numbers, θ among them where it has thresholds; features switched off are off by these alone. The competition is not in them. */
  weights(): SaeWeights;
  /** Frees its weights. */
  dispose(): void;
}

/** What an autoencoder is told beside its state: how h came from the model's activations. */
export interface AutoencoderOptions {
  scaling?: InputScaling;
}

/**
 * The autoencoder of a training's state as it stands, copied: going on with the training does not change it. `method` is the one
 * it is trained with. Who competes is as in the last step: before the first, nobody does. A rule of one's own may read alive, r
 * and H of the state for its features to come back from a file, and nothing else.
 */
export function autoencoderOf(
  state: TrainState,
  method: Competition,
  { scaling }: AutoencoderOptions = {},
): Autoencoder {
  const { alive, radius, coactivation, threshold } = state;
  const stored = readWeights(state);
  const params = threshold === undefined ? stored : withTheta(stored, threshold);
  const copied = inferenceState(params, { alive, radius, coactivation: coactivation.values() });
  tf.dispose(Object.values(params));
  return ready(copied, method, "this autoencoder", scaling);
}

/** The autoencoder that a file or folder holds; `from` names it in errors. The backend has been chosen. */
export function autoencoderFrom(stored: TrainedWeights, method: Competition, from: string): Autoencoder {
  const { d_in, d_sae, weights, scaling } = stored;
  const params = paramsOf({ d_in, d_sae, ...weights });
  const state = inferenceState(params, stored);
  tf.dispose(Object.values(params));
  return ready(state, method, from, scaling);
}

function inferenceState(
  params: Params,
  { alive, radius, coactivation }: Pick<TrainedWeights, "alive" | "radius" | "coactivation">,
): TrainState {
  const state = initialState(params, { activityWindow: 1, random: [1, 0, 0, 0] }); // takes no step
  return Object.assign(state, {
    alive: alive.slice(),
    radius: radius.slice(),
    coactivation: new Coactivation(alive.length, coactivation.slice()),
  });
}

function ready(state: TrainState, method: Competition, from: string, scaling: InputScaling | undefined): Autoencoder {
  const [d_in, d_sae] = state.params.W_enc.shape;
  const neighbours = neighboursOf(state, method);
  const known = (): InputScaling => {
    if (scaling) return scaling;
    throw new SncError(
      "usage",
      `${from}: expected how its input was scaled, found nothing: it was trained on vectors that were given to it`,
    );
  };
  const centre = ({ mean }: InputScaling) => tf.tensor1d(Float32Array.from(mean));
  return {
    ...{ d_in, d_sae, alive: state.alive, competition: describeCompetition(method), scaling },
    features(h) {
      requireWidth("h", h, d_in);
      requireFiniteRows("h", h.dataSync(), d_in);
      return tf.tidy(() => featuresOf(state, method, readWeights(state), h, { neighbours }).f);
    },
    decode: (f) => tf.tidy(() => decode(readWeights(state), f)),
    scale(x) {
      requireWidth("x", x, d_in);
      const scaling = known();
      return tf.tidy(() => tf.mul(tf.sub(x, centre(scaling)), scaling.scale));
    },
    unscale(h) {
      requireWidth("h", h, d_in);
      const scaling = known();
      return tf.tidy(() => tf.add(tf.div(h, scaling.scale), centre(scaling)));
    },
    evaluate: (h) => reconstructionOf(state, method, prepareEvaluation(h, d_in)),
    weights: () => scoped(() => weightsOf(readParams(state))),
    dispose: () => disposeState(state),
  };
}
