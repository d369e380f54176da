import * as tf from "@tensorflow/tfjs";
import type { Observed } from "./method.js";
import {
  type CorrelationReading,
  type CorrelationVectors,
  correlated,
  correlationReadings,
} from "./sae/correlation.js";
import type { Params } from "./sae/params.js";
import { type Correlations, correlationsOf } from "./sae/selection.js";

/**
 * What the rules of one step see: its features f [batch, d_sae] and the weights it was computed with. Tensors belong to
 * the caller's scope; what is costly is computed when first asked for, from this step's weights also after Adam.
 */
export function observe(f: tf.Tensor2D, params: Params, reading: CorrelationReading): Observed {
  const [tokens, d_sae] = f.shape;
  const values = f.dataSync<"float32">() as Float32Array;
  const firing = new Int32Array(d_sae);
  for (let at = 0; at < values.length; ) for (let i = 0; i < d_sae; i++, at++) if (values[at] > 0) firing[i]++;
  const active = firing.reduce((sum, count) => sum + count, 0);
  const { select, penalise } = correlationReadings[reading];
  const correlations = later(select, f, params);
  return {
    f,
    values,
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
