import { stat } from "node:fs/promises";
import path from "node:path";
import { readArrowFile } from "../base/arrow-file.js";
import { sha256OfFile } from "../base/files.js";
import type { Manifest } from "../data/texts/manifest.js";

/** A layer's file of activations, for its description. */
export interface ActivationsFile {
  layer: number;
  file: string;
  bytes: number;
  sha256: string;
  modified: Date;
  /** The schema's metadata: where the vectors are from. */
  metadata: ReadonlyMap<string, string>;
}

/** What there is to say of a layer's file; reads it whole once, for its hash. */
export async function activationsFile(layer: number, file: string): Promise<ActivationsFile> {
  const metadata = await readArrowFile(file, "Run: snc activations", async ({ schema }) => schema.metadata);
  const { size, mtime } = await stat(file);
  return { layer, file, bytes: size, sha256: await sha256OfFile(file), modified: mtime, metadata };
}

/**
 * The activation set as Croissant 1.1, which data set tools read: a file and a record set for each layer, one record per
 * token. File names are relative to `folder`, where the description will lie.
 */
export function croissantOf(
  files: readonly ActivationsFile[],
  { resources, version }: Manifest,
  folder: string,
): object {
  const { metadata } = files[0];
  const licences = resources
    .filter(({ name }) => name === metadata.get("model") || name in texts(metadata))
    .flatMap(({ licenses }) => licenses.map((licence) => licence.path));
  const layers = files.map(({ layer }) => layer).join(", ");
  return {
    "@context": context,
    "@type": "sc:Dataset",
    conformsTo: "http://mlcommons.org/croissant/1.1",
    name: `activations-${metadata.get("key") ?? "of-a-model"}`,
    description:
      `Activations of ${metadata.get("model")}, layers ${layers} (${metadata.get("site")}), on ${Object.keys(texts(metadata)).join(", ")}: ` +
      "one vector per token, with the token's place. Vectors are as they came from the model; mean and scale of the " +
      "training part stand in each file's metadata.",
    version,
    datePublished: new Date(Math.max(...files.map(({ modified }) => modified.getTime()))).toISOString(),
    license: [...new Set(licences)],
    creator: { "@type": "sc:Organization", name: authors },
    citeAs: `${authors}: activations of ${metadata.get("model")}, made with selective-neural-competition (CITATION.cff)`,
    keywords: ["activations", "sparse autoencoder", "language model"],
    distribution: files.map((of) => fileObject(of, folder)),
    recordSet: [splitRecords, ...files.map(recordSet)],
  };
}

const authors = "The selective-neural-competition authors";

/** sha256 by name of the texts that a file was captured from. */
const texts = (metadata: ReadonlyMap<string, string>): Record<string, string> =>
  JSON.parse(metadata.get("textsSha256") ?? "{}");

const fileObject = ({ layer, file, bytes, sha256 }: ActivationsFile, folder: string): object => ({
  "@type": "cr:FileObject",
  "@id": `layer-${layer}.arrow`,
  name: `layer-${layer}.arrow`,
  description: `Arrow IPC file, activations of layer ${layer}`,
  contentUrl: path.relative(folder, file).split(path.sep).join("/"),
  contentSize: `${bytes} B`,
  encodingFormat: "application/vnd.apache.arrow.file",
  sha256,
});

/** Croissant's own names for the parts of a data set. */
const splitRecords = {
  "@type": "cr:RecordSet",
  "@id": "splits",
  name: "splits",
  dataType: "cr:Split",
  key: { "@id": "splits/name" },
  field: [
    { "@type": "cr:Field", "@id": "splits/name", name: "name", dataType: "sc:Text" },
    { "@type": "cr:Field", "@id": "splits/url", name: "url", dataType: "sc:URL" },
  ],
  data: [
    { "splits/name": "train", "splits/url": "cr:TrainingSplit" },
    { "splits/name": "test", "splits/url": "cr:TestSplit" },
  ],
};

function recordSet({ layer, metadata }: ActivationsFile): object {
  const id = `layer-${layer}`;
  const field = (name: string, dataType: string, description: string, more: object = {}): object => ({
    "@type": "cr:Field",
    "@id": `${id}/${name}`,
    name,
    description,
    dataType,
    source: { fileObject: { "@id": `${id}.arrow` }, extract: { column: name } },
    ...more,
  });
  return {
    "@type": "cr:RecordSet",
    "@id": id,
    name: id,
    description: `${metadata.get("hook") ?? id}: ${metadata.get("trainCount")} training and ${metadata.get("testCount")} test vectors`,
    key: [{ "@id": `${id}/sequence` }, { "@id": `${id}/position` }],
    field: [
      field("vector", "cr:Float32", "the residual stream at this token", {
        isArray: true,
        arrayShape: metadata.get("d_in"),
      }),
      field("source", "sc:Text", "which text"),
      field("split", "sc:Text", "train or test; a document is in one of them", {
        references: { field: { "@id": "splits/name" } },
      }),
      field("document", "cr:Int32", "place of the document in its text, from 0"),
      field("sequence", "cr:Int32", "window of tokens, from 0"),
      field("position", "cr:Int16", "place in the window, from 0"),
      field("token", "cr:Int32", "the tokenizer's id"),
    ],
  };
}

/** The context that Croissant 1.1 prescribes. */
const context = {
  "@language": "en",
  "@vocab": "https://schema.org/",
  arrayShape: "cr:arrayShape",
  citeAs: "cr:citeAs",
  column: "cr:column",
  conformsTo: "dct:conformsTo",
  containedIn: "cr:containedIn",
  cr: "http://mlcommons.org/croissant/",
  data: { "@id": "cr:data", "@type": "@json" },
  dataType: { "@id": "cr:dataType", "@type": "@vocab" },
  dct: "http://purl.org/dc/terms/",
  description: { "@container": "@language" },
  equivalentProperty: "cr:equivalentProperty",
  examples: { "@id": "cr:examples", "@type": "@json" },
  extract: "cr:extract",
  field: "cr:field",
  fileObject: "cr:fileObject",
  fileProperty: "cr:fileProperty",
  fileSet: "cr:fileSet",
  format: "cr:format",
  includes: "cr:includes",
  isArray: "cr:isArray",
  isLiveDataset: "cr:isLiveDataset",
  jsonPath: "cr:jsonPath",
  key: "cr:key",
  md5: "cr:md5",
  name: { "@container": "@language" },
  parentField: "cr:parentField",
  path: "cr:path",
  rai: "http://mlcommons.org/croissant/RAI/",
  recordSet: "cr:recordSet",
  references: "cr:references",
  regex: "cr:regex",
  repeated: "cr:repeated",
  replace: "cr:replace",
  samplingRate: "cr:samplingRate",
  sc: "https://schema.org/",
  separator: "cr:separator",
  source: "cr:source",
  subField: "cr:subField",
  transform: "cr:transform",
};
