import * as tf from "@tensorflow/tfjs";
import type { Observed } from "./method.js";
import {
  type CorrelationReading,
  type Correlations,
  type CorrelationVectors,
  correlated,
  correlationReadings,
  correlationsOf,
} from "./sae/correlation.js";
import type { Params } from "./sae/params.js";

/**
 * What the rules of one step see: its features f [batch, d_sae] and the weights it was computed with. Tensors belong to
 * the caller's scope; what is costly is computed when first asked for, from this step's weights also after Adam.
 */
export function observe(f: tf.Tensor2D, params: Params, reading: CorrelationReading): Observed {
  const [tokens, d_sae] = f.shape;
  const firing = tf.sum(tf.cast(tf.greater(f, 0), "int32"), 0).dataSync<"int32">() as Int32Array;
  const active = firing.reduce((sum, count) => sum + count, 0);
  const { select, penalise } = correlationReadings[reading];
  const correlations = later(select, f, params);
  return {
    f,
    tokens,
    firing,
    activeFraction: active / (tokens * d_sae),
    correlations,
    penalised: penalise === select ? correlations : later(penalise, f, params),
    decoderNorms: once(() => tf.norm(params.W_dec, 2, 1).dataSync<"float32">() as Float32Array),
  };
}

/** Correlations computed when first asked for; vectors made of weights are taken now, before Adam changes these. */
function later(name: CorrelationVectors, f: tf.Tensor2D, params: Params): () => Correlations {
  const { of, vectors } = correlated[name];
  if (of === "f") return once(() => correlationsOf(vectors(f, params)));
  const now = vectors(f, params);
  return once(() => correlationsOf(now));
}

function once<T>(compute: () => T): () => T {
  let value: { of: T } | undefined;
  return () => {
    value ??= { of: compute() };
    return value.of;
  };
}
