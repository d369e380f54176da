import { createHash } from "node:crypto";
import { open, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { cacheFolder, canonicalJson, exists, sha256 } from "../../base/files.js";
import { sha256Once } from "../../base/recorded.js";
import { weightFiles } from "../../model/decoder-weights.js";
import type { Profile } from "../../profiles.js";

/** Model and texts that a user has put on this machine, by folder and by hash. */
export interface LocalInputs {
  modelDir: string;
  pileDir: string;
  /** The Pile's files, by path below its folder. */
  pileFiles: string[];
  /** For run.json: sha256 of each of the model's files by `model/file`, and the Pile's fingerprint. */
  hashes: Record<string, string>;
}

/**
 * The inputs of a profile that takes them from local folders (`localFolders`). Files of the model are hashed whole, once; of
 * the Pile's, which may be hundreds of gigabytes, names, sizes, first and last MiB. What is taken from them is hashed on its
 * own, when it has been tokenized.
 */
export async function localInputs(profile: Profile): Promise<LocalInputs> {
  const { model, modelName } = profile;
  const { modelDir, pileDir } = localFolders(profile);
  if (!(await exists(path.join(modelDir, "config.json"))))
    throw new SncError(
      "input",
      `${modelDir}: expected ${modelName} (config.json, tokenizer.json, model*.safetensors), found none. Its licence must ` +
        "be accepted by you: download it, then name its folder by --model-dir or put it there",
    );
  const pileFiles = (await filesBelow(pileDir)).filter((file) => /\.jsonl(\.zst)?$/.test(file)).sort();
  if (pileFiles.length === 0)
    throw new SncError(
      "input",
      `${pileDir}: expected the Pile's texts (*.jsonl or *.jsonl.zst), found none. Download them, then name their folder ` +
        "by --pile-dir or put them there",
    );
  const hashes: Record<string, string> = {};
  for (const file of await modelFiles(modelDir))
    hashes[`${model}/${file}`] = `sha256:${await sha256Once(path.join(modelDir, file))}`;
  const prints = await Promise.all(pileFiles.map((file) => fingerprint(pileDir, file)));
  hashes.pile = `fingerprint:${sha256(canonicalJson(prints))}`;
  return { modelDir, pileDir, pileFiles, hashes };
}

/** Where the model and the texts lie: as the profile says, else `SNC_MODEL_DIR` and `SNC_PILE_DIR`, else in the cache. */
export function localFolders({ model, modelDir, pileDir }: Pick<Profile, "model" | "modelDir" | "pileDir">) {
  const { SNC_MODEL_DIR, SNC_PILE_DIR } = process.env;
  return {
    modelDir: path.resolve(modelDir || SNC_MODEL_DIR || path.join(cacheFolder(), "models", model)),
    pileDir: path.resolve(pileDir || SNC_PILE_DIR || path.join(cacheFolder(), "pile")),
  };
}

/** The files of a published model that its vectors depend on: not every file that lies in its folder. */
async function modelFiles(folder: string): Promise<string[]> {
  const { files } = await weightFiles(folder);
  const names = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors.index.json"];
  const there = await Promise.all(names.map((name) => exists(path.join(folder, name))));
  return [...names.filter((_, i) => there[i]), ...files.map((file) => path.relative(folder, file))].sort();
}

/**
 * The files below a folder, through links, with `/` between folders; none where there is no such folder. Names with a dot
 * in front, as other systems leave them beside files that they copy, are passed over. A link to nowhere is an error: a text
 * that should be there would be missing without a word.
 */
async function filesBelow(folder: string, within: readonly string[] = []): Promise<string[]> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined || within.includes(real)) return [];
  const files: string[] = [];
  for (const name of await readdir(folder)) {
    if (name.startsWith(".") || name === "__MACOSX") continue;
    const at = path.join(folder, name);
    const state = await stat(at).catch((error: NodeJS.ErrnoException) => {
      throw new SncError(
        "input",
        `${at}: expected a file or folder, found ${error.code}. Download it again or remove it`,
      );
    });
    if (state.isFile()) files.push(name);
    else if (state.isDirectory())
      files.push(...(await filesBelow(at, [...within, real])).map((below) => `${name}/${below}`));
  }
  return files;
}

const mebibyte = 2 ** 20;

async function fingerprint(folder: string, file: string) {
  const at = path.join(folder, file);
  const { size } = await stat(at);
  const handle = await open(at, "r");
  try {
    const hash = createHash("sha256");
    for (const position of [0, Math.max(0, size - mebibyte)]) {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(mebibyte), 0, mebibyte, position);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return { file, size, ends: hash.digest("hex") };
  } finally {
    await handle.close();
  }
}
