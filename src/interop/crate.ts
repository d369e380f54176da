import { stat } from "node:fs/promises";
import path from "node:path";
import { sha256OfFile } from "../base/files.js";
import type { InputResource } from "../data/texts/manifest.js";
import { filesBelow } from "../experiment/results/result-set.js";
import type { SavedResultSet } from "../experiment/results/saved.js";

/** The name of an RO-Crate's metadata file, fixed by its specification. */
export const crateFile = "ro-crate-metadata.json";

/** One thing an RO-Crate describes: a node of its JSON-LD graph. */
export interface Entity {
  "@id": string;
  "@type": string | string[];
  [property: string]: unknown;
}

/** A property's value that points to other entities; one alone, as JSON-LD's compact form has it, without a list. */
export function references(ids: readonly string[]): object | undefined {
  const all = ids.map((id) => ({ "@id": id }));
  return all.length > 1 ? all : all[0];
}

/** A file of the result set. */
export interface CrateFile {
  /** Its path in the set, with `/` between folders. */
  name: string;
  bytes: number;
  sha256: string;
  /** When it was written, ISO 8601. */
  modified: string;
}

/** The files of a result set that its crate describes: all but the crate itself. */
export async function crateFiles(folder: string): Promise<CrateFile[]> {
  const files: CrateFile[] = [];
  for (const name of await filesBelow(folder)) {
    if (name === crateFile) continue;
    const at = path.join(folder, name);
    const { size, mtime } = await stat(at);
    files.push({
      name,
      bytes: size,
      sha256: await sha256OfFile(at),
      modified: mtime.toISOString().replace("Z", "+00:00"),
    });
  }
  return files;
}

/** A file's `@id`: its path as a URI, in which no name is taken for a query or a part of a page. */
export const fileId = ({ name }: Pick<CrateFile, "name">): string => name.split("/").map(encodeURIComponent).join("/");

/** When the last of these files was written; undefined where there is none. */
export const lastWritten = (files: readonly CrateFile[]): string | undefined =>
  files
    .map(({ modified }) => modified)
    .sort()
    .at(-1);

/** What a crate is made from. */
export interface CrateSources {
  set: SavedResultSet;
  files: readonly CrateFile[];
  /** The model and the texts, with their licences. */
  inputs: readonly InputResource[];
  /** What was executed: actions, and what they point to. */
  provenance: readonly Entity[];
}

const processRunCrate = "https://w3id.org/ro/wfrun/process/0.5";
const mit = { path: "https://opensource.org/license/mit", name: "MIT", title: "MIT License" };

/**
 * ro-crate-metadata.json of a result set (RO-Crate 1.1, profile Process Run Crate 0.5): its files with their hashes, what
 * was executed to make them, with which software, from which inputs, under which licences.
 */
export function crateOf({ set, files, inputs, provenance }: CrateSources): object {
  const folders = [...new Set(files.map(folderOf).filter((folder) => folder !== undefined))];
  const loose = files.filter((file) => folderOf(file) === undefined);
  const licences = new Map(
    [mit, ...inputs.flatMap(({ licenses }) => licenses)].map((licence) => [licence.path, licence]),
  );
  const actions = provenance.filter((entity) => entity["@type"] === "CreateAction");
  return {
    "@context": [
      "https://w3id.org/ro/crate/1.1/context",
      { sha256: "https://w3id.org/ro/terms/workflow-run#sha256" }, // the profile's own term, which 1.1 does not know
    ],
    "@graph": [
      {
        "@id": crateFile,
        "@type": "CreativeWork",
        conformsTo: { "@id": "https://w3id.org/ro/crate/1.1" },
        about: { "@id": "./" },
      },
      {
        "@id": "./",
        "@type": "Dataset",
        name: `Result set ${set.name}`,
        description: `“Selective Neural Competition” reproduced, profile ${set.identity.profile.name}: trainings of sparse autoencoders, executed notebooks, figures and verdicts.`,
        datePublished: lastWritten(files),
        license: { "@id": mit.path },
        conformsTo: { "@id": processRunCrate },
        hasPart: references([...folders, ...loose.map(fileId)]),
        mentions: references(actions.map((action) => action["@id"])),
      },
      { "@id": processRunCrate, "@type": "CreativeWork", name: "Process Run Crate", version: "0.5" },
      ...folders.map((folder) => folderEntity(folder, files)),
      ...files.map(fileEntity),
      ...inputs.map((input) => inputEntity(input, set)),
      ...[...licences.values()].map(licenceEntity),
      ...provenance,
    ],
  };
}

/** Files of a training or a control, and figures, go into a folder of their own in the graph; the others belong to the root. */
const folderOf = ({ name }: CrateFile): string | undefined =>
  /^((?:controls\/untrained\/)?runs\/layer-\d+\/[^/]+\/seed-\d+\/|figures(-variations)?\/)/.exec(name)?.[1];

const folderEntity = (folder: string, files: readonly CrateFile[]): Entity => {
  const parts = files.filter((file) => folderOf(file) === folder).map(fileId);
  const kind = folder.startsWith("controls/") ? "Control of " : "";
  const [, layer, run, seed] = /layer-(\d+)\/([^/]+)\/seed-(\d+)/.exec(folder) ?? [];
  return {
    "@id": folder,
    "@type": "Dataset",
    name: run ? `${kind}${run.replace(/^run-(\d+)$/, "Run $1")}, layer ${layer}, seed ${seed}` : "Figures",
    hasPart: references(parts),
  };
};

const mediaTypes: Record<string, string> = {
  arrow: "application/vnd.apache.arrow.file",
  html: "text/html",
  ipynb: "application/x-ipynb+json",
  json: "application/json",
  md: "text/markdown",
  png: "image/png",
  safetensors: "application/octet-stream",
  svg: "image/svg+xml",
  xml: "application/xml",
};

const fileEntity = ({ name, bytes, sha256, modified }: CrateFile): Entity => ({
  "@id": fileId({ name }),
  "@type": "File",
  name: path.posix.basename(name),
  contentSize: String(bytes),
  encodingFormat: mediaTypes[path.posix.extname(name).slice(1)] ?? "application/octet-stream",
  dateModified: modified,
  sha256,
});

/** The id of an input in the crate: inputs lie in the cache, not in the set. */
export const inputId = (name: string): string => `#inputs/${name}`;

function inputEntity({ name, title, licenses, sources }: InputResource, { identity }: SavedResultSet): Entity {
  return {
    "@id": inputId(name),
    "@type": "CreativeWork",
    name: String(title ?? name),
    sha256: identity.inputs[name]?.replace("sha256:", ""),
    license: references(licenses.map((licence) => licence.path)),
    isBasedOn: references(sources.map((source) => source.path)),
  };
}

const licenceEntity = (licence: { path: string; name: string; title: string }): Entity => ({
  "@id": licence.path,
  "@type": "CreativeWork",
  name: licence.name,
  description: licence.title,
});
