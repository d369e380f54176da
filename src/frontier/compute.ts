import { SncError } from "../base/errors.js";
import { spreadOf } from "../base/interval.js";
import { type Reporter, silent } from "../base/progress.js";
import type { Experiment } from "../experiment/experiment.js";
import type { RunChoice } from "../experiment/run-choice.js";
import { workersFor } from "../experiment/training/pool.js";
import type { TrainingRecord } from "../experiment/training/record.js";
import { middleLayer, type Profile } from "../profiles.js";
import { pointOf } from "./curve.js";
import { type Frontier, readFrontier, removeFrontier, writeFrontier } from "./document.js";
import { type FrontierLevel, type FrontierMethod, frontierLevels, type LevelChoice } from "./levels.js";

/** Which trainings of the frontier. */
export interface FrontierOptions {
  /** The experiment's middle one by default. */
  layer?: number;
  methods?: readonly FrontierMethod[];
  levels?: LevelChoice;
  /** The experiment's by default. */
  seeds?: readonly number[];
  /** How many at a time; by default as many as cores and memory allow. */
  jobs?: number;
  /** Is told how many trainings are missing, and how long they will take. */
  report?: Reporter;
}

/**
 * Trains what of these levels is missing, then reads off every training of the frontier that is there, also of levels that were
 * not asked for now, and writes frontier.json into the result set. Stopped and called again it goes on where it was. Throws an
 * input error where none is there.
 */
export async function computeFrontier(experiment: Experiment, options: FrontierOptions = {}): Promise<Frontier> {
  const { profile, resultSet } = experiment;
  const { layer = middleLayer(profile.layers), seeds = profile.seeds } = options;
  await trainFrontier(experiment, { ...options, layer, seeds });
  const frontier = await frontierThere(experiment, { layer, seeds });
  if (!frontier)
    throw new SncError(
      "input",
      `${resultSet.folder}: expected trainings of the frontier on layer ${layer}, found none. Run: snc frontier`,
    );
  await writeFrontier(resultSet.folder, frontier);
  return frontier;
}

/** What is there of the frontier, unchanged; undefined where nothing is beside the paper's own runs. */
async function frontierThere(experiment: Experiment, { layer, seeds }: Place): Promise<Frontier | undefined> {
  const { profile, specification } = experiment;
  const all = [...new Set([...profile.seeds, ...seeds])].sort((a, b) => a - b);
  const { there } = await found(experiment, frontierLevels(experiment), { layer, seeds: all });
  const points = there.map(({ level, record }) => pointOf(level, record));
  if (there.every(({ level }) => typeof level.choice === "number")) return undefined;
  const { modelName, steps } = profile;
  return { layer, modelName, steps, d_sae: specification.d_sae, points };
}

/**
 * frontier.json for the main job, which trains the levels that it is asked for, and else none: what `snc frontier` has trained is
 * read off anew. One whose trainings are of another version of this package is removed, and it is said. Returns what there is.
 */
export async function refreshFrontier(
  experiment: Experiment,
  { levels, report }: { levels: LevelChoice; report: Reporter },
): Promise<Frontier | undefined> {
  const { profile, resultSet } = experiment;
  const before = await readFrontier(resultSet.folder);
  if (!before && levels === "none") return undefined;
  const { layer, seeds } = {
    layer: before?.layer ?? middleLayer(profile.layers),
    seeds: seedsOf(before) ?? profile.seeds,
  };
  if (levels !== "none") return computeFrontier(experiment, { layer, seeds, levels, report });
  const there = await frontierThere(experiment, { layer, seeds });
  if (there) await writeFrontier(resultSet.folder, there);
  else await removeFrontier(resultSet.folder);
  const lost = (before?.points.length ?? 0) - (there?.points.length ?? 0);
  if (lost > 0) report.line(`frontier: ${lost} trainings are of another version of this package. Run: snc frontier`);
  return there;
}

const seedsOf = (frontier?: Frontier): number[] | undefined =>
  frontier && [...new Set(frontier.points.map(({ seed }) => seed))];

/** Trains what is missing: the paper's own runs as the main job does, all others measured at both ends alone. */
async function trainFrontier(
  experiment: Experiment,
  { report = silent, ...options }: FrontierOptions & Place,
): Promise<void> {
  const { layer, seeds, jobs } = options;
  const levels = frontierLevels(experiment, options);
  const of = { layers: [layer], seeds: [...seeds], jobs };
  const lacking = (found: Found, isOfPaper: boolean): RunChoice[] =>
    found.lacking.map(({ choice }) => choice).filter((choice) => (typeof choice === "number") === isOfPaper);
  const atFirst = await found(experiment, levels, options);
  const ofPaper = lacking(atFirst, true);
  if (ofPaper.length > 0) await experiment.trainAll({ ...of, runs: ofPaper });
  const now = ofPaper.length > 0 ? await found(experiment, levels, options) : atFirst;
  if (levels.length > 0) report.line(missingText(now, experiment.profile, jobs));
  const others = lacking(now, false);
  if (others.length > 0) await experiment.trainAll({ ...of, runs: others, measured: "ends" });
}

/** Which layer, and which seeds. */
interface Place {
  layer: number;
  seeds: readonly number[];
}

/** Trainings that are there and unchanged, and how many are not. */
interface Found {
  there: { level: FrontierLevel; record: TrainingRecord }[];
  missing: number;
  /** The levels of which a seed is missing. */
  lacking: FrontierLevel[];
}

async function found(
  experiment: Experiment,
  levels: readonly FrontierLevel[],
  { layer, seeds }: Place,
): Promise<Found> {
  const there: Found["there"] = [];
  for (const level of levels)
    for (const seed of seeds) {
      const training = await experiment.find(level.choice, layer, seed, { measured: "ends" });
      if (training) there.push({ level, record: training.record });
    }
  const isWhole = (level: FrontierLevel): boolean => there.filter((of) => of.level === level).length === seeds.length;
  const missing = levels.length * seeds.length - there.length;
  return { there, missing, lacking: levels.filter((level) => !isWhole(level)) };
}

/** How many trainings are missing, and how long they will take by what the others took. */
function missingText(
  { there, missing }: Found,
  profile: Pick<Profile, "steps" | "interval">,
  jobs = workersFor(missing),
): string {
  const of = `frontier: ${missing} of ${there.length + missing} trainings are missing`;
  if (missing === 0 || there.length === 0) return of;
  const seconds = spreadOf(there.map(({ record }) => secondsAtEnds(record, profile))).mean;
  const minutes = (Math.ceil(missing / jobs) * seconds) / 60;
  return `${of}, about ${minutes.toPrecision(2)} min at ${seconds.toPrecision(2)} s each, ${jobs} at a time`;
}

/** What a training takes that is measured at both ends: its steps, and two of its measurements. */
function secondsAtEnds(
  { seconds, secondsByPart, measured, steps }: TrainingRecord,
  { interval }: Pick<Profile, "interval">,
): number {
  const ofSteps = Object.values(secondsByPart).reduce((sum, part) => sum + part, 0);
  const measurements = measured === "ends" ? 2 : 1 + Math.ceil(steps / interval);
  return ofSteps + (2 / measurements) * (seconds - ofSteps);
}
