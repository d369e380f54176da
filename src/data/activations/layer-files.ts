import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { throwIfStopped } from "../../base/errors.js";
import { type Reporter, silent } from "../../base/progress.js";
import { isRecorded, recordHash } from "../../base/recorded.js";
import { loadDecoder } from "../../model/decoder.js";
import type { Profile } from "../../profiles.js";
import { type TokenSequences, writeTokens } from "../texts/tokens.js";
import { loadActivations } from "./activation-file.js";
import { type Captured, type CaptureReadings, capturePieces, captureReadings, requireLayers } from "./capture.js";
import { joinPieces } from "./join.js";
import { pieceFile, piecesOf } from "./pieces.js";
import type { ActivationPlace } from "./place.js";
import { readPlaces } from "./places.js";
import { type InputScale, inputScalingOf, scaled } from "./scale.js";

/** A layer's file in a folder of activations. */
export const layerFile = (folder: string, layer: number): string => path.join(folder, `layer-${layer}.arrow`);

const piecesFolder = (folder: string, layer: number): string => path.join(folder, `layer-${layer}.pieces`);

/** Activations as a file for each layer, all of which is in memory while a training reads it; those that lack are captured. */
export async function openLayerFiles(place: ActivationPlace, { sequencesPerPass }: Profile) {
  const { key, folder, readings, about, report, signal } = place;
  const lacking: number[] = [];
  for (const layer of place.layers) if (!isRecorded(layerFile(folder, layer))) lacking.push(layer);
  if (lacking.length > 0) {
    const tokens = await place.tokens();
    await writeTokens(path.join(folder, "tokens.arrow"), tokens);
    // Block L − 1 would do for resid_pre; asking for one more keeps the check of the layers simple.
    const model = await loadDecoder(place.model, { blocks: Math.max(...lacking) + 1 });
    try {
      const how = { sequencesPerPass, readings, about, report, signal };
      await captureLayerFiles({ model, tokens, layers: lacking, folder, ...how });
    } finally {
      model.dispose();
    }
  }
  return {
    key,
    folder,
    layers: place.layers.map((layer) => {
      const state = lacking.includes(layer) ? ("captured" as const) : ("present" as const);
      return { layer, state, file: layerFile(folder, layer) };
    }),
    keyOf: (layer: number, inputScale: InputScale) => `${key}/layer-${layer}/${inputScale}`,
    async load(layer: number, inputScale: InputScale) {
      return scaled(await loadActivations(layerFile(folder, layer)), inputScale);
    },
    scaling: async (layer: number, inputScale: InputScale) =>
      inputScalingOf(await loadActivations(layerFile(folder, layer)), inputScale),
    async texts(layer: number) {
      const [train, test] = await readPlaces(layerFile(folder, layer));
      return { model: place.model, tokens: await place.tokens(), train, test };
    },
  };
}

export interface LayerFilesOptions {
  model: Captured;
  tokens: TokenSequences;
  /** Blocks, from 0. */
  layers: number[];
  folder: string;
  /** Sequences in one pass of the model, and in one piece. */
  sequencesPerPass: number;
  readings?: CaptureReadings;
  /** What each file's metadata says of where its vectors are from. */
  about?: Record<string, string>;
  report?: Reporter;
  signal?: AbortSignal;
}

/**
 * Runs the model over the sequences and writes `layer-L.arrow` for each layer that is not there yet. Every piece is first
 * a file of its own, so that an interrupted capture goes on at the next; the bytes are the same however often it was
 * interrupted. Memory: the model, the tokens and one piece; disk: twice the final files while they are joined.
 */
export async function captureLayerFiles(options: LayerFilesOptions): Promise<void> {
  const { model, tokens, folder, sequencesPerPass, about = {}, report = silent, signal } = options;
  const { readings = captureReadings } = options;
  requireLayers(options.layers, model.blocks);
  await removeAbandoned(folder);
  const layers: number[] = [];
  for (const layer of options.layers) {
    if (!isRecorded(layerFile(folder, layer))) layers.push(layer);
    else await rm(piecesFolder(folder, layer), { recursive: true, force: true });
  }
  const pieces = piecesOf("", 0, tokens.source.length, sequencesPerPass);
  const folderOf = (layer: number): string => piecesFolder(folder, layer);
  await capturePieces({
    ...{ tokens, pieces, layers, folderOf, readings, report, signal },
    model: async () => model,
    store: "float32",
  });
  for (const layer of layers) {
    throwIfStopped(signal);
    const hook = `blocks.${layer}.${readings.site}`;
    await joinPieces(
      layerFile(folder, layer),
      pieces.map((piece) => pieceFile(folderOf(layer), piece)),
      {
        d_in: model.config.d_in,
        sources: tokens.sources,
        firstPosition: readings.firstPosition,
        about: { ...about, layer: String(layer), ...readings, hook },
      },
    );
    await recordHash(layerFile(folder, layer));
    await rm(folderOf(layer), { recursive: true, force: true });
    report.line(`${layerFile(folder, layer)}: written`);
  }
}

/** Removes the unfinished files of processes that are gone: a layer's may be gigabytes. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = Number(/\.(\d+)-[0-9a-f]+\.tmp$/.exec(name)?.[1]);
    if (pid > 0 && !isRunning(pid)) await rm(path.join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
