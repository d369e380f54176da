import path from "node:path";
import { SncError } from "../base/errors.js";
import { readJson, writeFileAtomic, writeJson } from "../base/files.js";
import type { SaeWeights } from "../sae/params.js";
import { biasOfCentredEncoder } from "./raw-input.js";
import { parseSaeLensConfig, type SaeLensConfig, type SaeLensPlace, saeLensConfig } from "./sae-lens-config.js";
import { encodeSaeWeights, readSaeWeights } from "./sae-weights.js";

/** The names that SAELens looks for in a folder. */
const configName = "cfg.json";
const weightsName = "sae_weights.safetensors";

/** Writes a folder that SAELens loads, of weights for raw activations; `about` goes into its metadata. */
export async function writeSaeLens(
  folder: string,
  weights: SaeWeights,
  place: SaeLensPlace,
  about: Record<string, unknown>,
): Promise<void> {
  await writeFileAtomic(path.join(folder, weightsName), encodeSaeWeights(weights));
  await writeJson(path.join(folder, configName), saeLensConfig(weights, place, about)); // last: it says that all is there
}

/** An autoencoder as SAELens saved it. */
export interface SaeLensFolder {
  /** For raw activations, with an encoder that takes x − b_dec, as here. */
  weights: SaeWeights;
  config: SaeLensConfig;
}

/** Reads a folder that SAELens, of any version, has saved. Throws an input error for what is not a standard autoencoder. */
export async function readSaeLens(folder: string): Promise<SaeLensFolder> {
  const [configFile, weightsFile] = [path.join(folder, configName), path.join(folder, weightsName)];
  const content = await readJson(configFile).catch((error: Error) => {
    throw new SncError("input", `${configFile}: expected the cfg.json of SAELens, found: ${error.message}`, {
      cause: error,
    });
  });
  const config = parseSaeLensConfig(configFile, content);
  const weights = await readSaeWeights(weightsFile);
  for (const name of ["d_in", "d_sae"] as const)
    if (weights[name] !== config[name])
      throw new SncError("input", `${weightsFile}: expected ${name} = ${config[name]}, found ${weights[name]}`);
  const b_enc = config.centred ? weights.b_enc : biasOfCentredEncoder(weights);
  return { weights: { ...weights, b_enc }, config };
}
