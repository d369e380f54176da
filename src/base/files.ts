import { createHash, type Hash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { SncError } from "./errors.js";
import { naming, systemFault } from "./system-errors.js";

/** The user's own folder. Throws where there is none, as for a user without an entry in the system's list. */
export function homeFolder(): string {
  let home = "";
  try {
    home = homedir() || userInfo().homedir; // an empty HOME counts as none
  } catch {} // nobody has this user's number
  if (path.isAbsolute(home)) return home;
  throw new SncError(
    "environment",
    `HOME: expected the user's folder, found ${home || "none"}. Set HOME, or SNC_CACHE to a folder for inputs and activations`,
  );
}

/**
 * Where fetched inputs, libraries and activations are kept between checkouts: `SNC_CACHE`, else the user's cache folder. An
 * empty variable counts as none, and so does a relative XDG_CACHE_HOME, as its specification demands.
 */
export function cacheFolder(): string {
  if (process.env.SNC_CACHE) return path.resolve(process.env.SNC_CACHE);
  return ownCacheFolder();
}

/**
 * Where what is set up once a machine is looked for: the cache folder, then the user's own, so that another `SNC_CACHE` for an
 * experiment's inputs needs no second set-up. Without a user's folder, the first alone; without either, none.
 */
export function cacheFolders(): string[] {
  const folders: string[] = [];
  for (const folder of [cacheFolder, ownCacheFolder])
    try {
      folders.push(folder());
    } catch {} // no HOME: whoever has to write there says so
  return [...new Set(folders)];
}

const ownCacheFolder = (): string => path.join(userCacheFolder(), "selective-neural-competition");

function userCacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  if (process.platform === "darwin") return path.join(homeFolder(), "Library", "Caches");
  if (process.platform === "win32") return LOCALAPPDATA || path.join(homeFolder(), "AppData", "Local");
  return path.join(homeFolder(), ".cache");
}

/** The package's own folder (where package.json, data-manifests and notebooks lie), from src/ and from dist/ alike. */
export const packageFolder: string = path.resolve(__dirname, "..", "..");

/** Whether the package lies in a project's node_modules, where nothing may be written: npm puts it there anew. */
export const isDependency: boolean = packageFolder.split(path.sep).includes("node_modules");

/** The command that brings what this machine lacks. */
export const howToSetUp: string = isDependency ? "npx snc setup" : "scripts/setup";

/** Whether something lies there. Throws where that cannot be told: what may not be looked at is not missing. */
export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
      throw systemFault(error) ?? error;
    },
  );
}

/** Makes a folder, and those above it, where they are not there. */
export async function makeFolder(folder: string): Promise<void> {
  // Not `recursive`: below a folder that takes no others (/proc), Node 20 tries for ever.
  const make = (): Promise<void> => mkdir(folder);
  await make()
    .catch(async (error: NodeJS.ErrnoException) => {
      const above = path.dirname(folder);
      if (error.code !== "ENOENT" || above === folder) throw error;
      await makeFolder(above);
      await make();
    })
    .catch(async (error: NodeJS.ErrnoException) => {
      const there = await stat(folder).catch(() => undefined); // made before, or by another process meanwhile
      if (!there?.isDirectory()) throw systemFault(error) ?? error;
    });
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
  await makeFolder(path.dirname(file));
  await refuseOtherThanFile(file);
  const temporary = temporaryName(file);
  try {
    await write(temporary);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {}); // the first failure is the one to tell
    throw systemFault(error, file) ?? error;
  }
}

/** Throws where something lies that a move would put away, such as /dev/null, or that no file can replace. */
async function refuseOtherThanFile(file: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (!there || there.isFile()) return;
  const found = there.isDirectory() ? "a folder" : "a device or pipe";
  throw new SncError("environment", `${file}: expected a file to write, found ${found}. Name a file`);
}

/**
 * Lets `write` fill a new folder, then puts it in the place of `folder`: what lay there is gone whole, or, on any failure,
 * stays whole.
 */
export async function replaceFolder(folder: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const [fresh, old] = [temporaryName(folder), temporaryName(folder)];
  await makeFolder(fresh);
  try {
    await write(fresh);
    if (await exists(folder)) await rename(folder, old);
    await rename(fresh, folder);
  } catch (error) {
    if (!(await exists(folder)) && (await exists(old))) await rename(old, folder);
    throw systemFault(error, folder) ?? error;
  } finally {
    for (const left of [fresh, old]) await rm(left, { recursive: true, force: true });
  }
}

export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`);
}

export async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await naming(file, readFile(file, "utf8")));
}

/** sha256 of a file's bytes, in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash: Hash = createHash("sha256");
  await naming(file, pipeline(createReadStream(file), hash));
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
