import { SncError, throwIfStopped } from "../base/errors.js";
import { mean } from "../base/mean.js";
import { type Reporter, silent } from "../base/progress.js";
import { cellsOf, type StudySize } from "./cells.js";
import { type KnownFeatures, type KnownPoint, readKnownFeatures, writeKnownFeatures } from "./document.js";
import { type KnownMethod, trainedMethods } from "./methods.js";
import { openCell, openWorld } from "./open.js";
import { readoutsToScore, type ToScore, toScoreIn, truthOf } from "./points.js";
import { trueL0 } from "./probabilities.js";
import { type OpenCell, trainMissing } from "./trainings.js";
import { featureKinds, type World } from "./world.js";

/** Which part of a study is trained, and how. */
export interface KnownFeaturesOptions {
  /** All that are trained by default. */
  methods?: readonly KnownMethod[];
  /** Of short and long trainings; by default three of short ones, and one of long ones. */
  seeds?: readonly number[];
  /** Lengths that are trained; all by default. */
  steps?: readonly number[];
  /** Readings of the paper other than the default. */
  readings?: Readonly<Record<string, string | number>>;
  /** How many at a time; by default as many as cores and memory allow. */
  jobs?: number;
  report?: Reporter;
  signal?: AbortSignal;
}

/** A study, and the result set that holds it. */
export interface KnownFeaturesStudy {
  known: KnownFeatures;
  /** That of the short trainings with as many features as there are true ones; the others have result sets beside it. */
  folder: string;
}

/**
 * Trains what is missing of a study and was asked for, scores every training of it that is there, and writes known-features.json. Stopped
 * and called again it goes on: trainings and scores that are there and unchanged are kept. Seeds that were asked for before are looked
 * for again.
 */
export async function computeKnownFeatures(
  size: StudySize,
  { methods = trainedMethods, seeds = [], steps, readings, jobs, report = silent, signal }: KnownFeaturesOptions = {},
): Promise<KnownFeaturesStudy> {
  const opened = await openWorld(size);
  const { world } = opened;
  const cells: OpenCell[] = [];
  for (const cell of cellsOf(size)) {
    const experiment = await openCell(opened, { ...cell, readings }, { offline: true, report, signal });
    cells.push({ cell, experiment });
  }
  const asked = cells.filter(({ cell }) => steps?.includes(cell.steps) ?? true);
  const { features } = world.size;
  await trainMissing(asked, { methods, features, ...(seeds.length > 0 && { seeds }) }, { jobs, report });
  const { folder } = cells[0].experiment.resultSet;
  const before = await readBefore(folder, report);
  const seedsBefore = before.flatMap(({ steps: taken, seed }) => (taken > 0 ? [seed] : []));
  const about = aboutWorld(world);
  const points = await pointsOf(
    world,
    cells.map((of) => withSeeds(of, [...seeds, ...seedsBefore])),
    { before, report, signal, save: (known) => writeKnownFeatures(folder, { ...about, points: known }) },
  );
  return { known: { ...about, points }, folder };
}

/** The points of an earlier call; none where there are none, or the file is damaged and is written anew. */
async function readBefore(folder: string, report: Reporter): Promise<readonly KnownPoint[]> {
  try {
    return (await readKnownFeatures(folder))?.points ?? [];
  } catch (error) {
    if (!(error instanceof SncError && error.failure === "input")) throw error;
    report.line(`scored again: ${error.message}`);
    return [];
  }
}

/** A cell with more seeds to look for. */
const withSeeds = ({ cell, experiment }: OpenCell, seeds: readonly number[]): OpenCell => ({
  cell: { ...cell, seeds: [...new Set([...cell.seeds, ...seeds])] },
  experiment,
});

interface Scoring {
  before: readonly KnownPoint[];
  report: Reporter;
  signal?: AbortSignal;
  save(points: KnownPoint[]): Promise<void>;
}

/** The points of all that is there, saved, also when it is stopped: those of before stay where nothing they depend on has changed. */
async function pointsOf(
  world: World,
  cells: readonly OpenCell[],
  { before, report, signal, save }: Scoring,
): Promise<KnownPoint[]> {
  const truth = await truthOf(world);
  const wanted: ToScore[] = [];
  for (const cell of cells) wanted.push(...(await toScoreIn(truth, cell)));
  wanted.push(...readoutsToScore(truth));
  const known = new Map(before.map((point) => [point.key, point]));
  const there = (): KnownPoint[] => wanted.flatMap(({ key }) => known.get(key) ?? []);
  const missing = wanted.filter(({ key }) => !known.has(key));
  const bar = report.bar("scoring", missing.length, "autoencoders");
  try {
    for (const { key, score } of missing) {
      throwIfStopped(signal);
      known.set(key, { ...(await score()), key });
      bar.advance();
    }
  } finally {
    bar.finish();
    await save(there());
  }
  return there();
}

/** What a study says of its world. */
function aboutWorld({ size, seed, probabilities, kinds }: World): Omit<KnownFeatures, "points"> {
  const ofKind = (kind: string): number[] => [...probabilities].filter((_, g) => kinds[g] === kind);
  return {
    world: { size, seed },
    trueL0: trueL0(size.features),
    kinds: Object.fromEntries(
      featureKinds.map((kind) => {
        const p = ofKind(kind);
        return [kind, { features: p.length, meanProbability: mean(p) }];
      }),
    ) as KnownFeatures["kinds"],
  };
}
