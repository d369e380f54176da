import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { SncError } from "./errors.js";
import { cacheFolder, canonicalJson, readJson, sha256, sha256OfFile, writeFileAtomic, writeJson } from "./files.js";
import { systemFault } from "./system-errors.js";

/*
 * What one stage writes and another reads carries its sha256, so that a file that somebody or something has changed is
 * never computed with. It stands beside the file (`<file>.sha256`) or in its folder's SHA256SUMS, both as `sha256sum -c` reads
 * them; a JSON file that this package alone writes has it inside ("sealed").
 */

/** Which stage wrote a file, and the command that makes it again. */
export interface Made {
  by: string;
  next: string;
}

/** Below this, hashing again is cheaper than remembering. */
const worthRemembering = 2 ** 24;

let isVerifying = false;

/** From now on this process hashes every file that it opens, whatever it remembers of it. */
export function verifyAlways(): void {
  isVerifying = true;
}

/**
 * sha256 of a file. A large one's is remembered in the cache under its path, size, times of change and inode: gigabytes are
 * read once for each change, not by every command and notebook.
 */
export async function sha256Once(file: string): Promise<string> {
  const real = await realpath(file);
  const { size, mtimeNs, ctimeNs, ino } = await stat(real, { bigint: true });
  if (size < worthRemembering) return sha256OfFile(real);
  const state = `${real} ${size} ${mtimeNs} ${ctimeNs} ${ino}`;
  const memory = path.join(cacheFolder(), "hashes", `${sha256(real).slice(0, 16)}.json`);
  const known = isVerifying ? undefined : await readJson(memory).catch(() => undefined);
  const remembered = z.object({ state: z.literal(state), sha256: z.string() }).safeParse(known);
  if (remembered.success) return remembered.data.sha256;
  const hash = await sha256OfFile(real);
  await writeJson(memory, { state, sha256: hash }).catch(() => {}); // a cache that is read-only forgets, and hashes again
  return hash;
}

const hashFileOf = (file: string): string => `${file}.sha256`;
const sumsFileOf = (folder: string): string => path.join(folder, "SHA256SUMS");
const line = (hash: string, name: string): string => `${hash}  ${name}\n`;

/** Writes a file's sha256 beside it, as `<file>.sha256`. */
export async function recordHash(file: string): Promise<void> {
  await writeFileAtomic(hashFileOf(file), line(await sha256OfFile(file), path.basename(file)));
}

/** Writes the sha256 of some files of a folder into its SHA256SUMS; what that says of others stays. */
export async function recordHashes(folder: string, names: readonly string[]): Promise<void> {
  const hashes = await hashesIn(sumsFileOf(folder));
  for (const name of names) hashes.set(name, await sha256OfFile(path.join(folder, name)));
  const lines = [...hashes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, hash]) => line(hash, name));
  await writeFileAtomic(sumsFileOf(folder), lines.join(""));
}

/** sha256 by file name of a list as `sha256sum` writes it; empty where it is not there. */
async function hashesIn(list: string): Promise<Map<string, string>> {
  return parsed(await readFile(list, "utf8").catch(ifAbsent));
}

const parsed = (list: string): Map<string, string> =>
  new Map([...list.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, hash, name]) => [name, hash]));

function ifAbsent(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}

/** The sha256 that is recorded of a file, beside it or in its folder's SHA256SUMS; undefined where none is. */
export async function recordedHash(file: string): Promise<string | undefined> {
  const name = path.basename(file);
  return (await hashesIn(hashFileOf(file))).get(name) ?? (await hashesIn(sumsFileOf(path.dirname(file)))).get(name);
}

/** Whether a file is there with its sha256 beside it: one without is not finished. */
export const isRecorded = (file: string): boolean => existsSync(file) && existsSync(hashFileOf(file));

/** Throws an input error where a file is not what its stage wrote, or no sha256 of it is recorded. */
export async function requireRecorded(file: string, made: Made): Promise<void> {
  await requireHash(file, (await recordedHash(file)) ?? unrecorded(file, made), made);
}

/** The bytes of a file that has its sha256 beside it, read at once: for work that cannot wait. Checked as `requireRecorded`. */
export function readRecorded(file: string, made: Made): Uint8Array {
  const read = (name: string): Buffer => {
    try {
      return readFileSync(name);
    } catch (error) {
      throw missing(name, made, error);
    }
  };
  const recorded = parsed(read(hashFileOf(file)).toString()).get(path.basename(file)) ?? unrecorded(file, made);
  const bytes = read(file);
  const { size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
  const state = `${recorded} ${size} ${mtimeNs} ${ctimeNs}`;
  if (isVerifying || seen.get(file) !== state) {
    const found = sha256(bytes);
    if (found !== recorded) throw changed(file, recorded, found, made);
    seen.set(file, state);
  }
  return bytes;
}

/** By path: what `readRecorded` has found right in this process, and hashes once for each change. */
const seen = new Map<string, string>();

function unrecorded(file: string, { by, next }: Made): never {
  throw new SncError("input", `${file}: expected the sha256 that ${by} recorded of it, found none. ${next}`);
}

/** The error of a file that cannot be read: one that is not there is made again, another fault is the machine's. */
function missing(file: string, { by, next }: Made, cause: unknown): unknown {
  if ((cause as NodeJS.ErrnoException).code !== "ENOENT") return systemFault(cause) ?? cause;
  return new SncError("input", `${file}: expected what ${by} wrote, found no such file. ${next}`, { cause });
}

/** Throws an input error where a file's sha256 is not the recorded one, or the file is not there. */
async function requireHash(file: string, recorded: string, made: Made): Promise<void> {
  const found = await sha256Once(file).catch((error) => {
    throw missing(file, made, error);
  });
  if (found !== recorded) throw changed(file, recorded, found, made);
}

function changed(file: string, recorded: string, found: string, { by, next }: Made): SncError {
  const [was, is] = [recorded, found].map((hash) => `${hash.slice(0, 8)}…`);
  return new SncError(
    "input",
    `${file}: expected sha256 ${was}, as ${by} wrote it, found ${is}: it has changed since. ${next}`,
  );
}

/** A JSON object with the sha256 of what it says as its last entry, in place of one that it had. */
export function sealed<T extends object>(value: T): T & { sha256: string } {
  const { sha256: _, ...said } = value as T & { sha256?: string };
  return { ...value, sha256: sha256(canonicalJson(said)) };
}

/** Writes a JSON object whole and sealed. */
export const writeSealed = (file: string, value: object): Promise<void> => writeJson(file, sealed(value));

/**
 * A JSON object that `writeSealed` wrote, checked. Throws an input error where it is not JSON, not what was written, or not
 * as the schema says; undefined where it carries no sha256, as before there were any.
 */
export async function readSealed<T>(file: string, schema: z.ZodType<T>, made: Made): Promise<T | undefined> {
  const fail = (expected: string, found: string, cause?: unknown): never => {
    throw new SncError("input", `${file}: expected ${expected}, as ${made.by} wrote it, found ${found}. ${made.next}`, {
      cause,
    });
  };
  const content = await readJson(file).catch((error: unknown) => {
    if (error instanceof SyntaxError) return fail("JSON", error.message, error);
    throw systemFault(error) ?? error;
  });
  if (typeof content !== "object" || content === null || Array.isArray(content))
    return fail("an object", typeof content);
  const { sha256: recorded, ...value } = content as Record<string, unknown>;
  if (recorded === undefined) return undefined;
  const found = sha256(canonicalJson(value));
  if (found !== recorded) throw changed(file, String(recorded), found, made);
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : fail("other content", z.prettifyError(parsed.error));
}

/** The same of a file that must carry its sha256: an input error says so where it is from before there were any. */
export async function requireSealed<T>(file: string, schema: z.ZodType<T>, made: Made): Promise<T> {
  return (await readSealed(file, schema, made)) ?? unrecorded(file, made);
}
