import path from "node:path";
import { SncError } from "../base/errors.js";
import { readJson, writeFileAtomic, writeJson } from "../base/files.js";
import { jumpRelu, keepAll, topK } from "../mechanisms/index.js";
import type { SaeWeights } from "../sae/params.js";
import type { ForeignAutoencoder } from "./foreign.js";
import { biasOfCentredEncoder } from "./raw-input.js";
import {
  parseSaeLensConfig,
  type SaeLensArchitecture,
  type SaeLensConfig,
  type SaeLensPlace,
  saeLensConfig,
  thresholdOf,
} from "./sae-lens-config.js";
import { encodeSaeWeights, readGatedWeights, readSaeWeights, withUnitRows } from "./sae-weights.js";

/** The names that SAELens looks for in a folder. */
export const saeLensConfigName = "cfg.json";
const weightsName = "sae_weights.safetensors";

/**
 * Writes a folder that SAELens loads, of weights for raw activations; `about` goes into its metadata. Without an architecture it is
 * `jumprelu` where the weights have θ, else `standard`.
 */
export async function writeSaeLens(
  folder: string,
  weights: SaeWeights,
  place: SaeLensPlace,
  about: Record<string, unknown>,
  architecture: SaeLensArchitecture = { architecture: weights.theta ? "jumprelu" : "standard" },
): Promise<void> {
  await writeFileAtomic(path.join(folder, weightsName), encodeSaeWeights(weights));
  const config = saeLensConfig(weights, architecture, place, about);
  await writeJson(path.join(folder, saeLensConfigName), config); // last: it says that all is there
}

/** An autoencoder as SAELens saved it. */
export interface SaeLensFolder extends ForeignAutoencoder {
  config: SaeLensConfig;
}

/**
 * Reads a folder that SAELens, of any version, has saved: `standard`, `topk`, `jumprelu`, `gated`, and `batchtopk` and `matryoshka_batchtopk`
 * from before they were saved for inference, with the threshold that they then get. Throws an input error for others.
 */
export async function readSaeLens(folder: string): Promise<SaeLensFolder> {
  const [configFile, weightsFile] = [path.join(folder, saeLensConfigName), path.join(folder, weightsName)];
  const content = await readJson(configFile).catch((error: Error) => {
    throw new SncError("input", `${configFile}: expected the cfg.json of SAELens, found: ${error.message}`, {
      cause: error,
    });
  });
  const config = parseSaeLensConfig(configFile, content);
  const { architecture, k, byDecoderNorm, centred, version, modelName: model, hookName: hook } = config;
  const read =
    architecture === "gated"
      ? await readGatedWeights(weightsFile)
      : await readSaeWeights(weightsFile, thresholdOf(config));
  for (const name of ["d_in", "d_sae"] as const)
    if (read[name] !== config[name])
      throw new SncError("input", `${weightsFile}: expected ${name} = ${config[name]}, found ${read[name]}`);
  const uncentred = byDecoderNorm ? withUnitRows(read) : read;
  const weights = centred ? uncentred : { ...uncentred, b_enc: biasOfCentredEncoder(uncentred) };
  const keep = k !== undefined ? topK({ k }) : weights.theta ? jumpRelu() : keepAll;
  return { weights, keep, from: `SAELens ${version ?? "before 6"}`, kind: architecture, model, hook, config };
}
