import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { exists, readJson, sha256, writeFileAtomic, writeJson } from "../base/files.js";

/** By file name, the sha256 of a copy as it was made: one that has another now was edited. */
const madeSchema = z.record(z.string(), z.string());

/**
 * Copies the notebooks of a folder into another, to be opened by hand: an editor saves on its own, and must save neither
 * into a checkout nor into results with checksums. A copy is made anew while nobody has edited it. Returns the names of
 * those that were edited and stay, though their original is now another than they were made from.
 */
export async function refreshWorkingCopies(originals: string, copies: string): Promise<string[]> {
  const list = path.join(copies, ".copies.json");
  const made = (await exists(list)) ? madeSchema.parse(await readJson(list)) : {};
  const behind: string[] = [];
  for (const file of (await readdir(originals)).filter((name) => name.endsWith(".ipynb")).sort()) {
    const original = await readFile(path.join(originals, file));
    const copy = path.join(copies, file);
    const isOwn = (await exists(copy)) && sha256(await readFile(copy)) !== made[file];
    if (isOwn) {
      if (sha256(original) !== made[file]) behind.push(file);
      continue;
    }
    await writeFileAtomic(copy, original);
    made[file] = sha256(original);
  }
  await writeJson(list, made);
  return behind;
}
