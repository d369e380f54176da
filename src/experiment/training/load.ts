import * as tf from "@tensorflow/tfjs";
import { chooseBackend } from "../../backend/choose.js";
import { SncError } from "../../base/errors.js";
import type { Numbers } from "../../data/activations/batches.js";
import type { InputScaling } from "../../data/activations/scale.js";
import { featuresOf } from "../../features.js";
import { prepareEvaluation } from "../../measure/evaluation.js";
import { type Metrics, reconstructionOf } from "../../measure/metrics.js";
import type { Competition } from "../../method.js";
import { Coactivation } from "../../sae/coactivation.js";
import { decode } from "../../sae/forward.js";
import { type Params, perWeight } from "../../sae/params.js";
import { disposeState, initialState, readParams } from "../../sae/state.js";
import { describedCompetition } from "./competition.js";
import { readTrainingRecord, type TrainingRecord } from "./record.js";
import { readTrainedWeights } from "./weights.js";

/** Measures of `Metrics` that need nothing but the trained autoencoder. */
export type Evaluated = Pick<
  Metrics,
  "reconstructionError" | "fractionVarianceExplained" | "sparsityPenalty" | "l0" | "activeFraction"
>;

/** A finished training, ready to be used: its features are those that its metrics were measured on. */
export interface TrainedAutoencoder {
  record: TrainingRecord;
  /** How h comes from the model's activations x (R14): h = (x − mean) · scale. Undefined where it was trained on others. */
  scaling: InputScaling | undefined;
  /** f of h [batch, d_in] → [batch, d_sae]: encoder, features switched off, competition. The caller disposes it. */
  features(h: tf.Tensor2D): tf.Tensor2D;
  /** ĥ of f [batch, d_sae] → [batch, d_in]. The caller disposes it. */
  decode(f: tf.Tensor2D): tf.Tensor2D;
  /** h of the model's activations x [batch, d_in] → [batch, d_in]. The caller disposes it. */
  scale(x: tf.Tensor2D): tf.Tensor2D;
  /** What metrics.arrow says of a test part h [count · d_in], row after row, as far as features and ĥ decide it. */
  evaluate(h: Numbers): Evaluated;
  /** Frees its weights. */
  dispose(): void;
}

/**
 * Loads the training that a folder holds. `method`: the one that it was trained with, where its competition has a rule that
 * is not this package's. Throws an input error for a folder without a finished training, or with files that have changed.
 */
export async function loadTraining(
  folder: string,
  { method }: { method?: Competition } = {},
): Promise<TrainedAutoencoder> {
  const record = await readTrainingRecord(folder);
  if (!record)
    throw new SncError("input", `${folder}: expected a finished training (run.json), found none. Run: snc train`);
  const competition = method ?? describedCompetition(record.method);
  const { weights, alive, radius, coactivation, scaling, d_in, d_sae } = await readTrainedWeights(folder);
  await chooseBackend();
  const shapes = { W_enc: [d_in, d_sae], b_enc: [d_sae], W_dec: [d_sae, d_in], b_dec: [d_in] };
  const params = perWeight((name) => tf.tensor(weights[name], shapes[name])) as unknown as Params;
  const state = initialState(params, { lambda1: 0, tau: 0, activityWindow: 1, random: [] });
  tf.dispose(Object.values(params));
  Object.assign(state, { alive, radius, coactivation: new Coactivation(d_sae, coactivation) });
  const neighbours = competition.neighbours(state, undefined);
  const requireWidth = (what: string, tensor: tf.Tensor2D, width: number): void => {
    if (tensor.shape[1] !== width)
      throw new SncError("usage", `${what}: expected rows of ${width} numbers, found ${tensor.shape[1]}`);
  };
  return {
    record,
    scaling,
    features(h) {
      requireWidth("h", h, d_in);
      return tf.tidy(() => featuresOf(state, competition, readParams(state), h, neighbours).f);
    },
    decode(f) {
      requireWidth("f", f, d_sae);
      return tf.tidy(() => decode(readParams(state), f));
    },
    scale(x) {
      requireWidth("x", x, d_in);
      if (!scaling)
        throw new SncError(
          "usage",
          `${folder}: expected how its input was scaled, found nothing: it was trained on vectors that were given to it`,
        );
      return tf.tidy(() => tf.mul(tf.sub(x, tf.tensor1d(Float32Array.from(scaling.mean))), scaling.scale));
    },
    evaluate: (h) => reconstructionOf(state, competition, prepareEvaluation(h, d_in)),
    dispose: () => disposeState(state),
  };
}
