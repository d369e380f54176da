import type { FileHandle } from "node:fs/promises";
import { readRange } from "../../../model/tensor-file.js";
import { type FloatForm, floatBytes, refusal, type VectorFile, withFile, writeAgain } from "./vector-file.js";

/*
 * Own code, since the npm packages do not fit: npyjs 1.2.0 and numpy-parser 1.2.3 take the whole file in one buffer, compare
 * no size with the shape and do not read big-endian numbers; the second refuses float16 and Fortran's order. Here only
 * the head is read.
 */

const magic = "\x93NUMPY";
/** A head has three entries: more than this is none. */
const longestHead = 2 ** 20;

/** What a .npy file says of its array. */
interface Head {
  /** As numpy writes it: "<f4", or in brackets where rows are records. */
  descr: string;
  byColumn: boolean;
  shape: number[];
  /** Where the numbers begin. */
  at: number;
}

/** The vectors of a .npy file [vectors, d_in] of floats, format versions 1 to 3. */
export function openNpy(file: string): Promise<VectorFile> {
  return withFile(file, async (handle, size) => {
    const { descr, byColumn, shape, at } = await readHead(file, handle, size);
    const [, order, form] = /^([<>])(f[248])$/.exec(descr) ?? (await refuseNumbers(file, descr));
    if (shape.length !== 2)
      throw refusal(
        file,
        "an array of two dimensions [vectors, width]",
        `shape (${shape.join(", ")})`,
        "Save array.reshape(-1, array.shape[-1])",
      );
    const [rows, d_in] = shape;
    const stored = forms[form];
    const expected = at + rows * d_in * floatBytes[stored];
    if (size !== expected)
      throw refusal(
        file,
        `${expected} bytes, as its shape (${rows}, ${d_in}) of ${descr} asks for`,
        `${size}`,
        `${writeAgain}, with one array in it`,
      );
    return { file, d_in, rows, form: stored, bigEndian: order === ">", byColumn, blocks: [{ rows, at }] };
  });
}

const forms: Record<string, FloatForm> = { f2: "F16", f4: "F32", f8: "F64" };

function refuseNumbers(file: string, descr: string): never {
  const [found, next] = descr.includes("O")
    ? ["pickled objects", "Save one array of floats: np.save(file, np.stack(vectors).astype(np.float32))"]
    : [descr, "Save array.astype(np.float32)"];
  throw refusal(file, "floats: <f2, <f4 or <f8", found, next);
}

async function readHead(file: string, handle: FileHandle, size: number): Promise<Head> {
  const refuse = (expected: string, found: string): never => {
    throw refusal(file, expected, found, writeAgain);
  };
  if (size < 12) refuse("a .npy file", `${size} bytes`);
  const start = Buffer.from((await readRange(handle, file, 0, 12)).buffer);
  if (start.toString("latin1", 0, 6) !== magic) refuse("a .npy file", "another kind of file");
  const version = start[6];
  if (version < 1 || version > 3) refuse("a .npy file of version 1, 2 or 3", `version ${version}`);
  const [from, length] = version === 1 ? [10, start.readUInt16LE(8)] : [12, start.readUInt32LE(8)];
  if (length > Math.min(size - from, longestHead)) refuse(`a head within ${size - from} bytes`, `one of ${length}`);
  const text = Buffer.from((await readRange(handle, file, from, length)).buffer).toString(
    version === 3 ? "utf8" : "latin1",
  );
  // A dictionary in Python's notation; numpy reads it with ast.literal_eval.
  const descr = /(['"])descr\1\s*:\s*(?:(['"])(.*?)\2|(\[.*\]))/.exec(text);
  const order = /(['"])fortran_order\1\s*:\s*(True|False)/.exec(text)?.[2];
  const shape = /(['"])shape\1\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[2];
  if (!descr || order === undefined || shape === undefined)
    return refuse("a head with descr, fortran_order and shape", JSON.stringify(text.slice(0, 80)));
  return {
    descr: descr[3] ?? descr[4],
    byColumn: order === "True",
    shape: [...shape.matchAll(/\d+/g)].map(Number),
    at: from + length,
  };
}
