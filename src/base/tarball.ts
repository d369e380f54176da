import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import * as tar from "tar";
import { runNpm } from "./command.js";
import { SncError } from "./errors.js";
import { makeFolder } from "./files.js";

/** An npm package used as a plain archive: nothing in it is installed or run, and no dependency comes with it. */
export interface Tarball {
  name: string;
  version: string;
  /** As in a lockfile: `sha512-` and the hash in base64. */
  integrity: string;
}

/**
 * Downloads a package's tarball with `npm pack`, by the user's own npm configuration, into a new folder below `workshop`, checks
 * its integrity and returns its path. `next` is what to run again after a failure.
 */
export async function downloadTarball(
  { name, version, integrity }: Tarball,
  workshop: string,
  next: string,
  signal?: AbortSignal,
): Promise<string> {
  const folder = await mkdtemp(path.join(workshop, "tarball-"));
  // In a folder of its own, npm finds the user's configuration and no project's.
  await runNpm(["pack", `${name}@${version}`, "--loglevel=error"], { cwd: folder, signal });
  const [fileName] = await readdir(folder);
  const file = path.join(folder, fileName);
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash, { signal });
  const found = `sha512-${hash.digest("base64")}`;
  if (found !== integrity)
    throw new SncError(
      "input",
      `${fileName}: expected integrity ${integrity}, found ${found}. The registry serves another file: see npm config get registry, then run: ${next}`,
    );
  return file;
}

/** Unpacks the regular files of an npm tarball that are wanted; a path that leaves `folder` ends it. */
export async function unpackTarball(
  file: string,
  folder: string,
  isTaken: (pathInPackage: string) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  await makeFolder(folder);
  const unpack = tar.x({
    cwd: folder,
    strip: 1, // npm puts everything below one folder, usually package/
    strict: true, // a path with .. or a damaged entry is an error, not a warning
    filter: (name, entry) => "type" in entry && entry.type === "File" && isTaken(name.slice(name.indexOf("/") + 1)),
  });
  await pipeline(createReadStream(file), unpack as unknown as NodeJS.WritableStream, { signal });
}
