import * as tf from "@tensorflow/tfjs";
import { encode } from "./forward.js";
import { applyInhibition, type Inhibition } from "./inhibition.js";
import { type LossTerms, lossTerms, type Objective, totalLoss } from "./loss.js";
import { type Params, perWeight, type WeightName, weightNames } from "./params.js";

/** What of the step is fixed when Eq. 7 is differentiated. */
export interface Fixed {
  objective: Objective;
  inhibition: Inhibition;
  /** 1, or 0 where a feature is switched off [d_sae]. */
  alive: tf.Tensor1D;
}

export interface LossAndGradients {
  /** Eq. 7 and its terms before their weights. */
  loss: number;
  terms: LossTerms<number>;
  /** ∂L/∂W per weight, tracked by the caller's scope. */
  gradients: Record<WeightName, tf.Tensor>;
}

/** Eq. 7 on one batch h [batch, d_in] and its gradient by automatic differentiation. */
export function lossAndGradients(params: Params, h: tf.Tensor2D, fixed: Fixed): LossAndGradients {
  let terms: LossTerms<tf.Scalar> | undefined;
  const objective = (...weights: tf.Tensor[]): tf.Scalar => {
    const p = Object.fromEntries(weightNames.map((name, i) => [name, weights[i]])) as unknown as Params;
    const raw = tf.mul(encode(p, h), fixed.alive) as tf.Tensor2D;
    terms = lossTerms(p, h, applyInhibition(raw, fixed.inhibition), fixed.objective);
    for (const term of Object.values(terms)) tf.keep(term);
    return totalLoss(terms, fixed.objective);
  };
  const { value, grads } = tf.valueAndGrads(objective)(weightNames.map((name) => params[name]));
  return {
    loss: value.dataSync()[0],
    terms: {
      reconstruction: released(terms!.reconstruction),
      sparsityPenalty: released(terms!.sparsityPenalty),
      orthogonalityPenalty: released(terms!.orthogonalityPenalty),
    },
    gradients: perWeight((name) => grads[weightNames.indexOf(name)]),
  };
}

/** A kept number, read and freed. */
function released(kept: tf.Scalar): number {
  const [value] = kept.dataSync();
  kept.dispose();
  return value;
}
