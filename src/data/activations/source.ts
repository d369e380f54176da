import path from "node:path";
import { cacheFolder, canonicalJson, sha256 } from "../../base/files.js";
import { silent } from "../../base/progress.js";
import { isRecorded, sha256Once } from "../../base/recorded.js";
import { sourceHash } from "../../base/source-hash.js";
import { loadTokenizer } from "../../model/tokenizer/tokenizer.js";
import type { Profile } from "../../profiles.js";
import { type InputsRequest, inputsOf, type ProfileInputs } from "../texts/inputs.js";
import { cutRules, readTokens, writeTokens } from "../texts/tokens.js";
import { type CaptureReadings, captureReadings, capturingBackend } from "./capture.js";
import { openLayerFiles } from "./layer-files.js";
import type { LayerTexts } from "./places.js";
import type { Activations, InputScale, InputScaling } from "./scale.js";
import { openStream } from "./stream.js";

export interface ActivationRequest extends InputsRequest {
  /** Blocks, from 0; the profile's by default. */
  layers?: number[];
  readings?: Partial<CaptureReadings>;
}

/** The activations of a profile's model on its texts, captured as far as a training needs them to begin. */
export interface ActivationSource {
  /** Changes when the vectors do; the folder's name. */
  key: string;
  folder: string;
  /** Where each layer's vectors lie: in a file, or in a folder of pieces. */
  layers: { layer: number; state: "present" | "captured"; file?: string; folder?: string }[];
  /** Changes when what `load` gives does. */
  keyOf(layer: number, inputScale: InputScale): string;
  /** A layer's activations after input scaling (R14). */
  load(layer: number, inputScale: InputScale): Promise<Activations>;
  /** How a layer's vectors are centred and scaled (R14). */
  scaling(layer: number, inputScale: InputScale): Promise<InputScaling>;
  /** The texts behind a layer's vectors; undefined where a file of vectors says nothing of texts, or vectors stream through a buffer. */
  texts?(layer: number): Promise<LayerTexts>;
}

/**
 * Opens the activations of a profile: vectors that are there are kept, the others captured, which needs the inputs (fetched
 * unless `offline`). A profile keeps a file for each layer, or has a buffer that pieces stream through. The key holds all that
 * the vectors depend on but the layers: one more adds to the folder.
 */
export async function openActivations(
  profile: Profile,
  { layers = profile.layers, readings: chosen, report = silent, ...request }: ActivationRequest = {},
): Promise<ActivationSource> {
  const inputs = await inputsOf(profile);
  const readings = { ...captureReadings, ...chosen };
  const tokens = await tokensOf(profile, inputs, { report, ...request });
  const { store = "float32", sequencesPerPass } = profile;
  const backend = await capturingBackend();
  const identity = {
    model: inputs.modelHashes,
    tokens: tokens.key,
    readings,
    sequencesPerPass,
    store,
    backend,
    sources: sourceHash("model/decoder", "data/activations/capture", "data/activations/join"),
  };
  const key = sha256(canonicalJson(identity)).slice(0, 16);
  const folder = path.join(cacheFolder(), "activations", key);
  const about = { key, ...inputs.about, rules: JSON.stringify(tokens.rules), backend: JSON.stringify(backend) };
  const place = { key, folder, about, model: inputs.model, tokens: tokens.read, readings, layers, report, ...request };
  return profile.bufferContexts === undefined ? openLayerFiles(place, profile) : openStream(place, profile);
}

/** The sequences of a profile's texts, encoded once for each texts, tokenizer and size, with a key and by which rules they are cut. */
async function tokensOf(profile: Profile, inputs: ProfileInputs, request: InputsRequest) {
  const { trainSequences, testSequences, contextLength } = profile;
  const rules = { trainSequences, testSequences, contextLength, ...cutRules };
  const sources = sourceHash(inputs.reader, "model/tokenizer/tokenizer");
  const identity = { texts: inputs.texts, model: inputs.modelHashes, rules, sources };
  const known = sha256(canonicalJson(identity)).slice(0, 16);
  const file = path.join(cacheFolder(), "tokens", `${known}.arrow`);
  const ensure = async (): Promise<void> => {
    await inputs.fetch(request);
    if (isRecorded(file)) return;
    await writeTokens(file, await inputs.sequences(await loadTokenizer(inputs.model), rules, request));
  };
  const read = async () => {
    await ensure();
    return readTokens(file);
  };
  if (profile.inputs === "pinned") return { key: known, rules, read };
  await ensure(); // of hundreds of gigabytes only names, sizes and ends are known: what was taken of them says the rest
  return { key: await sha256Once(file), rules, read };
}
