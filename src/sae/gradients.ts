import * as tf from "@tensorflow/tfjs";
import { encode } from "./forward.js";
import { type LossTerms, lossTerms, type ReconstructionLoss, totalLoss } from "./loss.js";
import { type Params, perWeight, type WeightName, weightNames } from "./params.js";

export interface LossAndGradients {
  /** Eq. 7 and its terms before their weights. */
  loss: number;
  terms: LossTerms<number>;
  /** ∂L/∂W per weight, tracked by the caller's scope. */
  gradients: Record<WeightName, tf.Tensor>;
  /** Features of the batch [batch, d_sae], tracked by the caller's scope. */
  f: tf.Tensor2D;
}

/** Eq. 7 on one batch h [batch, d_in] and its gradient by automatic differentiation. */
export function lossAndGradients(
  params: Params,
  h: tf.Tensor2D,
  { lambda1, reconstruction }: { lambda1: number; reconstruction: ReconstructionLoss },
): LossAndGradients {
  let f: tf.Tensor2D | undefined;
  let terms: LossTerms<tf.Scalar> | undefined;
  const objective = (...weights: tf.Tensor[]): tf.Scalar => {
    const p = Object.fromEntries(weightNames.map((name, i) => [name, weights[i]])) as unknown as Params;
    f = encode(p, h);
    terms = lossTerms(p, h, f, reconstruction);
    tf.keep(f);
    for (const term of Object.values(terms)) tf.keep(term);
    return totalLoss(terms, lambda1);
  };
  const { value, grads } = tf.valueAndGrads(objective)(weightNames.map((name) => params[name]));
  return {
    loss: value.dataSync()[0],
    terms: {
      reconstruction: released(terms!.reconstruction).dataSync()[0],
      sparsityPenalty: released(terms!.sparsityPenalty).dataSync()[0],
    },
    gradients: perWeight((name) => grads[weightNames.indexOf(name)]),
    f: released(f!),
  };
}

/** A kept tensor handed to the caller's scope. */
function released<T extends tf.Tensor>(kept: T): T {
  const tracked = kept.clone();
  kept.dispose();
  return tracked;
}
