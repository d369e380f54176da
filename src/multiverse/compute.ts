import { SncError } from "../base/errors.js";
import { canonicalJson, sha256 } from "../base/files.js";
import { groupBy } from "../base/group-by.js";
import { describeProgress, type Reporter, silent } from "../base/progress.js";
import type { Claim } from "../claims/claim.js";
import { readRegistry } from "../claims/list.js";
import { scopeOfSet } from "../claims/result-set.js";
import { studySources } from "../claims/universes.js";
import { type Experiment, openExperiment } from "../experiment/experiment.js";
import type { GivenExperiment } from "../experiment/named.js";
import { readTables, type TrainedTables } from "../experiment/results/tables.js";
import type { RunChoice } from "../experiment/run-choice.js";
import { describe } from "../method.js";
import { middleLayer, type Profile } from "../profiles.js";
import type { Readings } from "../readings.js";
import { answersOf, askedClaims } from "./answers.js";
import { centralOf, decidedIn } from "./decided.js";
import { type ComputedUniverse, type Multiverse, readMultiverse, writeMultiverse } from "./document.js";
import { plannedRuns, planUniverses, type Universe } from "./plan.js";
import { experimentReadings, runIn } from "./runs.js";
import { pooledShares } from "./shares.js";

/** Which multiverse, and how much of it. */
export interface MultiverseOptions {
  /** What is trained where every universe has its own readings: `default` where nothing is said; the paper's profile takes days. */
  experiment?: GivenExperiment;
  /** How many universes; 200 by default, 12 at smoke. */
  count?: number;
  /** Of the draw. */
  seed?: number;
  /** Those that are computed, by their ids; all by default. */
  universes?: readonly string[];
  /** Only ask those whose trainings are all there. */
  trained?: boolean;
  jobs?: number;
  report?: Reporter;
  signal?: AbortSignal;
}

/** A study with the folder of the result set that holds it. */
export interface MultiverseStudy {
  multiverse: Multiverse;
  folder: string;
}

/** Universes by default. */
const universesOf = (profile: Profile["name"]): number => (profile === "smoke" ? 12 : 200);

/** Opens the experiment with these readings in place of its own: universes choose them all. */
const openUnder = (
  readings: Partial<Readings>,
  { experiment = {}, report, signal }: MultiverseOptions,
): Promise<Experiment> => {
  const spec = typeof experiment === "string" ? { profile: experiment } : experiment;
  return openExperiment({ ...spec, readings }, { offline: true, report, signal, keepLatest: true });
};

/** The plan, with what of it is there: nothing is trained, nothing written. */
export async function planMultiverse(options: MultiverseOptions = {}): Promise<MultiverseStudy> {
  const { seed = 1, report = silent } = options;
  const experiment = await openUnder({}, options);
  const { profile, resultSet } = experiment;
  const count = options.count ?? universesOf(profile.name);
  const universes = planUniverses(profile, { count, seed });
  const { text } = await scopeOfSet(experiment);
  const known = await readMultiverse(resultSet.folder, { report });
  const sources = await studySources();
  const planned = { layer: middleLayer(profile.layers), scope: text, count, seed, sources, universes };
  const isSame = known?.count === count && known.seed === seed;
  return {
    folder: resultSet.folder,
    multiverse: {
      ...withComputed(planned, known?.computed ?? []),
      decided: isSame ? known.decided : {},
    },
  };
}

/** A plan with that of it which was computed, in its order: of two that are the same the last. What decides is not asked yet. */
function withComputed(
  plan: Omit<Multiverse, "computed" | "shares" | "decided">,
  all: readonly ComputedUniverse[],
): Multiverse {
  const known = new Map(all.map((of) => [placeOf(of), of]));
  const computed = plan.universes.flatMap(({ id, seeds }) =>
    seeds.flatMap((seed) => known.get(placeOf({ id, seed })) ?? []),
  );
  return { ...plan, computed, shares: pooledShares({ ...plan, computed }), decided: {} };
}

/**
 * Trains what is missing of the universes and asks each the claims; writes multiverse.json after each experiment, so that stopped and
 * called again it goes on with those that have not answered. Universes of one start and scale of inputs share an experiment, and a
 * training where their choices do not reach the run. What diverges is recorded.
 */
export async function computeMultiverse(options: MultiverseOptions = {}): Promise<MultiverseStudy> {
  const { multiverse, folder } = await planMultiverse(options);
  const { report = silent } = options;
  const { claims } = await readRegistry();
  const isComputed = ({ id, seeds }: Universe): boolean =>
    seeds.every((seed) => multiverse.computed.some((of) => of.id === id && of.seed === seed));
  const missing = togetherIn(multiverse, options.universes).filter((together) => !together.every(isComputed));
  const [total, startedAt] = [missing.flat().length, performance.now()];
  let done = 0;
  let study = multiverse;
  for (const together of missing) {
    const { experiment, due, diverged } = await openTogether(together, study, options);
    if (!options.trained) await trainMissing(experiment, study.layer, due, { ...options, diverged });
    const found = await asked(claims, experiment, study.layer, due, diverged);
    study = withComputed(study, [...study.computed, ...found]);
    await writeMultiverse(folder, study);
    done += together.length;
    report.line(`universes: ${describeProgress(done, total, startedAt)}`);
  }
  study = { ...study, decided: decidedIn(study, centralOf(study, claims)) };
  await writeMultiverse(folder, study);
  return { multiverse: study, folder };
}

/**
 * Trains what is missing of the universes and asks them nothing: for jobs side by side, each with universes of its own. What diverges
 * leaves no training; whoever asks finds it again. Returns them.
 */
export async function trainUniverses(options: MultiverseOptions = {}): Promise<Universe[]> {
  const { multiverse } = await planMultiverse(options);
  const wanted = togetherIn(multiverse, options.universes);
  for (const together of wanted) {
    const { experiment, due, diverged } = await openTogether(together, multiverse, options);
    await trainMissing(experiment, multiverse.layer, due, { ...options, diverged });
  }
  return wanted.flat();
}

/** The universes that are wanted, or all, those together that share an experiment: its readings are those of the first. */
export function togetherIn({ universes }: Pick<Multiverse, "universes">, ids?: readonly string[]): Universe[][] {
  const unknown = ids?.find((id) => !universes.some((of) => of.id === id));
  if (unknown !== undefined)
    throw new SncError("usage", `--universe: expected an id of snc multiverse plan, found "${unknown}"`);
  const wanted = universes.filter(({ id }) => ids?.includes(id) ?? true);
  return [...groupBy(wanted, (of) => canonicalJson(experimentReadings(of))).values()];
}

const placeOf = ({ id, seed }: Pick<ComputedUniverse, "id" | "seed">): string => `${id} ${seed}`;

/** A universe's run with one seed, and the training that it is: other universes may have the same. */
interface Due {
  universe: Universe;
  number: number;
  choice: RunChoice;
  seed: number;
  training: string;
}

/** The experiment of universes that share one, with all that they need. */
async function openTogether(universes: readonly Universe[], { computed }: Multiverse, options: MultiverseOptions) {
  const experiment = await openUnder(experimentReadings(universes[0]), options);
  const due = dueIn(universes, experiment);
  return { experiment, due, diverged: divergedBefore(due, computed) };
}

function dueIn(universes: readonly Universe[], experiment: Experiment): Due[] {
  const choices = new Map<string, RunChoice>();
  return universes.flatMap((universe) =>
    plannedRuns.flatMap((number) => {
      const run = runIn(universe, experiment, number);
      const method = describe((typeof run === "number" ? experiment.run(run) : run).method);
      const name = sha256(canonicalJson({ number, method }));
      const choice = choices.get(name) ?? run;
      choices.set(name, choice);
      return universe.seeds.map((seed): Due => ({ universe, number, choice, seed, training: `${name} ${seed}` }));
    }),
  );
}

/** What diverged when it was tried before, which is not tried again: at what, by training. */
function divergedBefore(due: readonly Due[], computed: readonly ComputedUniverse[]): Map<string, string> {
  const known = new Map(computed.map((of) => [placeOf(of), of]));
  const found = new Map<string, string>();
  for (const { universe, seed, number, training } of due) {
    const message = known.get(placeOf({ id: universe.id, seed }))?.diverged[number];
    if (message !== undefined) found.set(training, message);
  }
  return found;
}

async function trainMissing(
  experiment: Experiment,
  layer: number,
  due: readonly Due[],
  { jobs, diverged }: { jobs?: number; diverged: Map<string, string> },
): Promise<void> {
  const left = due.filter(({ training }) => !diverged.has(training));
  for (const ofSeed of groupBy(left, ({ seed }) => String(seed)).values()) {
    const trainings = new Map(ofSeed.map(({ choice, training }) => [choice, training]));
    await experiment.trainAll({
      runs: [...trainings.keys()],
      layers: [layer],
      seeds: [ofSeed[0].seed],
      ...{ jobs, measured: "ends" },
      onDiverged: ({ run, message }) => diverged.set(trainings.get(run)!, message),
    });
  }
}

/** What those universes say whose runs are all there, or have diverged. */
async function asked(
  all: readonly Claim[],
  experiment: Experiment,
  layer: number,
  due: readonly Due[],
  diverged: ReadonlyMap<string, string>,
): Promise<ComputedUniverse[]> {
  const claims = askedClaims(all);
  const tables = new Map<string, TrainedTables>();
  const computed: ComputedUniverse[] = [];
  for (const ofOne of groupBy(due, ({ universe, seed }) => placeOf({ id: universe.id, seed })).values()) {
    const [{ universe, seed }] = ofOne;
    for (const { choice, training } of ofOne) {
      const found = tables.has(training) ? undefined : await experiment.find(choice, layer, seed, { measured: "ends" });
      if (found) tables.set(training, await readTables(found.folder));
    }
    const own = ofOne.flatMap(({ training }) => tables.get(training) ?? []);
    const lost = ofOne.filter(({ training }) => !tables.has(training) && diverged.has(training));
    if (own.length + lost.length < ofOne.length) continue;
    computed.push({
      ...{ id: universe.id, seed },
      diverged: Object.fromEntries(lost.map(({ number, training }) => [number, diverged.get(training)!])),
      ...answersOf(claims, own, { universe, layer, lost: lost.map(({ number }) => number) }),
    });
  }
  return computed;
}
