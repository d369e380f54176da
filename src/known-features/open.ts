import { type Experiment, type ExperimentOptions, openExperiment } from "../experiment/experiment.js";
import type { StudyCell, StudySize } from "./cells.js";
import { drawWorld, type World, worldSizes } from "./world.js";
import { worldFile } from "./world-file.js";

/** The world of a study, with its vectors in a file. */
export interface StudyWorld {
  world: World;
  file: string;
}

/** Draws the world of this size, and writes its vectors unless they are there. */
export async function openWorld(size: StudySize): Promise<StudyWorld> {
  const world = drawWorld(worldSizes[size]);
  return { world, file: await worldFile(world) };
}

/** A cell to open, and readings of the paper other than the default. */
export interface OpeningCell extends Pick<StudyCell, "d_sae" | "steps" | "seeds"> {
  readings?: Readonly<Record<string, string | number>>;
}

/**
 * The experiment of one cell: the world's vectors as own activations, all of them kept (Reading R21), at the default profile's
 * batches, warm-up and intervals. Its layer is 0. `results/latest` stays where it is.
 */
export const openCell = (
  { file }: StudyWorld,
  { d_sae, steps, seeds: ofCell, readings }: OpeningCell,
  options?: Omit<ExperimentOptions, "keepLatest">,
): Promise<Experiment> =>
  openExperiment(
    {
      profile: "default",
      activations: { files: [{ layer: worldLayer, file }] },
      readings: { ...readings, firstPosition: "kept" },
      ...{ d_sae, steps, seeds: [...ofCell] },
    },
    { ...options, keepLatest: true },
  );

/** The number of the one layer that a world's vectors are. */
export const worldLayer = 0;
