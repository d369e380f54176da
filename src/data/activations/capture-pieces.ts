import { SncError, throwIfStopped } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import { type Reporter, silent } from "../../base/progress.js";
import type { Decoder } from "../../model/decoder.js";
import type { StoredAs } from "../../profiles.js";
import type { TokenSequences } from "../texts/tokens.js";
import { type CaptureReadings, rowsOfChunk } from "./capture.js";
import { type Piece, pieceFile, writePiece } from "./pieces.js";

export interface CapturePiecesOptions {
  /** Loads the model; called only if something lacks. */
  load(): Promise<Pick<Decoder, "config" | "blocks" | "forward" | "dispose">>;
  tokens: TokenSequences;
  pieces: readonly Piece[];
  /** Blocks, from 0. */
  layers: readonly number[];
  folder: string;
  readings: CaptureReadings;
  store: StoredAs;
  report?: Reporter;
  signal?: AbortSignal;
}

/**
 * Captures those pieces that are not there, all layers in one pass of the model. Each is a whole file, so that an
 * interrupted capture goes on at the next. Memory: the model, and one piece of each layer.
 */
export async function capturePieces(options: CapturePiecesOptions): Promise<void> {
  const { tokens, pieces, folder, readings, store, report = silent, signal } = options;
  const todo: { piece: Piece; layers: number[] }[] = [];
  for (const piece of pieces) {
    const layers: number[] = [];
    for (const layer of options.layers) if (!(await exists(pieceFile(folder, layer, piece)))) layers.push(layer);
    if (layers.length > 0) todo.push({ piece, layers });
  }
  if (todo.length === 0) return;
  throwIfStopped(signal);
  const model = await options.load();
  const { contextLength } = tokens;
  const count = todo.reduce((sum, { piece }) => sum + piece.to - piece.from, 0);
  const bar = report.bar(`activations of layer ${options.layers.join(", ")}`, count * contextLength, "tokens");
  try {
    const wrong = options.layers.filter((layer) => !(layer >= 0 && layer < model.config.blocks));
    if (wrong.length > 0)
      throw new SncError("usage", `--layers: expected 0 to ${model.config.blocks - 1}, found ${wrong}`);
    for (const { piece, layers } of todo) {
      throwIfStopped(signal);
      const block = (layer: number): number => (readings.site === "resid_pre" ? layer - 1 : layer);
      const ids = tokens.tokens.subarray(piece.from * contextLength, piece.to * contextLength);
      const sequences = piece.to - piece.from;
      const captured = model.forward(ids, [sequences, contextLength], layers.map(block));
      for (const layer of layers) {
        const chunk = { from: piece.from, count: sequences };
        const rows = rowsOfChunk(tokens, chunk, captured.get(block(layer))!, model.config.d_in, readings);
        await writePiece(pieceFile(folder, layer, piece), model.config.d_in, tokens.sources, rows, store);
      }
      bar.advance(ids.length);
    }
  } finally {
    bar.finish();
    model.dispose();
  }
}
