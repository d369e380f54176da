import { SncError } from "../base/errors.js";
import { openSafetensors } from "../model/safetensors.js";
import { ofUser, sizeOf, type TensorFile } from "../model/tensor-file.js";
import { type PerWeight, type SaeWeights, shapesOf, weightNames } from "../sae/params.js";

/** A tensor as it was in a file: its numbers row after row, in float32. */
export interface ReadTensor {
  shape: readonly number[];
  data: Float32Array;
}

/** Which tensors a file has to have, and which it may have beside them that say nothing about features. */
export interface Wanted {
  names: readonly string[];
  unread?: readonly string[];
}

/** What is told of a file that is not as expected. */
const failOf =
  (file: string) =>
  (expected: string, found: string): never => {
    throw new SncError("input", `${file}: expected ${expected}, found ${found}`);
  };

/**
 * Tensors of another package's safetensors file (F32, F16, BF16, F64), in the order of their names. Throws an input error unless
 * all are there, nothing else is but what may be unread, and every number is finite.
 */
export async function readTensors(file: string, { names, unread = [] }: Wanted): Promise<ReadTensor[]> {
  const fail = failOf(file);
  // The reader's next command is for inputs that can be fetched again; this file is the user's own.
  const opened = await ofUser(openSafetensors(file));
  try {
    const there = [...opened.tensors.keys()];
    const isAsExpected =
      names.every((name) => there.includes(name)) && there.every((name) => [...names, ...unread].includes(name));
    if (!isAsExpected) fail(`tensors ${names.join(", ")}`, there.join(", ") || "none");
    const tensors: ReadTensor[] = [];
    for (const name of names) {
      const data = await numbersOf(opened, name);
      if (!data.every(Number.isFinite)) fail(`finite numbers in ${name}`, "others");
      tensors.push({ shape: opened.info(name).shape, data });
    }
    return tensors;
  } finally {
    await opened.close();
  }
}

const numbersOf = async (opened: TensorFile, name: string): Promise<Float32Array> =>
  opened.info(name).form === "F64" ? Float32Array.from(await opened.readFloat64(name)) : opened.readFloat32(name);

/** A matrix [n, m] → [m, n], as torch's Linear keeps it. */
export function transposed({ shape, data }: ReadTensor): ReadTensor {
  const [rows, columns] = shape;
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j];
  return { shape: [columns, rows], data: turned };
}

/**
 * The weights that these tensors are. θ may be one number for all features; below 0 it lets through what 0 does, and is 0 here.
 * Throws an input error where shapes do not fit each other.
 */
export function weightsFrom(file: string, tensors: PerWeight<ReadTensor>): SaeWeights {
  const [d_in, d_sae] = tensors.W_enc.shape;
  const shapes = shapesOf({ d_in, d_sae });
  for (const name of weightNames)
    if (String(tensors[name].shape) !== String(shapes[name]))
      failOf(file)(`${name} of shape [${shapes[name]}], to fit W_enc`, `[${tensors[name].shape}]`);
  const [W_enc, b_enc, W_dec, b_dec] = weightNames.map((name) => tensors[name].data);
  return {
    d_in,
    d_sae,
    W_enc,
    b_enc,
    W_dec,
    b_dec,
    ...(tensors.theta && { theta: thresholds(file, tensors.theta, d_sae) }),
  };
}

function thresholds(file: string, { shape, data }: ReadTensor, d_sae: number): Float32Array {
  if (sizeOf(shape) !== 1 && String(shape) !== String([d_sae]))
    failOf(file)(`a threshold of shape [${d_sae}] or a single one`, `[${shape}]`);
  return Float32Array.from({ length: d_sae }, (_, i) => Math.max(0, data[data.length === 1 ? 0 : i]));
}
