import { chooseBackend } from "../../backend/choose.js";
import { SncError, throwIfStopped } from "../../base/errors.js";
import { type Reporter, silent } from "../../base/progress.js";
import { isRecorded } from "../../base/recorded.js";
import { type Decoder, requireVocabulary } from "../../model/decoder.js";
import type { StoredAs } from "../../profiles.js";
import type { TokenSequences } from "../texts/tokens.js";
import type { ActivationRows } from "./activation-file.js";
import { type Piece, pieceFile, writePiece } from "./pieces.js";

/** What of the model's activity is recorded, and of which tokens. */
export interface CaptureReadings {
  /** Reading R20: the residual stream after block L, or before it. */
  site: "resid_post" | "resid_pre";
  /** Reading R21: whether position 0 and vectors of outstanding norm (attention sinks) are left out. */
  firstPosition: "dropped" | "kept";
}

export const captureReadings: CaptureReadings = { site: "resid_post", firstPosition: "dropped" };

/**
 * What of the backend captured vectors depend on; float32 goes without saying, so that bfloat16 alone has keys of its own. This
 * package's kernels take part in that alone.
 */
export async function capturingBackend(): Promise<Record<string, string>> {
  const { name, device, version, precision, kernels } = await chooseBackend();
  return { name, device, version, ...(precision !== "float32" && { precision, kernels }) };
}

/** The model as capturing needs it. */
export type Captured = Pick<Decoder, "config" | "blocks" | "forward">;

export interface CapturePiecesOptions {
  /** The model; called only if something lacks. */
  model(): Promise<Captured>;
  tokens: TokenSequences;
  pieces: readonly Piece[];
  /** Blocks, from 0. */
  layers: readonly number[];
  /** Where a layer's pieces lie. */
  folderOf(layer: number): string;
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
  const { tokens, folderOf, readings, store, report = silent, signal } = options;
  const todo: { piece: Piece; layers: number[] }[] = [];
  for (const piece of options.pieces) {
    const layers: number[] = [];
    for (const layer of options.layers) if (!isRecorded(pieceFile(folderOf(layer), piece))) layers.push(layer);
    if (layers.length > 0) todo.push({ piece, layers });
  }
  if (todo.length === 0) return;
  throwIfStopped(signal);
  const model = await options.model();
  const { d_in, vocabulary } = model.config;
  requireVocabulary(tokens.tokens, vocabulary);
  const { contextLength } = tokens;
  const total = todo.reduce((sum, { piece }) => sum + (piece.to - piece.from) * contextLength, 0);
  const bar = report.bar(`activations of layer ${options.layers.join(", ")}`, total, "tokens");
  try {
    for (const { piece, layers } of todo) {
      throwIfStopped(signal);
      const block = (layer: number): number => (readings.site === "resid_pre" ? layer - 1 : layer);
      const ids = tokens.tokens.subarray(piece.from * contextLength, piece.to * contextLength);
      const captured = model.forward(ids, [piece.to - piece.from, contextLength], layers.map(block));
      for (const layer of layers) {
        const rows = rowsOfPiece(tokens, piece, captured.get(block(layer))!, d_in, readings);
        await writePiece(pieceFile(folderOf(layer), piece), d_in, tokens.sources, rows, store);
      }
      bar.advance(ids.length);
    }
  } finally {
    bar.finish();
  }
}

/** Throws where a layer is asked for whose block the model has not. */
export function requireLayers(layers: readonly number[], blocks: number): void {
  const wrong = layers.filter((layer) => !(layer >= 0 && layer < blocks));
  if (wrong.length > 0) throw new SncError("usage", `--layers: expected 0 to ${blocks - 1}, found ${wrong}`);
}

/** The rows of a piece; `captured` [sequences · contextLength, d_in] is one layer's vectors of it. */
function rowsOfPiece(
  tokens: TokenSequences,
  { from, to }: Piece,
  captured: Float32Array,
  d_in: number,
  { firstPosition }: CaptureReadings,
): ActivationRows {
  const first = firstPosition === "dropped" ? 1 : 0;
  const perSequence = tokens.contextLength - first;
  const n = (to - from) * perSequence;
  const rows: ActivationRows = {
    vector: new Float32Array(n * d_in),
    source: new Int8Array(n),
    split: new Int8Array(n),
    document: new Int32Array(n),
    sequence: new Int32Array(n),
    position: new Int16Array(n),
    token: new Int32Array(n),
  };
  for (let sequence = from; sequence < to; sequence++) {
    const [start, end] = [(sequence - from) * perSequence, (sequence - from + 1) * perSequence];
    const at = (sequence - from) * tokens.contextLength + first;
    rows.vector.set(captured.subarray(at * d_in, (at + perSequence) * d_in), start * d_in);
    rows.source.fill(tokens.source[sequence], start, end);
    rows.split.fill(tokens.split[sequence], start, end);
    rows.document.fill(tokens.document[sequence], start, end);
    rows.sequence.fill(sequence, start, end);
    const ids = sequence * tokens.contextLength + first;
    rows.token.set(tokens.tokens.subarray(ids, ids + perSequence), start);
    for (let j = 0; j < perSequence; j++) rows.position[start + j] = first + j;
  }
  return rows;
}
