import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { openDecoderWeights, weightFiles } from "./decoder-weights.js";
import { decodeNumbers, encodedBytes } from "./encodings.js";
import { openGguf } from "./gguf.js";
import { openSafetensors } from "./safetensors.js";
import { type TensorFile, unreadable } from "./tensor-file.js";

/** What follows a decoder's last block: its norm's weights and the matrix that makes logits. */
export interface Unembedding {
  /** w_norm of the final norm [d_in]; 1 + w where a norm multiplies by that, as Gemma's. */
  finalNorm: Float32Array;
  /** Tokens of the vocabulary. */
  vocabulary: number;
  /** Rows [from, to) of W_U, row after row [(to − from) · d_in]; read from disk when asked for. */
  rows(from: number, to: number): Float32Array;
}

/** An unembedding on disk; the caller closes it. */
export interface OpenUnembedding extends Unembedding {
  close(): void;
}

const ggufNames = { norm: "output_norm.weight", own: "output.weight", tied: "token_embd.weight" };
const publishedNames = { norm: "model.norm.weight", own: "lm_head.weight", tied: "model.embed_tokens.weight" };

/**
 * Opens the unembedding of a model: a .gguf file, a .safetensors file beside its config.json, or a folder. W_U is the embedding
 * where the files have no matrix of its own. Throws an input error where a tensor is missing or of another shape.
 */
export async function openUnembedding(source: string): Promise<OpenUnembedding> {
  const weights = await openDecoderWeights(source);
  const { d_in, vocabulary, normOffset } = weights.config;
  await weights.close();
  const names = source.endsWith(".gguf") ? ggufNames : publishedNames;
  const { files, fileOf } = await filesOf(source);
  try {
    const norm = tensorIn(files, fileOf, names.norm, [d_in]);
    const finalNorm = await norm.readFloat32(names.norm);
    for (let i = 0; i < d_in; i++) finalNorm[i] += normOffset;
    const name = fileOf(names.own)?.tensors.has(names.own) ? names.own : names.tied;
    const file = tensorIn(files, fileOf, name, [vocabulary, d_in]);
    return { finalNorm, vocabulary, ...openRows(file, name, d_in) };
  } finally {
    for (const file of files) await file.close();
  }
}

/** Reads rows of a matrix in a file, any number at once. */
function openRows(file: TensorFile, name: string, width: number): Pick<OpenUnembedding, "rows" | "close"> {
  const { offset } = file.info(name);
  const encoding = file.encodingOf(name);
  const rowBytes = encodedBytes(encoding, width);
  const descriptor = openSync(file.file, "r");
  return {
    rows(from, to) {
      const bytes = new Uint8Array((to - from) * rowBytes);
      const read = readSync(descriptor, bytes, 0, bytes.length, offset + from * rowBytes);
      if (read !== bytes.length) throw unreadable(file.file, `${bytes.length} bytes of ${name}`, `${read}`);
      const values = new Float32Array((to - from) * width);
      decodeNumbers(encoding, bytes, values);
      return values;
    },
    close: () => closeSync(descriptor),
  };
}

type FileOf = (tensor: string) => TensorFile | undefined;

/** A model's files, and which of them has a tensor. */
async function filesOf(source: string): Promise<{ files: TensorFile[]; fileOf: FileOf }> {
  if (source.endsWith(".gguf")) return onlyFile(await openGguf(source));
  if (source.endsWith(".safetensors")) return onlyFile(await openSafetensors(source));
  const { files, shardOf } = await weightFiles(source);
  if (!shardOf) return onlyFile(await openSafetensors(path.join(source, "model.safetensors")));
  const opened = new Map<string, TensorFile>();
  for (const name of [publishedNames.norm, publishedNames.own, publishedNames.tied]) {
    const file = shardOf(name);
    if (file !== undefined && !opened.has(file)) opened.set(file, await openSafetensors(file));
  }
  if (opened.size === 0) throw unreadable(files[0], `a tensor named ${publishedNames.norm} in the index`, "no entry");
  return { files: [...opened.values()], fileOf: (tensor) => opened.get(shardOf(tensor) ?? "") };
}

const onlyFile = (file: TensorFile): { files: TensorFile[]; fileOf: FileOf } => ({ files: [file], fileOf: () => file });

function tensorIn(files: readonly TensorFile[], fileOf: FileOf, name: string, shape: number[]): TensorFile {
  const file = fileOf(name);
  if (!file) throw unreadable(files[0].file, `a tensor named ${name} in the index of its files`, "no entry");
  const found = file.info(name).shape;
  if (String(found) !== String(shape)) throw unreadable(file.file, `${name} of shape [${shape}]`, `[${found}]`);
  return file;
}
