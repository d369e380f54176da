import path from "node:path";
import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { canonicalJson, sha256 } from "../../base/files.js";
import { type Reporter, silent } from "../../base/progress.js";
import { sha256Once } from "../../base/recorded.js";
import { sourceHash } from "../../base/source-hash.js";
import { loadLayer, type OwnLayer, requireEnough, statisticsOfLayer } from "./own/measured.js";
import { openVectorFile } from "./own/open.js";
import { splitOf, splitRuleOf } from "./own/split.js";
import { refusal, type VectorFile } from "./own/vector-file.js";
import { type InputScale, scaled } from "./scale.js";
import type { ActivationSource } from "./source.js";
import { inputScalingBy } from "./statistics.js";

/** A user's own activation vectors: one file a layer, in Arrow IPC, safetensors or .npy (docs/own-activations.md). */
export interface OwnActivations {
  /** Paths, relative to the working directory where they are not absolute. */
  files: { layer: number; file: string }[];
  /** Column of an Arrow file (default: "vector") or tensor of a safetensors file (default: the only one of two dimensions). */
  column?: string;
  /** Columns of an Arrow file: "train" or "test" of each row, and its document. Default: "split" and "document", where they are there. */
  splitColumn?: string;
  documentColumn?: string;
  /**
   * Share of the vectors for testing, within (0, 1), default 0.2; whole documents where these are known. Used where a file does
   * not say its split; refused, and `documentColumn` with it, where every file does.
   */
  testShare?: number;
}

const defaultTestShare = 0.2;

/** The modules that decide what the vectors are. */
const computing = ["open", "split", "measured"].map((name) => `data/activations/own/${name}`);

const columnName = z.string().min(1, "expected a name, found none").optional();

/** What a specification says of own activations, checked but for the files themselves. */
export const ownActivationsSchema: z.ZodType<OwnActivations, OwnActivations> = z
  .strictObject({
    files: z
      .array(
        z.strictObject({
          layer: z.int("expected a whole number").min(0, "expected a layer from 0"),
          file: z.string().min(1, "expected a path, found none"),
        }),
      )
      .min(1, "expected one file or more, found none"),
    column: columnName,
    splitColumn: columnName,
    documentColumn: columnName,
    testShare: z.number().optional(),
  })
  .superRefine(({ files, testShare }, { addIssue }) => {
    const issue = (of: string, message: string) => addIssue({ code: "custom", path: [of], message });
    const layers = files.map(({ layer }) => layer);
    const twice = layers.find((layer, i) => layers.indexOf(layer) !== i);
    if (twice !== undefined) issue("files", `expected one file a layer, found two or more of layer ${twice}`);
    if (testShare !== undefined && !(testShare > 0 && testShare < 1))
      issue("testShare", `expected a share above 0 and below 1, found ${testShare}`);
  });

/** What the heads of the files say: `layer-6` and so on name each file's entry. */
export interface OwnDescription {
  d_in: number;
  /** "sha256:…" of each file's content. */
  hashes: Record<string, string>;
  /** Vectors in each file, of training and of test together. */
  counts: Record<string, number>;
}

/**
 * What names a result set and tells its size. Reads heads and hashes, no vectors. Throws an input error where a file is not
 * there or not of vectors, and where widths differ.
 */
export async function describeOwnActivations(own: OwnActivations): Promise<OwnDescription> {
  const layers = await opened(own);
  const named = <T>(values: readonly T[]): Record<string, T> =>
    Object.fromEntries(layers.map(({ layer }, i) => [`layer-${layer}`, values[i]]));
  const hashes: string[] = [];
  for (const { of } of layers) hashes.push(`sha256:${await sha256Once(of.file)}`);
  return { d_in: layers[0].of.d_in, hashes: named(hashes), counts: named(layers.map(({ of }) => of.rows)) };
}

export interface OwnActivationsOptions {
  /** Vectors in a training step: the training part has as many or more. */
  batchSize: number;
  /** Reading R21. There is no position here: "dropped" leaves out vectors of outstanding norm alone. */
  firstPosition: "dropped" | "kept";
  report?: Reporter;
  signal?: AbortSignal;
}

/**
 * Own activations as a training takes them: split into training and test, centred and scaled by the training part (R14). Keys
 * come from content and choices: the same file in another place has the same key. Memory: one layer's vectors in float32.
 */
export async function openOwnActivations(
  own: OwnActivations,
  { batchSize, firstPosition, report = silent, signal }: OwnActivationsOptions,
): Promise<ActivationSource> {
  const { testShare = defaultTestShare } = own;
  const layers = new Map<number, OwnLayer & { key: string; hash: string }>();
  for (const { layer, of } of await opened(own)) {
    const hash = await sha256Once(of.file);
    const rule = splitRuleOf(of, testShare);
    const identity = { hash, column: of.column, rule, firstPosition, sources: sourceHash(...computing) };
    const key = sha256(canonicalJson(identity)).slice(0, 16);
    const split = await splitOf(of, testShare);
    const opened = { layer, of, split, firstPosition, batchSize, report, signal, key, hash };
    const testCount = split.reduce((sum, part) => sum + part, 0);
    requireEnough(opened, [split.length - testCount, testCount]);
    layers.set(layer, opened);
  }
  const unchanged = async (layer: number) => {
    const opened = layers.get(layer) ?? noSuchLayer(layer, [...layers.keys()]);
    if ((await sha256Once(opened.of.file)) === opened.hash) return opened;
    throw refusal(opened.of.file, "the content it was opened with", "other content", "Run the command again");
  };
  return {
    key: sha256(canonicalJson([...layers.values()].map(({ layer, key }) => [layer, key]))).slice(0, 16),
    folder: path.dirname([...layers.values()][0].of.file),
    layers: [...layers.values()].map(({ layer, of }) => ({ layer, state: "present", file: of.file })),
    keyOf: (layer, inputScale) =>
      `${(layers.get(layer) ?? noSuchLayer(layer, [...layers.keys()])).key}/layer-${layer}/${inputScale}`,
    load: async (layer, inputScale) => scaled(await loadLayer(await unchanged(layer)), inputScale),
    scaling: async (layer: number, inputScale: InputScale) =>
      inputScalingBy(await statisticsOfLayer(await unchanged(layer)), inputScale),
  };
}

function noSuchLayer(layer: number, there: readonly number[]): never {
  throw new SncError("usage", `layer ${layer}: expected a layer of the own activations, ${there.join(", ")}`);
}

/** Each layer's file with its head read, by layer. */
async function opened(own: OwnActivations): Promise<{ layer: number; of: VectorFile }[]> {
  const checked = ownActivationsSchema.safeParse(own);
  if (!checked.success) throw new SncError("input", `own activations: ${z.prettifyError(checked.error)}`);
  const layers: { layer: number; of: VectorFile }[] = [];
  for (const { layer, file } of [...checked.data.files].sort((a, b) => a.layer - b.layer))
    layers.push({ layer, of: await openVectorFile(path.resolve(file), checked.data) });
  const [first] = layers;
  for (const { layer, of } of layers)
    if (of.d_in !== first.of.d_in)
      throw refusal(
        of.file,
        `vectors of ${first.of.d_in} numbers, as of layer ${first.layer}`,
        `${of.d_in} (layer ${layer})`,
        "Give files of one width, or train each width by itself",
      );
  requireUsed(own, layers);
  return layers;
}

/** Throws a usage error for a choice of how the test part is drawn where nothing is drawn: columns say every file's parts. */
function requireUsed(own: OwnActivations, layers: readonly { of: VectorFile }[]): void {
  if (layers.some(({ of }) => !of.split)) return;
  const [{ of }] = layers;
  for (const name of ["testShare", "documentColumn"] as const)
    if (own[name] !== undefined)
      throw new SncError(
        "usage",
        `${of.file}: expected no ${name}, since column ${of.split!.column} says which vectors are for testing; ` +
          `found ${name} ${own[name]}. Leave it out, or write the file without that column`,
      );
}
