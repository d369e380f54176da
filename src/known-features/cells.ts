import { worldSizes } from "./world.js";

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
