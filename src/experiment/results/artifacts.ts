import { stat } from "node:fs/promises";
import path from "node:path";
import { canonicalJson, readJson, sha256, sha256OfFile } from "../../base/files.js";
import { isOfKind, variationName } from "../training/folders.js";
import { filesBelow, type ResultSet } from "./result-set.js";

/** Which trainings are meant: those of one layer or one seed, all where nothing is said. */
export interface TrainingChoice {
  layer?: unknown;
  seed?: unknown;
}

/**
 * A hash of what notebooks call `artifact`; undefined while there is none. `activations`: what they are captured from and
 * how, which a result set's name stands for. `runs`, `runs/run-3`, `runs/gamma-1`: finished trainings of the paper's runs, of
 * one, or of a variation (by its name or its folder's), without the time they took. Any other name: the set's files of this name, in a folder of this name, or with an extension (`claims` is claims.json).
 */
export async function artifactHash(
  set: ResultSet,
  artifact: string,
  choice: TrainingChoice = {},
): Promise<string | undefined> {
  if (artifact === "activations") return set.name;
  const all = await filesBelow(set.folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const isTraining = artifact === "runs" || artifact.startsWith("runs/");
  const files = isTraining ? trainingFiles(all, artifact, choice) : all.filter((file) => isOf(file, artifact));
  if (files.length === 0) return undefined;
  const lines: string[] = [];
  for (const file of files) {
    const at = path.join(set.folder, file);
    lines.push(
      `${file} ${isTraining && file.endsWith("/run.json") ? await hashOfRecord(at) : await hashOfContent(at)}`,
    );
  }
  return sha256(lines.join("\n")).slice(0, 16);
}

const known = new Map<string, { state: string; hash: Promise<string> }>();

/** A file's hash; many notebooks read the same files, and one that is as it was is read once a process. */
async function hashOfContent(file: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(file, { bigint: true });
  const state = `${ino} ${size} ${mtimeNs}`;
  const earlier = known.get(file);
  if (earlier?.state === state) return earlier.hash;
  const hash = sha256OfFile(file);
  known.set(file, { state, hash });
  return hash;
}

const isOf = (file: string, artifact: string): boolean =>
  file === artifact || file.startsWith(`${artifact}/`) || file.startsWith(`${artifact}.`);

/** Files of finished trainings (those with a run.json): of `runs`, or of one run or variation, `runs/…`. */
function trainingFiles(all: readonly string[], artifact: string, { layer, seed }: TrainingChoice): string[] {
  const finished = new Set(all.filter((file) => file.endsWith("/run.json")).map((file) => path.posix.dirname(file)));
  const [, wanted] = artifact.split("/");
  return all.filter((file) => {
    const folder = path.posix.dirname(file);
    const [, ofLayer, run, ofSeed] = /^runs\/layer-(\d+)\/([^/]+)\/seed-(\d+)$/.exec(folder) ?? [];
    return (
      finished.has(folder) &&
      run !== undefined &&
      (wanted === undefined ? isOfKind(folder, "runs") : [run, variationName(run)].includes(wanted)) &&
      (typeof layer !== "number" || layer === Number(ofLayer)) &&
      (typeof seed !== "number" || seed === Number(ofSeed))
    );
  });
}

/** run.json without how its time was spent, and the hash that has it in it: training again gives the same. */
async function hashOfRecord(file: string): Promise<string> {
  const whole = (await readJson(file)) as Record<string, unknown>;
  const { seconds: _, secondsByPart: _p, sharedSteps: _s, sha256: _h, ...record } = whole;
  return sha256(canonicalJson(record));
}
