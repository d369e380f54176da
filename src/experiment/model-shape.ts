import path from "node:path";
import { exists } from "../base/files.js";
import { inputPath, readManifest } from "../data/texts/manifest.js";
import { readPaperModel } from "../data/texts/published.js";
import { configOfGguf, configOfJson, type DecoderConfig } from "../model/decoder-config.js";
import { readDecoderConfig } from "../model/decoder-weights.js";
import { openGguf } from "../model/gguf.js";
import type { Profile } from "../profiles.js";
import { rememberedOptions } from "../profiles.js";

/** The shape of a profile's model: the file's or folder's own, or of the paper's model, where it is not there, as published. */
export async function decoderOf(profile: Profile): Promise<DecoderConfig> {
  if (!profile.bufferContexts) {
    const gguf = await openGguf(inputPath(await readManifest(), profile.model));
    await gguf.close();
    return configOfGguf(gguf);
  }
  const { modelDir } = rememberedOptions();
  if (modelDir && (await exists(path.join(modelDir, "config.json")))) return readDecoderConfig(modelDir);
  return configOfJson("gemma-2-2b.json", (await readPaperModel()).config);
}
