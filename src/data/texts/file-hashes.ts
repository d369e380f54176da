import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { cacheFolder, exists, readJson, sha256, sha256OfFile, writeJson } from "../../base/files.js";

/**
 * sha256 of a large file, remembered in the cache under its path, size, time of change and inode: a model's gigabytes are
 * read once, not by every command and notebook.
 */
export async function rememberedSha256(file: string): Promise<string> {
  const real = await realpath(file);
  const { size, mtimeMs, ino } = await stat(real);
  const state = `${real} ${size} ${mtimeMs} ${ino}`;
  const memory = path.join(cacheFolder(), "hashes", `${sha256(real).slice(0, 16)}.json`);
  if (await exists(memory)) {
    const known = (await readJson(memory)) as { state?: unknown; sha256?: unknown };
    if (known.state === state && typeof known.sha256 === "string") return known.sha256;
  }
  const hash = await sha256OfFile(real);
  await writeJson(memory, { state, sha256: hash });
  return hash;
}
