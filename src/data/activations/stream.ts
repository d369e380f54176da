import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { cacheFolder, canonicalJson, exists, sha256, sha256OfFile } from "../../base/files.js";
import { gigabytes, type Reporter, silent } from "../../base/progress.js";
import { sourceHash } from "../../base/source-hash.js";
import { loadDecoder } from "../../model/decoder.js";
import { readDecoderConfig } from "../../model/decoder-weights.js";
import { loadTokenizer } from "../../model/tokenizer.js";
import { paper } from "../../paper.js";
import type { Profile } from "../../profiles.js";
import { type LocalInputs, localInputs } from "../texts/local-inputs.js";
import { pileSequences } from "../texts/pile.js";
import { readPileSubsets } from "../texts/published.js";
import { cutRules, readTokens, type TokenSequences, writeTokens } from "../texts/tokens.js";
import type { ActivationOptions } from "./activations.js";
import { type CaptureReadings, captureReadings, capturingBackend } from "./capture.js";
import { capturePieces } from "./capture-pieces.js";
import { type Piece, pieceFile, piecesOf, storedBytes } from "./pieces.js";
import type { Activations, InputScale, InputScaling } from "./scale.js";
import { fillStatistics, inputScalingBy } from "./statistics.js";
import { streamedActivations } from "./test-vectors.js";

/** Activations that are captured as a buffer asks for them, or stored as a whole: what trainings of a profile read. */
export interface ActivationStream {
  /** Changes when the vectors do; the folder's name. */
  key: string;
  folder: string;
  /** A layer's buffer with its first fill, and its test vectors. */
  load(layer: number, inputScale: InputScale): Promise<Activations>;
  /** How a layer's vectors are centred and scaled (R14). */
  scaling(layer: number, inputScale: InputScale): Promise<InputScaling>;
}

/**
 * Opens the stream of a profile that has a buffer: tokenizes its texts where that has not been done, and captures the test
 * part and the first fill, or with `store` everything, for all layers in one pass of the model.
 */
export async function openStream(
  profile: Profile,
  { layers = profile.layers, report = silent, signal, ...options }: ActivationOptions = {},
): Promise<ActivationStream> {
  const inputs = await localInputs(profile);
  const readings: CaptureReadings = { ...captureReadings, ...options.readings };
  const { tokens, tokensSha256 } = await tokensOf(profile, inputs, report, signal);
  const { store = "float32" } = profile;
  const identity = {
    model: modelHashes(profile, inputs),
    tokens: tokensSha256,
    readings,
    sequencesPerPass: paper.modelBatchSize,
    store,
    backend: await capturingBackend(),
    sources: sourceHash("model/decoder", "data/activations/capture-pieces"),
  };
  const key = sha256(canonicalJson(identity)).slice(0, 16);
  const folder = path.join(cacheFolder(), "activations", key);
  const { d_in } = await readDecoderConfig(inputs.modelDir);
  const train = tokens.split.filter((split) => split === 0).length;
  const test = tokens.split.length - train;
  const pieces: [Piece[], Piece[]] = [
    piecesOf(0, 0, train, paper.modelBatchSize),
    piecesOf(1, train, test, paper.modelBatchSize),
  ];
  const half = Math.min(Math.ceil(profile.bufferContexts! / 2), Math.ceil(train / 2));
  const perSequence = tokens.contextLength - (readings.firstPosition === "dropped" ? 1 : 0);

  const capture = (wanted: readonly Piece[], of: readonly number[]): Promise<void> =>
    capturePieces({
      load: () => loadDecoder(inputs.modelDir, { blocks: Math.max(...of) + 1 }),
      ...{ tokens, pieces: wanted, layers: of, folder, readings, store, report, signal },
    });
  const within = (from: number, to: number): Piece[] => pieces[0].filter((piece) => piece.from < to && piece.to > from);
  /** A refill is captured for every layer that is trained on, whoever asks for it. */
  const ensure = async (from: number, to: number): Promise<void> =>
    capture(within(from, to), await layersIn(folder, layers));

  const upFront = profile.store ? pieces[0] : pieces[0].filter((piece) => piece.from < 2 * half);
  const sequences = [...upFront, ...pieces[1]].reduce((sum, { from, to }) => sum + to - from, 0);
  const bytes = sequences * perSequence * d_in * storedBytes(store);
  report.line(
    `activations: ${sequences} sequences in ${store}, ${gigabytes(bytes)} a layer, ` +
      `${gigabytes(bytes * layers.length)} for ${layers.length}, in ${folder}`,
  );
  await writeTokensOnce(path.join(folder, "tokens.arrow"), tokens);
  await capture([...upFront, ...pieces[1]], layers);
  return {
    key,
    folder,
    scaling: async (layer, inputScale) => {
      const of = { folder, layer, d_in, perSequence, pieces };
      return inputScalingBy(await fillStatistics(of, Math.min(train, 2 * half), readings.firstPosition), inputScale);
    },
    load: (layer, inputScale) =>
      streamedActivations({
        ...{ folder, layer, d_in, perSequence, pieces, half, inputScale, ensure },
        isThere: (from, to) => within(from, to).every((piece) => existsSync(pieceFile(folder, layer, piece))),
        sequences: train,
        testSequences: test,
        firstPosition: readings.firstPosition,
      }),
  };
}

const modelHashes = ({ model }: Profile, { hashes }: LocalInputs): Record<string, string> =>
  Object.fromEntries(Object.entries(hashes).filter(([name]) => name.startsWith(`${model}/`)));

/** The layers captured so far in a folder, and those asked for. */
async function layersIn(folder: string, asked: readonly number[]): Promise<number[]> {
  const there = (await readdir(folder)).flatMap((name) => /^layer-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return [...new Set([...there, ...asked])].sort((a, b) => a - b);
}

const writeTokensOnce = async (file: string, tokens: TokenSequences): Promise<void> => {
  if (!(await exists(file))) await writeTokens(file, tokens);
};

/** The sequences of a profile's texts: read and encoded once for each folder, tokenizer and size. */
async function tokensOf(profile: Profile, inputs: LocalInputs, report: Reporter, signal?: AbortSignal) {
  const { trainSequences, testSequences, contextLength } = profile;
  const rules = { trainSequences, testSequences, contextLength, ...cutRules };
  const subsets = await readPileSubsets();
  const identity = {
    pile: inputs.hashes.pile,
    tokenizer: inputs.hashes[`${profile.model}/tokenizer.json`],
    subsets: subsets.map(({ pile_set_name }) => pile_set_name),
    rules,
    sources: sourceHash("data/texts/pile", "model/tokenizer"),
  };
  const file = path.join(cacheFolder(), "tokens", `${sha256(canonicalJson(identity)).slice(0, 16)}.arrow`);
  if (!(await exists(file))) {
    const tokenizer = await loadTokenizer(inputs.modelDir);
    const { pileDir: folder, pileFiles: files } = inputs;
    await writeTokens(file, await pileSequences({ folder, files, subsets, tokenizer, rules, report, signal }));
  }
  return { tokens: await readTokens(file), tokensSha256: await sha256OfFile(file) };
}
