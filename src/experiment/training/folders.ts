import { readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

/** A run as trainings record it. */
export interface RecordedRun {
  /** Of a variation: of the run that it varies. */
  number: number;
  name: string;
  /** Of a variation: eight hex digits of the hash of its number and method. */
  variation?: string;
}

export const recordedRunSchema: z.ZodType<RecordedRun> = z.object({
  number: z.int(),
  name: z.string(),
  variation: z
    .string()
    .regex(/^[0-9a-f]{8}$/)
    .optional(),
});

/** The run of the paper that a training is compared with: the run before it, or of a variation the run that it varies. */
export const predecessorOf = ({ number, variation }: RecordedRun): number =>
  variation === undefined ? number - 1 : number;

/** The name of a run's folder: run-7, or of a variation its name and hash. */
export const runFolder = (run: number | RecordedRun): string =>
  typeof run === "number"
    ? `run-${run}`
    : run.variation === undefined
      ? `run-${run.number}`
      : `${run.name}-${run.variation}`;

/** The name of the variation whose folder this is; undefined for that of a run. */
export const variationName = (folder: string): string | undefined => /^(.+)-[0-9a-f]{8}$/.exec(folder)?.[1];

/** A run in words: Run 7 (local-competition), or of a variation gamma-1, of Run 7. */
export const runInWords = ({ number, name, variation }: RecordedRun): string =>
  variation === undefined ? `Run ${number} (${name})` : `${name}, of Run ${number}`;

/** How a run is asked for: the paper's by its number; a variation by its name, its folder's name, or itself. */
export type RunAsked =
  | number
  | string
  | { number: number; name: string; variation?: object }
  | { run: number; name: string; set: object };

/** Whether this is the run that is asked for. */
export function isOf(run: RecordedRun, asked: RunAsked): boolean {
  if (typeof asked === "object") return isOf(run, "set" in asked || asked.variation ? asked.name : asked.number);
  return run.variation === undefined ? run.number === asked : run.name === asked || runFolder(run) === asked;
}

/** Where a training's files lie in a result set. */
export const trainingFolder = (resultSet: string, layer: number, run: number | RecordedRun, seed: number): string =>
  path.join(resultSet, "runs", placeInRuns(layer, run, seed));

/** Where a result set keeps its controls that learn nothing, in the same order as its trainings. */
export const untrainedFolder = (resultSet: string): string => path.join(resultSet, "controls", "untrained");

/** The same below its runs/. */
export const placeInRuns = (layer: number, run: number | RecordedRun, seed: number): string =>
  path.join(`layer-${layer}`, runFolder(run), `seed-${seed}`);

/** Which trainings of a result set: those of the paper's runs, those of variations, or all. */
export type TrainingKind = "runs" | "variations" | "all";

/** The folders of the finished trainings of a result set; rejects where none was ever begun. */
export async function finishedTrainings(resultSet: string, kind: TrainingKind): Promise<string[]> {
  return (await foldersWith("run.json", resultSet)).filter((folder) => isOfKind(folder, kind));
}

/** The folders below a result set's runs/ that hold a file of this name; rejects where there is no runs/. */
export async function foldersWith(name: string, resultSet: string): Promise<string[]> {
  const runs = path.join(resultSet, "runs");
  const files = await readdir(runs, { recursive: true });
  return files.filter((file) => path.basename(file) === name).map((file) => path.join(runs, path.dirname(file)));
}

/** Whether a training's folder is that of a run of the paper, or of a variation. */
export const isOfKind = (folder: string, kind: TrainingKind): boolean =>
  kind === "all" || (kind === "runs") === /^run-\d+$/.test(path.basename(path.dirname(folder)));
