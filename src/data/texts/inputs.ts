import type { Reporter } from "../../base/progress.js";
import type { Tokenizer } from "../../model/tokenizer/tokenizer.js";
import type { Profile } from "../../profiles.js";
import { readDocuments, textSources } from "./corpus.js";
import { fetchInputs } from "./fetch.js";
import { localInputs } from "./local-inputs.js";
import { inputPath, readManifest, resourceNamed } from "./manifest.js";
import { pileSequences } from "./pile.js";
import { readPileSubsets } from "./published.js";
import { type CutRules, type TokenSequences, tokenizeSources } from "./tokens.js";

/** What may be asked for while inputs are made ready. */
export interface InputsRequest {
  /** Start neither npm nor pip. */
  offline?: boolean;
  report?: Reporter;
  signal?: AbortSignal;
}

/** The model and the texts of a profile, wherever they come from. */
export interface ProfileInputs {
  /** For a result set: the hash of every input by its name. */
  hashes: Record<string, string>;
  /** The model's file or folder, and sha256 of its files by name. */
  model: string;
  modelHashes: Record<string, string>;
  /** What the texts are, as far as it is known before they are read; and the module that reads them. */
  texts: Record<string, unknown>;
  reader: "data/texts/tokens" | "data/texts/pile";
  /** What files made of them say of where they are from. */
  about: Record<string, string>;
  /** Makes present what is missing, where that can be fetched. */
  fetch(request: InputsRequest): Promise<void>;
  /** The texts' sequences, those for training before those for testing of each source or of all. */
  sequences(tokenizer: Tokenizer, rules: CutRules, request: InputsRequest): Promise<TokenSequences>;
}

/** The inputs of a profile: pinned packages, or folders that a user has put on this machine. */
export const inputsOf = (profile: Profile): Promise<ProfileInputs> =>
  profile.inputs === "pinned" ? pinnedInputs(profile) : inputsOfFolders(profile);

async function pinnedInputs({ model }: Profile): Promise<ProfileInputs> {
  const manifest = await readManifest();
  const sha256 = (name: string): string => resourceNamed(manifest, name).hash.replace("sha256:", "");
  const names = Object.keys(textSources);
  const texts = Object.fromEntries(names.map((name) => [name, sha256(name)]));
  return {
    hashes: Object.fromEntries(manifest.resources.map((resource) => [resource.name, resource.hash])),
    model: inputPath(manifest, model),
    modelHashes: { [model]: sha256(model) },
    texts,
    reader: "data/texts/tokens",
    about: { model, modelSha256: sha256(model), textsSha256: JSON.stringify(texts) },
    async fetch(request) {
      await fetchInputs(manifest, { names: [model, ...names], ...request });
    },
    sequences(tokenizer, rules, request) {
      const sources = names.map((name) => ({ name, read: () => readDocuments(inputPath(manifest, name)) }));
      return tokenizeSources(sources, tokenizer, rules, request);
    },
  };
}

async function inputsOfFolders(profile: Profile): Promise<ProfileInputs> {
  const { modelDir, pileDir: folder, pileFiles: files, hashes } = await localInputs(profile);
  const subsets = await readPileSubsets();
  return {
    hashes,
    model: modelDir,
    modelHashes: Object.fromEntries(Object.entries(hashes).filter(([name]) => name.startsWith(`${profile.model}/`))),
    texts: { pile: hashes.pile, subsets: subsets.map(({ pile_set_name }) => pile_set_name) },
    reader: "data/texts/pile",
    about: { model: profile.model },
    async fetch() {}, // they are there, or localInputs has said what lacks
    sequences: (tokenizer, rules, request) => pileSequences({ folder, files, subsets, tokenizer, rules, ...request }),
  };
}
