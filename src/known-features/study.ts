import { throwIfStopped } from "../base/errors.js";
import { type Reporter, silent } from "../base/progress.js";
import { cellsOf, openCell, openWorld, type StudySize } from "./cells.js";
import { type KnownFeatures, type KnownPoint, readKnownFeatures, writeKnownFeatures } from "./document.js";
import { type KnownMethod, trainedMethods } from "./methods.js";
import { readoutsToScore, type ToScore, toScoreIn, truthOf } from "./points.js";
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
 * and called again it goes on: trainings and scores that are there and unchanged are kept.
 */
export async function computeKnownFeatures(
  size: StudySize,
  { methods = trainedMethods, seeds, steps, jobs, report = silent, signal }: KnownFeaturesOptions = {},
): Promise<KnownFeaturesStudy> {
  const opened = await openWorld(size);
  const { world } = opened;
  const cells: OpenCell[] = [];
  for (const cell of cellsOf(size)) {
    const all = { ...cell, seeds: [...new Set([...cell.seeds, ...(seeds ?? [])])] };
    cells.push({ cell: all, experiment: await openCell(opened, all, { offline: true, report, signal }) });
  }
  const asked = cells.filter(({ cell }) => steps?.includes(cell.steps) ?? true);
  await trainMissing(asked, { methods, features: world.size.features, seeds }, { jobs, report });
  const { folder } = cells[0].experiment.resultSet;
  const before = await readKnownFeatures(folder).catch(() => undefined); // a damaged one is written anew
  const points = await pointsOf(world, cells, { before: before?.points ?? [], report, signal });
  const known = { ...aboutWorld(world), points };
  await writeKnownFeatures(folder, known);
  return { known, folder };
}

/** The points of all that is there: those of before are kept where nothing they depend on has changed. */
async function pointsOf(
  world: World,
  cells: readonly OpenCell[],
  { before, report, signal }: { before: readonly KnownPoint[]; report: Reporter; signal?: AbortSignal },
): Promise<KnownPoint[]> {
  const truth = truthOf(world);
  const wanted: ToScore[] = [];
  for (const cell of cells) wanted.push(...(await toScoreIn(truth, cell)));
  wanted.push(...readoutsToScore(truth));
  const known = new Map(before.map((point) => [point.key, point]));
  const bar = report.bar("scoring", wanted.filter(({ key }) => !known.has(key)).length, "autoencoders");
  const points: KnownPoint[] = [];
  for (const { key, score } of wanted) {
    throwIfStopped(signal);
    const there = known.get(key);
    points.push(there ?? { ...(await score()), key });
    if (!there) bar.advance();
  }
  bar.finish();
  return points;
}

/** What a study says of its world. */
function aboutWorld({ size, seed, probabilities, kinds }: World): Omit<KnownFeatures, "points"> {
  const ofKind = (kind: string): number[] => [...probabilities].filter((_, g) => kinds[g] === kind);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    world: { size, seed },
    trueL0: sum([...probabilities]),
    kinds: Object.fromEntries(
      featureKinds.map((kind) => {
        const p = ofKind(kind);
        return [kind, { features: p.length, meanProbability: sum(p) / p.length }];
      }),
    ) as KnownFeatures["kinds"],
  };
}
