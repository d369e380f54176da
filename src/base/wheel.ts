import { createWriteStream } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { openPromise } from "yauzl";
import { python, runProgram } from "./command.js";
import { SncError } from "./errors.js";
import { makeFolder, sha256OfFile } from "./files.js";
import { type Reporter, silent } from "./progress.js";

/** A Python wheel used as a plain archive: nothing in it is run. */
export interface Wheel {
  package: string;
  version: string;
  sha256: string;
  /** Of the archive; a large one's download is told as it goes on. */
  bytes?: number;
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
  { report = silent, signal }: { report?: Reporter; signal?: AbortSignal } = {},
): Promise<void> {
  await makeFolder(folder);
  const download = await mkdtemp(path.join(folder, ".download-"));
  try {
    const { tags } = wheel;
    const archives = path.join(download, "archives");
    const args = [
      ...["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", archives],
      ...(tags
        ? [
            ...["--implementation", "cp", "--python-version", tags.python, "--abi", tags.abi],
            ...tags.platforms.flatMap((platform) => ["--platform", platform]),
          ]
        : []),
      `${wheel.package}==${wheel.version}`,
    ];
    // pip writes first into its folder of temporary files: there the download can be watched, and goes with what is left of it.
    const env = { ...process.env, TMPDIR: download };
    const downloaded = runProgram(python, args, { env, signal });
    await (wheel.bytes === undefined ? downloaded : watched(downloaded, download, wheel, wheel.bytes, report));
    const [file] = await readdir(archives);
    const archive = path.join(archives, file);
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

/** Waits for a download into `folder` and tells how much of it is there. */
async function watched(
  downloaded: Promise<unknown>,
  folder: string,
  { package: name, version }: Wheel,
  bytes: number,
  report: Reporter,
): Promise<void> {
  const megabytes = (count: number): number => Math.round(count / 1e6);
  const bar = report.bar(`${name} ${version} (MB)`, megabytes(bytes), "MB");
  let told = 0;
  const tell = (count: number): void => {
    const now = Math.min(megabytes(count), megabytes(bytes));
    if (now > told) bar.advance(now - told);
    told = Math.max(told, now);
  };
  const end = new AbortController();
  const watching = (async () => {
    while (!end.signal.aborted) {
      await sleep(500, undefined, { signal: end.signal }).catch(() => {});
      tell(await bytesBelow(folder));
    }
  })();
  try {
    await downloaded;
    tell(bytes);
  } finally {
    end.abort();
    await watching;
    bar.finish();
  }
}

/** The bytes of all files in and below a folder that another program works in: what has just gone counts nothing. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries.map(async (entry) =>
    entry.isFile() ? ((await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined))?.size ?? 0) : 0,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
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
