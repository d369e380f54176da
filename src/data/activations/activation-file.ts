import path from "node:path";
import { DataType, Float32, type Schema } from "apache-arrow";
import {
  type ArrowFile,
  columnValues,
  int16,
  int32,
  namesOf,
  readArrowFile,
  vectorRows,
} from "../../base/arrow-file.js";
import { SncError } from "../../base/errors.js";
import { type Made, requireRecorded } from "../../base/recorded.js";
import { splits } from "../texts/tokens.js";

/** Activation vectors of one layer, and the token that each belongs to: one value (or row of `vector`) per token. */
export interface ActivationRows {
  /** [rows · d_in]. */
  vector: Float32Array;
  /** Index into the names of the sources. */
  source: Int8Array;
  /** 0 train, 1 test. */
  split: Int8Array;
  document: Int32Array;
  sequence: Int32Array;
  position: Int16Array;
  token: Int32Array;
}

/** A layer's activations in memory, as they came from the model: R14's scaling is (vector − mean) · scale. */
export interface ActivationSet {
  d_in: number;
  /** Mean of the training vectors [d_in]. */
  mean: Float64Array;
  /** Makes E‖(vector − mean) · scale‖² = 1 over the training vectors. */
  scale: number;
  /** [trainCount, d_in] and [testCount, d_in], row after row. */
  train: Float32Array;
  test: Float32Array;
  trainCount: number;
  testCount: number;
  metadata: ReadonlyMap<string, string>;
}

/** What makes a file again. */
export const remake = "Run: snc activations";

/** What activation files are made by; a damaged one has to go first. */
export const madeByCapture = (file: string): Made => ({
  by: "snc activations",
  next: `Delete it and ${path.basename(file)}.sha256. ${remake}`,
});

/** The columns of a layer's file and of its pieces. */
export const activationColumns = (d_in: number, sources: readonly string[]) => ({
  vector: vectorRows(new Float32(), d_in),
  source: namesOf(0, sources),
  split: namesOf(1, splits),
  document: int32,
  sequence: int32,
  position: int16,
  token: int32,
});

/** Loads a layer's activations, batch by batch; more than memory holds is the caller's to avoid (d_in · count · 4 bytes). */
export async function loadActivations(file: string): Promise<ActivationSet> {
  await requireRecorded(file, madeByCapture(file));
  return readArrowFile(file, remake, async ({ schema, size, batches }: ArrowFile) => {
    const { d_in, trainCount, testCount, mean, scale } = checkedSchema(file, schema);
    if (4 * d_in * (trainCount + testCount) > size)
      throw wrongCount(file, [trainCount, testCount], `a file of ${size} bytes`);
    const parts = [new Float32Array(trainCount * d_in), new Float32Array(testCount * d_in)];
    const at = [0, 0];
    for await (const batch of batches()) {
      const vector = columnValues<Float32Array>(batch, "vector");
      const split = columnValues<Int8Array>(batch, "split");
      // Whole runs of one split are copied at once.
      for (let from = 0; from < split.length; ) {
        let to = from + 1;
        while (to < split.length && split[to] === split[from]) to++;
        const run = vector.subarray(from * d_in, to * d_in);
        const into = parts[split[from]];
        if (at[split[from]] + run.length > into.length) throw wrongCount(file, [trainCount, testCount], "more");
        into.set(run, at[split[from]]);
        at[split[from]] += run.length;
        from = to;
      }
    }
    if (at[0] < parts[0].length || at[1] < parts[1].length)
      throw wrongCount(file, [trainCount, testCount], `${at[0] / d_in} and ${at[1] / d_in}`);
    return { d_in, mean, scale, train: parts[0], test: parts[1], trainCount, testCount, metadata: schema.metadata };
  });
}

const wrongCount = (file: string, [train, test]: number[], found: string): SncError =>
  new SncError("input", `${file}: expected ${train} training and ${test} test vectors, found ${found}. ${remake}`);

/** What a layer's file says of itself, if its columns and metadata are as written here. */
function checkedSchema(file: string, schema: Schema) {
  const { metadata } = schema;
  const fail = (expected: string, found: unknown): never => {
    const model = metadata.get("model") ?? "a model";
    throw new SncError("input", `${file}: expected ${expected} (${model}), found ${found ?? "none"}. ${remake}`);
  };
  const number = (key: string, fits: (value: number) => boolean, what: string): number => {
    const value = Number(metadata.get(key));
    return value > 0 && fits(value) ? value : fail(`a ${what} above 0 for ${key}`, metadata.get(key));
  };
  const count = (key: string) => number(key, Number.isSafeInteger, "whole number");
  const d_in = count("d_in");
  const types = {
    vector: `FixedSizeList[${d_in}]<Float32>`,
    source: "Dictionary<Int8, Utf8>",
    split: "Dictionary<Int8, Utf8>",
    document: "Int32",
    sequence: "Int32",
    position: "Int16",
    token: "Int32",
  };
  for (const [name, type] of Object.entries(types)) {
    const found = schema.fields.find((field) => field.name === name)?.type;
    if (DataType.isFixedSizeList(found) && found.listSize !== d_in) fail(`d_in = ${d_in}`, found.listSize);
    if (String(found) !== type) fail(`column ${name} of ${type}`, found);
  }
  const bytes = Buffer.from(metadata.get("mean") ?? "", "base64");
  if (bytes.length !== 8 * d_in) fail(`a mean of ${d_in} numbers`, bytes.length / 8);
  const mean = new Float64Array(d_in).map((_, i) => bytes.readDoubleLE(8 * i));
  return {
    d_in,
    trainCount: count("trainCount"),
    testCount: count("testCount"),
    mean,
    scale: number("scale", Number.isFinite, "number"),
  };
}
