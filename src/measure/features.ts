import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import type { Method } from "../method.js";
import { firingFrequency, readWeights, type TrainState } from "../sae/state.js";
import { type Evaluation, sumOverTest } from "./evaluation.js";

/** What is measured of each feature at the end; one row of features.arrow. */
export interface FeatureRow {
  feature: number;
  importance: number | null;
  /** 1, or 0 where a rule has switched the feature off. */
  alive: number;
  /** Share of tokens on which it fires: in the window of §5.3, and in the test part. */
  windowFrequency: number;
  testFrequency: number;
  /** Over the test tokens on which it fires; null where there are none. */
  meanActivation: number | null;
  maxActivation: number;
  encoderNorm: number;
  encoderBias: number;
}

/** Measures every feature at the end of a training. */
export function measureFeatures(s: TrainState, m: Method, evaluation: Evaluation): FeatureRow[] {
  const { activation, firing, largest } = sumOverTest(s, m, evaluation);
  return scoped(() => {
    const params = readWeights(s);
    const encoderNorm = tf.norm(params.W_enc, 2, 0).dataSync();
    const encoderBias = params.b_enc.dataSync();
    return Array.from(firingFrequency(s.activity), (windowFrequency, i) => ({
      feature: i,
      importance: s.importance?.[i] ?? null,
      alive: s.alive[i],
      windowFrequency,
      testFrequency: firing[i] / evaluation.count,
      meanActivation: firing[i] > 0 ? activation[i] / firing[i] : null,
      maxActivation: largest[i],
      encoderNorm: encoderNorm[i],
      encoderBias: encoderBias[i],
    }));
  });
}
