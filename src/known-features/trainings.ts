import { sum } from "../base/mean.js";
import { type Reporter, silent } from "../base/progress.js";
import type { Experiment } from "../experiment/experiment.js";
import type { RunChoice } from "../experiment/run-choice.js";
import { workersFor } from "../experiment/training/pool.js";
import type { Training } from "../experiment/training/spec.js";
import type { StudyCell } from "./cells.js";
import { choiceOf, type KnownMethod } from "./methods.js";
import { worldLayer } from "./open.js";
import { trueL0 } from "./probabilities.js";

/** A cell of a study with its experiment opened. */
export interface OpenCell {
  cell: StudyCell;
  experiment: Experiment;
}

/** A training of a study; undefined where it would have to be computed. */
export interface StudyTraining {
  method: KnownMethod;
  choice: RunChoice;
  seed: number;
  training: Training | undefined;
}

/** Which trainings: those of some methods in a world with so many true features; of the cell's seeds, or of these. */
export interface WhichTrainings {
  methods: readonly KnownMethod[];
  features: number;
  seeds?: readonly number[];
}

/** The trainings of a cell, by method and seed. */
export async function trainingsIn(
  { cell, experiment }: OpenCell,
  { methods, features, seeds = cell.seeds }: WhichTrainings,
): Promise<StudyTraining[]> {
  const k = Math.round(trueL0(features));
  const trainings: StudyTraining[] = [];
  for (const method of methods) {
    const choice = choiceOf(method, { k, run: experiment.run });
    for (const seed of seeds) {
      const training = await experiment.find(choice, worldLayer, seed, { measured: "ends" });
      trainings.push({ method, choice, seed, training });
    }
  }
  return trainings;
}

/** Trains what is missing, cell by cell, side by side where there is room; says how much that is. */
export async function trainMissing(
  cells: readonly OpenCell[],
  which: WhichTrainings,
  { jobs, report = silent }: { jobs?: number; report?: Reporter } = {},
): Promise<void> {
  const found = new Map<OpenCell, StudyTraining[]>();
  for (const of of cells) found.set(of, await trainingsIn(of, which));
  report.line(missingText(found, jobs));
  for (const [{ experiment }, trainings] of found) {
    const missing = trainings.filter(({ training }) => !training);
    const runs = [...new Set(missing.map(({ choice }) => choice))];
    const seeds = [...new Set(missing.map(({ seed }) => seed))];
    if (missing.length > 0) await experiment.trainAll({ runs, layers: [worldLayer], seeds, jobs, measured: "ends" });
  }
}

/** How many trainings are missing, and the minutes that they will take at the mean time per step of those that are there. */
function missingText(found: ReadonlyMap<OpenCell, readonly StudyTraining[]>, jobs?: number): string {
  const all = [...found].flatMap(([{ cell }, trainings]) => trainings.map((of) => ({ ...of, steps: cell.steps })));
  const missing = all.filter(({ training }) => !training);
  const there = all.flatMap(({ training }) => training?.record ?? []);
  const said = `known features: ${missing.length} of ${all.length} trainings are missing`;
  if (missing.length === 0 || there.length === 0) return said;
  const perStep = sum(there.map(({ seconds }) => seconds)) / sum(there.map(({ steps }) => steps));
  const workers = jobs ?? workersFor(missing.length);
  const minutes = (perStep * sum(missing.map(({ steps }) => steps))) / workers / 60;
  return `${said}, about ${minutes.toPrecision(2)} min, ${workers} at a time`;
}
