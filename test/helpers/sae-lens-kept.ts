import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { writeFileAtomic } from "../../src/base/files.js";
import { type InputScaling, scaleVectors } from "../../src/data/activations/scale.js";
import type { Autoencoder } from "../../src/experiment/training/autoencoder.js";
import type { SaeLensPlace } from "../../src/interop/sae-lens-config.js";
import { exportAutoencoder } from "../../src/interop/sae-lens-export.js";
import { batchTopK, jumpRelu, topK } from "../../src/mechanisms/index.js";
import type { Method } from "../../src/method.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";
import { encode } from "../../src/sae/forward.js";
import { initialParams, type Params } from "../../src/sae/params.js";
import { withOneOff } from "./one-off.js";

/** A model's own activations, and how they become h. */
export interface Vectors extends InputScaling {
  x: Float32Array;
  d_in: number;
}

const [d_sae, tokens, off] = [300, 100, 7];
const place: SaeLensPlace = {
  ...{ modelName: "m", layer: 6, site: "resid_post", contextLength: 128, prependBos: false, firstPosition: 0 },
};

/** How features are kept, and with which thresholds, by the activations before [tokens, d_sae]. */
export const keptBy: Readonly<Record<string, { keep: Method["keep"]; theta?(a: Float32Array): Float32Array }>> = {
  topK: { keep: topK({ k: 20 }) },
  jumpRelu: { keep: jumpRelu(), theta: (a) => Float32Array.from({ length: d_sae }, (_, j) => inGap(columnOf(a, j))) },
  batchTopK: { keep: batchTopK({ k: 20 }), theta: (a) => new Float32Array(d_sae).fill(inGap(a)) },
};

const columnOf = (a: Float32Array, j: number): Float32Array =>
  Float32Array.from({ length: tokens }, (_, t) => a[t * d_sae + j]);

/** The middle of the widest gap between the values of the upper half that are above 0: rounding passes no value over it. */
function inGap(values: Float32Array): number {
  const sorted = values.filter((value) => value > 0).sort();
  let at = Math.floor(sorted.length / 2);
  for (let i = at; i + 1 < sorted.length * 0.9; i++)
    if (sorted[i + 1] - sorted[i] > sorted[at + 1] - sorted[at]) at = i;
  return sorted.length < 4 ? 0 : (sorted[at] + sorted[at + 1]) / 2;
}

/**
 * Random features of real activations, kept by this rule, one of them switched off: exported, with a case of what this package
 * makes of them, taken back to the model's own scale.
 */
export async function keptCase(rule: string, folder: string, { x, d_in, ...scaling }: Vectors) {
  const raw = x.slice(0, tokens * d_in);
  const caseFile = path.join(folder, "case.safetensors");
  const sae = withThresholds(rule, raw, d_in, scaling);
  const exported = await exportAutoencoder(sae, { folder, place });
  const [f, x̂] = tf.tidy(() => {
    const active = sae.features(sae.scale(tf.tensor2d(raw, [tokens, d_in])));
    return [active.dataSync<"float32">(), sae.unscale(sae.decode(active)).dataSync<"float32">()];
  });
  sae.dispose();
  const tensors = {
    x: { shape: [tokens, d_in], data: raw },
    features: { shape: [tokens, d_sae], data: f.map((value) => value / scaling.scale) },
    reconstruction: { shape: [tokens, d_in], data: x̂.slice() },
  };
  await writeFileAtomic(caseFile, encodeSafetensors(tensors));
  return { exported, caseFile, l0: f.filter((value) => value > 0).length / tokens };
}

function withThresholds(rule: string, raw: Float32Array, d_in: number, scaling: InputScaling): Autoencoder {
  const { keep, theta } = keptBy[rule];
  const initial = initialParams(d_in, d_sae, 5);
  const thresholds = theta?.(
    tf.tidy(() =>
      encode(initial, tf.tensor2d(scaleVectors(raw, scaling), [tokens, d_in]))
        .dataSync<"float32">()
        .slice(),
    ),
  );
  const params: Params = { ...initial, ...(thresholds && { theta: tf.tensor1d(thresholds) }) };
  return withOneOff(params, { keep, scaling, off });
}
