import path from "node:path";
import { runNames } from "../../paper.js";
import { type CompleteSpec, runNamed } from "../spec.js";
import { readCheckpointHeader } from "../training/checkpoint-header.js";
import { foldersWith, type RecordedRun, trainingFolder } from "../training/folders.js";
import { byPlace, type TrainingRecord } from "../training/record.js";
import { finishedIn } from "./saved.js";

/** One training of a result set, as it is there or is still to be made. */
export interface ListedTraining {
  layer: number;
  /** Of a variation that is missing the hash is empty: it follows from the method. */
  run: RecordedRun;
  seed: number;
  state: "finished" | "in the making" | "missing";
  /** How many steps are done, where it is in the making, and of how many. */
  step: number | null;
  steps: number | null;
  /** null where the hash is not known. */
  folder: string | null;
}

/** Which trainings a result set is to have: each run and variation on each layer with each seed. */
type Wanted = Pick<CompleteSpec, "layers" | "runs" | "seeds" | "variations">;

type Place = Pick<TrainingRecord, "layer" | "run" | "seed">;

/**
 * Every training of a result set, runs and variations, by layer, run and seed: finished ones, those with a checkpoint to go on
 * from, and those that are wanted and missing. Loads no tensor library.
 */
export async function listTrainings(
  folder: string,
  { layers, runs, seeds, variations: wanted = [] }: Wanted,
): Promise<ListedTraining[]> {
  const { trainings, variations } = await finishedIn(folder);
  const listed = new Map<string, ListedTraining>();
  const list = (place: Place, state: ListedTraining["state"], step: number | null, steps: number | null): void => {
    const { layer, run, seed } = place;
    const at = trainingFolder(folder, layer, run, seed);
    listed.set(at, { layer, run, seed, state, step, steps, folder: run.variation === "" ? null : at });
  };
  const places = layers.flatMap((layer) => seeds.map((seed) => ({ layer, seed })));
  for (const number of runs)
    for (const place of places) list({ ...place, run: { number, name: runNames[number] } }, "missing", null, null);
  for (const record of [...trainings, ...variations]) list(record, "finished", null, record.steps);
  for (const place of await begun(folder)) list(place, "in the making", place.step, place.steps);
  for (const { run: number, name } of wanted.map(runNamed))
    for (const place of places) {
      const isThere = [...listed.values()].some(
        ({ run, layer, seed }) =>
          run.variation !== undefined &&
          run.number === number &&
          run.name === name &&
          layer === place.layer &&
          seed === place.seed,
      );
      if (!isThere) list({ ...place, run: { number, name, variation: "" } }, "missing", null, null);
    }
  return [...listed.values()].sort(byPlace);
}

/** The trainings with a checkpoint, as that says; one of an earlier version, which is begun anew, says nothing. */
async function begun(folder: string): Promise<(Place & { step: number; steps: number })[]> {
  const folders = await foldersWith("checkpoint.bin", folder).catch(() => []);
  const headers = await Promise.all(folders.map((at) => readCheckpointHeader(path.join(at, "checkpoint.bin"))));
  return headers.filter((header) => header !== undefined);
}
