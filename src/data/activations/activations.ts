import path from "node:path";
import { cacheFolder, canonicalJson, exists, sha256 } from "../../base/files.js";
import { type Reporter, silent } from "../../base/progress.js";
import { sourceHash } from "../../base/source-hash.js";
import { loadDecoder } from "../../model/decoder.js";
import { loadTokenizer } from "../../model/tokenizer.js";
import type { Profile } from "../../profiles.js";
import { readDocuments, textSources } from "../texts/corpus.js";
import { fetchInputs } from "../texts/fetch.js";
import { inputPath, type Manifest, readManifest, resourceNamed } from "../texts/manifest.js";
import { cutRules, tokenizeSources, writeTokens } from "../texts/tokens.js";
import { recordHash } from "./activation-hash.js";
import {
  type CaptureReadings,
  captureActivations,
  captureReadings,
  capturingBackend,
  layerFile,
  sequencesPerChunk,
} from "./capture.js";

export interface ActivationOptions {
  /** Blocks, from 0; the profile's by default. */
  layers?: number[];
  readings?: Partial<CaptureReadings>;
  /** Start neither npm nor pip. */
  offline?: boolean;
  report?: Reporter;
  signal?: AbortSignal;
}

/** A folder of activations: tokens.arrow and a file for each layer. */
export interface ActivationFolder {
  /** Changes when the vectors do; the folder's name. */
  key: string;
  folder: string;
  layers: { layer: number; file: string; state: "present" | "captured" }[];
}

/**
 * The activations of a profile's model on its texts: files that are there are kept, the others captured, which needs the
 * inputs (fetched unless `offline`). The key holds all that the vectors depend on but the layers: one more adds a file.
 */
export async function ensureActivations(
  profile: Profile,
  { layers = profile.layers, offline, report = silent, signal, ...options }: ActivationOptions = {},
): Promise<ActivationFolder> {
  const manifest = await readManifest();
  const model = { source: inputPath(manifest, profile.model), sha256: pinnedHash(manifest, profile.model) };
  const texts = Object.keys(textSources).map((name) => ({ name, sha256: pinnedHash(manifest, name) }));
  const { trainSequences, testSequences, contextLength } = profile;
  const rules = { trainSequences, testSequences, contextLength, ...cutRules };
  const readings: CaptureReadings = { ...captureReadings, ...options.readings };
  const identity = {
    model: model.sha256,
    texts,
    rules,
    readings,
    sequencesPerChunk,
    backend: await capturingBackend(),
    sources: sourceHash("model/decoder", "model/tokenizer", "data/texts/tokens", "data/activations/capture"),
  };
  const key = sha256(canonicalJson(identity)).slice(0, 16);
  const folder = path.join(cacheFolder(), "activations", key);
  const lacking: number[] = [];
  for (const layer of layers) if (!(await exists(layerFile(folder, layer)))) lacking.push(layer);
  const result: ActivationFolder = {
    key,
    folder,
    layers: layers.map((layer) => ({
      layer,
      file: layerFile(folder, layer),
      state: lacking.includes(layer) ? "captured" : "present",
    })),
  };
  if (lacking.length === 0) return withHashes(result);

  const names = [profile.model, ...texts.map((text) => text.name)];
  await fetchInputs(manifest, { names, offline, report, signal });
  const sources = texts.map(({ name }) => ({ name, read: () => readDocuments(inputPath(manifest, name)) }));
  const tokens = await tokenizeSources(sources, await loadTokenizer(model.source), rules, { report, signal });
  await writeTokens(path.join(folder, "tokens.arrow"), tokens);
  const about = {
    key,
    model: profile.model,
    modelSha256: model.sha256,
    textsSha256: JSON.stringify(Object.fromEntries(texts.map((text) => [text.name, text.sha256]))),
    rules: JSON.stringify(rules),
    backend: JSON.stringify(identity.backend),
  };
  // Block L − 1 would do for resid_pre; asking for one more keeps the check of the layers simple.
  const decoder = await loadDecoder(model.source, { blocks: Math.max(...lacking) + 1 });
  try {
    await captureActivations({ model: decoder, tokens, layers: lacking, folder, readings, about, report, signal });
  } finally {
    decoder.dispose();
  }
  return withHashes(result);
}

/** The same, with the hash of each file beside it, by which a change of the file is seen. */
async function withHashes(captured: ActivationFolder): Promise<ActivationFolder> {
  for (const { file } of captured.layers) await recordHash(file);
  return captured;
}

const pinnedHash = (manifest: Manifest, name: string): string =>
  resourceNamed(manifest, name).hash.replace("sha256:", "");
