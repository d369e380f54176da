import { type Experiment, type ExperimentOptions, openExperiment } from "../experiment/experiment.js";
import { drawWorld, type World, worldSizes } from "./world.js";
import { worldFile } from "./world-file.js";

/** The sizes of a study. */
export type StudySize = keyof typeof worldSizes;

/** One size of the autoencoders, and one length of their trainings. */
export interface StudyCell {
  d_sae: number;
  steps: number;
  seeds: readonly number[];
  /** Whether its trainings are the shortest of the study: the weights that they start from are scored with them. */
  isShortest: boolean;
}

const seeds: readonly number[] = [42, 43, 44];

/** The lengths of trainings, in steps, the shortest first. */
export const lengths: readonly number[] = [1000, 5000];

/** Of long trainings the first seed alone, since they take most of the time. */
const seedsOf: Record<StudySize, (steps: number) => readonly number[]> = {
  smoke: () => seeds.slice(0, 1),
  default: (steps) => (steps === lengths[0] ? seeds : seeds.slice(0, 1)),
};

/** The cells of a study: as many features as there are true ones, then half of them, at each length. */
export const cellsOf = (size: StudySize): StudyCell[] =>
  lengths.flatMap((steps, i) =>
    [1, 2].map((of) => ({
      ...{ steps, seeds: seedsOf[size](steps), isShortest: i === 0 },
      d_sae: worldSizes[size].features / of,
    })),
  );

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
