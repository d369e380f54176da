import { readdir } from "node:fs/promises";
import path from "node:path";
import { gigabytes } from "../../base/progress.js";
import { isRecorded } from "../../base/recorded.js";
import { loadDecoder } from "../../model/decoder.js";
import { readDecoderConfig } from "../../model/decoder-weights.js";
import type { Profile } from "../../profiles.js";
import { splits, writeTokens } from "../texts/tokens.js";
import { capturePieces, requireLayers } from "./capture.js";
import { layerFolder, type Piece, pieceFile, piecesOf, storedBytes } from "./pieces.js";
import type { ActivationPlace } from "./place.js";
import type { InputScale } from "./scale.js";
import { fillStatistics, inputScalingBy } from "./statistics.js";
import { streamedActivations } from "./test-vectors.js";

/**
 * Activations in pieces that a buffer asks for while training, or with the profile's `store` captured as a whole: captures
 * the test part and the first fill, or everything, for all layers in one pass of the model.
 */
export async function openStream(place: ActivationPlace, profile: Profile) {
  const { key, folder, layers, readings, report, signal } = place;
  const { store = "float32", sequencesPerPass } = profile;
  const tokens = await place.tokens();
  const { d_in, blocks } = await readDecoderConfig(place.model);
  requireLayers(layers, blocks);
  const train = tokens.split.filter((split) => split === 0).length;
  const test = tokens.split.length - train;
  const pieces: [Piece[], Piece[]] = [
    piecesOf(`${splits[0]}-`, 0, train, sequencesPerPass),
    piecesOf(`${splits[1]}-`, train, test, sequencesPerPass),
  ];
  const half = Math.min(Math.ceil(profile.bufferContexts! / 2), Math.ceil(train / 2));
  const perSequence = tokens.contextLength - (readings.firstPosition === "dropped" ? 1 : 0);

  const capture = async (wanted: readonly Piece[], of: readonly number[]): Promise<void> => {
    let model: Awaited<ReturnType<typeof loadDecoder>> | undefined;
    try {
      await capturePieces({
        model: async () => {
          model = await loadDecoder(place.model, { blocks: Math.max(...of) + 1 });
          return model;
        },
        ...{ tokens, pieces: wanted, layers: of, readings, store, report, signal },
        folderOf: (layer) => layerFolder(folder, layer),
      });
    } finally {
      model?.dispose();
    }
  };
  const within = (from: number, to: number): Piece[] => pieces[0].filter((piece) => piece.from < to && piece.to > from);
  const isThere = (layer: number, wanted: readonly Piece[]): boolean =>
    wanted.every((piece) => isRecorded(pieceFile(layerFolder(folder, layer), piece)));

  const upFront = [...(profile.store ? pieces[0] : pieces[0].filter((piece) => piece.from < 2 * half)), ...pieces[1]];
  const lacking = layers.filter((layer) => !isThere(layer, upFront));
  const sequences = upFront.reduce((sum, { from, to }) => sum + to - from, 0);
  const bytes = sequences * perSequence * d_in * storedBytes(store);
  report.line(
    `activations: ${sequences} sequences in ${store}, ${gigabytes(bytes)} a layer, ` +
      `${gigabytes(bytes * layers.length)} for ${layers.length}, in ${folder}`,
  );
  const tokensFile = path.join(folder, "tokens.arrow");
  if (!isRecorded(tokensFile)) await writeTokens(tokensFile, tokens);
  if (lacking.length > 0) await capture(upFront, layers);
  return {
    key,
    folder,
    layers: layers.map((layer) => {
      const state = lacking.includes(layer) ? ("captured" as const) : ("present" as const);
      return { layer, state, folder: layerFolder(folder, layer) };
    }),
    keyOf: (layer: number, inputScale: InputScale) =>
      `${key}/layer-${layer}/${inputScale}/buffer-${profile.bufferContexts}`,
    scaling: async (layer: number, inputScale: InputScale) => {
      const of = { folder, layer, d_in, perSequence, pieces };
      return inputScalingBy(await fillStatistics(of, Math.min(train, 2 * half), readings.firstPosition), inputScale);
    },
    load: (layer: number, inputScale: InputScale) =>
      streamedActivations({
        ...{ folder, layer, d_in, perSequence, pieces, half, inputScale },
        isThere: (from, to) => isThere(layer, within(from, to)),
        /** A refill is captured for every layer that is trained on, whoever asks for it. */
        ensure: async (from, to) => capture(within(from, to), await layersIn(folder, layers)),
        sequences: train,
        testSequences: test,
        firstPosition: readings.firstPosition,
      }),
  };
}

/** The layers captured so far in a folder, and those asked for. */
async function layersIn(folder: string, asked: readonly number[]): Promise<number[]> {
  const there = (await readdir(folder)).flatMap((name) => /^layer-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return [...new Set([...there, ...asked])].sort((a, b) => a - b);
}
