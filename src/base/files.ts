import { createHash, type Hash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";

/** Where fetched inputs, libraries and activations are kept between checkouts: `SNC_CACHE`, else the user's cache folder. */
export function cacheFolder(): string {
  if (process.env.SNC_CACHE) return path.resolve(process.env.SNC_CACHE);
  const home = homedir();
  const base =
    process.env.XDG_CACHE_HOME ??
    (process.platform === "darwin"
      ? path.join(home, "Library", "Caches")
      : process.platform === "win32"
        ? (process.env.LOCALAPPDATA ?? path.join(home, "AppData", "Local"))
        : path.join(home, ".cache"));
  return path.join(base, "selective-neural-competition");
}

/** The package's own folder (where package.json, data-manifests and notebooks lie), from src/ and from dist/ alike. */
export const packageFolder: string = path.resolve(__dirname, "..", "..");

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** A name beside `file` that no other process uses; files are written there, then renamed. */
export const temporaryName = (file: string): string => `${file}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;

/** Writes a file so that a reader sees the old bytes or all of the new ones, never a part. Creates the folder. */
export async function writeFileAtomic(file: string, bytes: string | Uint8Array): Promise<void> {
  await replaceFile(file, async (temporary) => {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Lets `write` make a temporary file, then moves it to `file`; on any failure the temporary file is removed. */
export async function replaceFile(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = temporaryName(file);
  try {
    await write(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Lets `write` fill a new folder, then puts it in the place of `folder`: what lay there is gone whole, or, on any failure,
 * stays whole.
 */
export async function replaceFolder(folder: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const [fresh, old] = [temporaryName(folder), temporaryName(folder)];
  await mkdir(fresh, { recursive: true });
  try {
    await write(fresh);
    if (await exists(folder)) await rename(folder, old);
    await rename(fresh, folder);
  } catch (error) {
    if (!(await exists(folder)) && (await exists(old))) await rename(old, folder);
    throw error;
  } finally {
    for (const left of [fresh, old]) await rm(left, { recursive: true, force: true });
  }
}

export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`);
}

export async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

/** sha256 of a file's bytes, in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash: Hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

export const sha256 = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** JSON with sorted keys: equal values give equal text, whatever order they were built in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v) =>
    v && typeof v === "object" && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}
