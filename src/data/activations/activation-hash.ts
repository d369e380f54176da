import { readFile } from "node:fs/promises";
import path from "node:path";
import { SncError } from "../../base/errors.js";
import { exists, sha256OfFile, writeFileAtomic } from "../../base/files.js";
import { remake } from "./activation-file.js";

const hashFile = (file: string): string => `${file}.sha256`;

/** Writes the sha256 of an activation file beside it, as `sha256sum -c` reads it, unless it is there. */
export async function recordHash(file: string): Promise<void> {
  if (!(await exists(hashFile(file))))
    await writeFileAtomic(hashFile(file), `${await sha256OfFile(file)}  ${path.basename(file)}\n`);
}

/** Throws where an activation file is not what was captured: nothing is trained on vectors that somebody has changed. */
export async function requireUnchanged(file: string): Promise<void> {
  const [recorded] = (await readFile(hashFile(file), "utf8")).split(" ");
  const found = await sha256OfFile(file);
  if (found === recorded) return;
  const [is, was] = [found, recorded].map((hash) => `${hash.slice(0, 8)}…`);
  throw new SncError(
    "input",
    `${file}: expected sha256 ${was} as it was captured, found ${is}. Delete it and ${hashFile(file)}. ${remake}`,
  );
}
