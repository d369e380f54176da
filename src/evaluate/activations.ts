import * as tf from "@tensorflow/tfjs";
import { requireWidth } from "../base/checks.js";
import { SncError } from "../base/errors.js";

/** f of a set of tokens, feature by feature: those of feature i at `[i]` [tokens], in the order of the tokens. */
export type FeatureActivations = readonly Float32Array[];

/** Gathers f of some tokens at a time. */
export interface ActivationGathering {
  /** Adds f [batch, d_sae] of the next tokens. Throws a usage error for other widths, and for more tokens than said. */
  add(f: tf.Tensor2D): void;
  /** f of all that were added, which is every token by now. */
  activations(): FeatureActivations;
}

/** Room for f of so many tokens: 4 · d_sae · tokens bytes. */
export function gatherActivations(d_sae: number, tokens: number): ActivationGathering {
  const gathered = Array.from({ length: d_sae }, () => new Float32Array(tokens));
  let at = 0;
  const requireTokens = (expected: string, found: number, fits: boolean): void => {
    if (!fits) throw new SncError("usage", `f: expected ${expected} ${tokens} tokens, found ${found}`);
  };
  return {
    add(f) {
      requireWidth("f", f, d_sae);
      const [rows] = f.shape;
      requireTokens("at most", at + rows, at + rows <= tokens);
      const byFeature = tf.tidy(() => tf.transpose(f)).dataSync<"float32">();
      for (let i = 0; i < d_sae; i++) gathered[i].set(byFeature.subarray(i * rows, (i + 1) * rows), at);
      at += rows;
    },
    activations() {
      requireTokens("all of", at, at === tokens);
      return gathered;
    },
  };
}
