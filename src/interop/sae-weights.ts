import { SncError } from "../base/errors.js";
import { openSafetensors } from "../model/safetensors.js";
import { ofUser } from "../model/tensor-file.js";
import { encodeSafetensors, type WrittenTensor } from "../model/write-safetensors.js";
import { namesIn, type SaeWeights, shapesOf, weightNames } from "../sae/params.js";
import { withoutGate } from "./gated.js";
import { readTensors, weightsFrom } from "./read-tensors.js";

/** A factor by feature that SAELens once saved along, though it was 1. */
const factorOfOne = "scaling_factor";

/** The names of θ in SAELens's files: of each feature, or, while a batch's largest are trained, of all. */
export type ThresholdName = "threshold" | "topk_threshold";

/**
 * The weights of a safetensors file as SAELens names them (F32, F16 or BF16): four, and θ where `threshold` names it. Throws an
 * input error unless they fit each other, every number is finite, and nothing else is there that would count.
 */
export async function readSaeWeights(file: string, threshold?: ThresholdName): Promise<SaeWeights> {
  const there = await namesOf(file);
  if (there.includes("alive"))
    throw new SncError(
      "input",
      `${file}: expected tensors ${weightNames.join(", ")} alone, found those of a trained autoencoder, whose features ` +
        "depend on more. Use: loadAutoencoder(file)",
    );
  const names = [...weightNames, ...(threshold ? [threshold] : []), ...there.filter((name) => name === factorOfOne)];
  const [W_enc, b_enc, W_dec, b_dec, ...more] = await readTensors(file, { names });
  const [theta, factor] = threshold ? more : [undefined, ...more];
  if (factor && !factor.data.every((value) => value === 1))
    throw new SncError("input", `${file}: expected no ${factorOfOne} but 1, found others`);
  return weightsFrom(file, { W_enc, b_enc, W_dec, b_dec, ...(theta && { theta }) });
}

/** The weights of a gated autoencoder of SAELens, its gate as θ. Throws as `readSaeWeights` does. */
export async function readGatedWeights(file: string): Promise<SaeWeights> {
  const names = ["W_enc", "b_gate", "r_mag", "b_mag", "W_dec", "b_dec"];
  const [W_enc, b_gate, r_mag, b_mag, W_dec, b_dec] = await readTensors(file, { names });
  return weightsFrom(file, { ...withoutGate({ W_enc, b_gate, r_mag, b_mag }), W_dec, b_dec });
}

async function namesOf(file: string): Promise<string[]> {
  const opened = await ofUser(openSafetensors(file));
  await opened.close();
  return [...opened.tensors.keys()];
}

/** The bytes of SAELens's safetensors file with these weights in float32; θ is its `threshold`. */
export function encodeSaeWeights(weights: SaeWeights): Uint8Array {
  const shapes = shapesOf(weights);
  const tensors: Record<string, WrittenTensor> = {};
  for (const name of namesIn(weights))
    tensors[name === "theta" ? "threshold" : name] = { shape: shapes[name], data: weights[name]! };
  return encodeSafetensors(tensors);
}

/** The shortest and the longest row of W_dec, and whether all are of unit length to 1e-4. */
export function decoderNorms(weights: SaeWeights) {
  const lengths = rowLengths(weights);
  const smallest = lengths.reduce((least, length) => Math.min(least, length), Number.POSITIVE_INFINITY);
  const largest = lengths.reduce((most, length) => Math.max(most, length), 0);
  return { smallest, largest, unit: Math.abs(smallest - 1) < 1e-4 && Math.abs(largest - 1) < 1e-4 };
}

/** L2 norms of the rows of W_dec [d_sae]. */
function rowLengths({ d_in, d_sae, W_dec }: SaeWeights): Float64Array {
  return Float64Array.from({ length: d_sae }, (_, j) => {
    let squares = 0;
    for (let i = 0; i < d_in; i++) squares += W_dec[j * d_in + i] ** 2;
    return Math.sqrt(squares);
  });
}

/** Below this a row of W_dec is not lengthened any more, as in SAELens. */
const shortestRow = 1e-8;

/**
 * The same reconstructions by rows of W_dec of unit length: each feature's activation is multiplied by its row's former length, in
 * its encoder and b_enc. θ stays, as of packages that compare it with activations so multiplied.
 */
export function withUnitRows(weights: SaeWeights): SaeWeights {
  const { d_in, d_sae, W_enc, b_enc, W_dec } = weights;
  const lengths = rowLengths(weights).map((length) => Math.max(length, shortestRow));
  return {
    ...weights,
    W_enc: W_enc.map((weight, at) => weight * lengths[at % d_sae]),
    b_enc: b_enc.map((bias, j) => bias * lengths[j]),
    W_dec: W_dec.map((weight, at) => weight / lengths[Math.floor(at / d_in)]),
  };
}
