import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { chooseBackend } from "../../backend/choose.js";
import { SncError, throwIfStopped } from "../../base/errors.js";
import { exists } from "../../base/files.js";
import { type Reporter, silent } from "../../base/progress.js";
import type { Decoder } from "../../model/decoder.js";
import type { TokenSequences } from "../texts/tokens.js";
import { type ActivationRows, writePart } from "./activation-file.js";
import { joinParts } from "./join-parts.js";

/** What of the model's activity is recorded, and of which tokens. */
export interface CaptureReadings {
  /** Reading R20: the residual stream after block L, or before it. */
  site: "resid_post" | "resid_pre";
  /** Reading R21: whether position 0 and vectors of outstanding norm (attention sinks) are left out. */
  firstPosition: "dropped" | "kept";
}

export const captureReadings: CaptureReadings = { site: "resid_post", firstPosition: "dropped" };

export interface CaptureOptions {
  model: Pick<Decoder, "config" | "blocks" | "forward">;
  tokens: TokenSequences;
  /** Blocks, from 0. */
  layers: number[];
  folder: string;
  readings?: CaptureReadings;
  /** What each file's metadata says of where its vectors are from. */
  about?: Record<string, string>;
  report?: Reporter;
  signal?: AbortSignal;
}

/**
 * What of the backend captured vectors depend on; float32 goes without saying, so that bfloat16 alone has keys of its own. This
 * package's kernels take part in that alone.
 */
export async function capturingBackend(): Promise<Record<string, string>> {
  const { name, device, version, precision, kernels } = await chooseBackend();
  return { name, device, version, ...(precision !== "float32" && { precision, kernels }) };
}

/** Sequences in one pass through the model: the fastest on two cores, and what an interruption can cost. */
export const sequencesPerChunk = 8;

/** A layer's file in a folder of activations. */
export const layerFile = (folder: string, layer: number): string => path.join(folder, `layer-${layer}.arrow`);

const partsFolder = (folder: string, layer: number): string => path.join(folder, `layer-${layer}.parts`);

/**
 * Runs the model over the sequences and writes `layer-L.arrow` for each layer that is not there yet. Every chunk is first
 * a file of its own, so that an interrupted capture goes on at the next chunk; the bytes are the same however often it
 * was interrupted. Memory: the model, the tokens and one chunk; disk: twice the final files while they are joined.
 */
export async function captureActivations(options: CaptureOptions): Promise<void> {
  const { model, tokens, folder, readings = captureReadings, about = {}, report = silent, signal } = options;
  const { d_in } = model.config;
  const wrong = options.layers.filter((layer) => !(layer >= 0 && layer < model.blocks));
  if (wrong.length > 0) throw new SncError("usage", `--layers: expected 0 to ${model.blocks - 1}, found ${wrong}`);
  await removeAbandoned(folder);
  const layers: number[] = [];
  for (const layer of options.layers) {
    if (!(await exists(layerFile(folder, layer)))) layers.push(layer);
    else await rm(partsFolder(folder, layer), { recursive: true, force: true });
  }

  const chunks = chunksOf(tokens);
  const partOf = (layer: number, chunk: Chunk) =>
    path.join(partsFolder(folder, layer), `${String(chunk.index).padStart(6, "0")}.arrow`);
  const todo: { chunk: Chunk; layers: number[] }[] = [];
  for (const chunk of chunks) {
    const lacking: number[] = [];
    for (const layer of layers) if (!(await exists(partOf(layer, chunk)))) lacking.push(layer);
    if (lacking.length > 0) todo.push({ chunk, layers: lacking });
  }

  const total = todo.reduce((sum, { chunk }) => sum + chunk.count * tokens.contextLength, 0);
  const bar = report.bar(`activations of layer ${layers.join(", ")}`, total, "tokens");
  try {
    for (const { chunk, layers } of todo) {
      throwIfStopped(signal);
      const block = (layer: number) => (readings.site === "resid_pre" ? layer - 1 : layer);
      const ids = tokens.tokens.subarray(chunk.from * tokens.contextLength, chunk.to * tokens.contextLength);
      const captured = model.forward(ids, [chunk.count, tokens.contextLength], layers.map(block));
      for (const layer of layers) {
        const rows = rowsOfChunk(tokens, chunk, captured.get(block(layer))!, d_in, readings);
        await writePart(partOf(layer, chunk), d_in, tokens.sources, rows);
      }
      bar.advance(ids.length);
    }
  } finally {
    bar.finish();
  }

  for (const layer of layers) {
    throwIfStopped(signal);
    await joinParts(
      layerFile(folder, layer),
      chunks.map((chunk) => partOf(layer, chunk)),
      {
        d_in,
        sources: tokens.sources,
        firstPosition: readings.firstPosition,
        about: { ...about, layer: String(layer), ...readings, hook: `blocks.${layer}.${readings.site}` },
      },
    );
    await rm(partsFolder(folder, layer), { recursive: true, force: true });
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

/** The sequences from `from` up to but not including `to`. */
interface Chunk {
  index: number;
  from: number;
  to: number;
  count: number;
}

function chunksOf({ source }: TokenSequences): Chunk[] {
  return Array.from({ length: Math.ceil(source.length / sequencesPerChunk) }, (_, index) => {
    const from = index * sequencesPerChunk;
    const to = Math.min(source.length, from + sequencesPerChunk);
    return { index, from, to, count: to - from };
  });
}

/** The rows of `count` sequences from `from` on; `captured` [count · contextLength, d_in] is one layer's vectors of them. */
export function rowsOfChunk(
  tokens: TokenSequences,
  { from, count }: Pick<Chunk, "from" | "count">,
  captured: Float32Array,
  d_in: number,
  { firstPosition }: CaptureReadings,
): ActivationRows {
  const first = firstPosition === "dropped" ? 1 : 0;
  const perSequence = tokens.contextLength - first;
  const n = count * perSequence;
  const rows: ActivationRows = {
    vector: new Float32Array(n * d_in),
    source: new Int8Array(n),
    split: new Int8Array(n),
    document: new Int32Array(n),
    sequence: new Int32Array(n),
    position: new Int16Array(n),
    token: new Int32Array(n),
  };
  for (let i = 0; i < count; i++) {
    const sequence = from + i;
    const [start, end] = [i * perSequence, (i + 1) * perSequence];
    const at = i * tokens.contextLength + first;
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
