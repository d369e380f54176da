import assert from "node:assert/strict";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import type { Autoencoder } from "../../src/experiment/training/autoencoder.js";
import { openSafetensors } from "../../src/model/safetensors.js";

/** What another package computed from a folder of its own: its case.safetensors. */
export async function foreignCase(folder: string) {
  const file = await openSafetensors(path.join(folder, "case.safetensors"));
  const [tokens, d_in] = file.info("x").shape;
  const [x, features, reconstruction] = await Promise.all(
    ["x", "features", "reconstruction"].map((name) => file.readFloat32(name)),
  );
  await file.close();
  return { tokens, d_in, d_sae: features.length / tokens, x, features, reconstruction };
}

/** How far features and reconstructions of the case's x are from those that the other package computed. */
export async function differencesFrom(sae: Autoencoder, folder: string) {
  const { tokens, d_in, x, features, reconstruction } = await foreignCase(folder);
  const [f, x̂] = tf.tidy(() => {
    const active = sae.features(tf.tensor2d(x, [tokens, d_in]));
    return [active.dataSync<"float32">(), sae.decode(active).dataSync<"float32">()];
  });
  return {
    features: relativeDifference(f, features),
    reconstruction: relativeDifference(x̂, reconstruction),
    /** Mean number of features of a token that fire there. */
    l0: features.filter((value) => value > 0).length / tokens,
  };
}

/** The largest difference, in units of the largest expected value; NaN where there is one. */
export function relativeDifference(found: Float32Array, expected: Float32Array): number {
  assert.equal(found.length, expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0) / largest;
}
