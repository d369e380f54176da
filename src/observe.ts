import * as tf from "@tensorflow/tfjs";
import { once } from "./base/once.js";
import type { Observed } from "./method.js";
import { type FromFired, wayFromFired } from "./sae/correlations/co-firing.js";
import {
  type CorrelationReading,
  type CorrelationVectors,
  correlated,
  correlationReadings,
} from "./sae/correlations/correlation.js";
import { countFiring } from "./sae/correlations/firing.js";
import { type Correlations, correlationsOf } from "./sae/correlations/selection.js";
import type { Params } from "./sae/params.js";

/**
 * What the rules of one step see: its features f [batch, d_sae] and the weights it was computed with. Tensors belong to
 * the caller's scope; what is costly is computed when first asked for, from this step's weights also after Adam.
 */
export function observe(f: tf.Tensor2D, params: Params, reading: CorrelationReading): Observed {
  const [tokens, d_sae] = f.shape;
  const values = f.dataSync<"float32">() as Float32Array;
  const { firing, squares, l0 } = countFiring(values, d_sae);
  const { select, penalise } = correlationReadings[reading];
  const fromFired = wayFromFired(l0, d_sae);
  const correlations = later(select, f, params, { values, squares }, fromFired);
  return {
    f,
    values,
    tokens,
    firing,
    squares,
    activeFraction: l0.reduce((sum, count) => sum + count, 0) / values.length,
    correlations,
    penalised: penalise === select ? correlations : later(penalise, f, params, { values, squares }, fromFired),
    decoderNorms: once(() => tf.norm(params.W_dec, 2, 1).dataSync<"float32">() as Float32Array),
  };
}

/**
 * Correlations computed when first asked for, from f as read back where its columns are only divided; vectors made of weights
 * are taken now, before Adam changes these.
 */
function later(
  name: CorrelationVectors,
  f: tf.Tensor2D,
  params: Params,
  { values, squares }: { values: Float32Array; squares: Float64Array },
  fromFired: FromFired | undefined,
): () => Correlations {
  const { of, vectors, divisors } = correlated[name];
  const [tokens, d_sae] = f.shape;
  if (fromFired && divisors) return once(() => fromFired(values, d_sae, divisors(squares, tokens)));
  if (of === "f") return once(() => correlationsOf(vectors(f, params).X));
  const now = vectors(f, params).X;
  return once(() => correlationsOf(now));
}
