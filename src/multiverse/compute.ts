import { canonicalJson, sha256 } from "../base/files.js";
import { groupBy } from "../base/group-by.js";
import type { Reporter } from "../base/progress.js";
import { readRegistry } from "../claims/list.js";
import { scopeOfSet } from "../claims/result-set.js";
import { type Experiment, openExperiment } from "../experiment/experiment.js";
import { readTables, type TrainedTables } from "../experiment/results/tables.js";
import type { RunChoice } from "../experiment/run-choice.js";
import type { ExperimentSpec } from "../experiment/spec.js";
import { describe } from "../method.js";
import { middleLayer, type Profile } from "../profiles.js";
import { answersOf, askedClaims } from "./answers.js";
import { type ComputedUniverse, type Multiverse, readMultiverse, writeMultiverse } from "./document.js";
import { plannedRuns, planUniverses, type Universe } from "./plan.js";
import { experimentReadings, runIn } from "./runs.js";

/** Which multiverse, and how much of it. */
export interface MultiverseOptions {
  /** The paper's profile takes days. */
  profile?: ExperimentSpec["profile"];
  /** How many universes; 200 by default, 12 at smoke. */
  count?: number;
  /** Of the draw. */
  seed?: number;
  /** Those that are computed, by their ids; all by default. */
  universes?: readonly string[];
  /** Only look at what was trained before. */
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

/** The plan alone: nothing is trained. */
export async function planMultiverse(options: MultiverseOptions = {}): Promise<MultiverseStudy> {
  const { profile: name = "default", seed = 1, report, signal } = options;
  const count = options.count ?? universesOf(name);
  const experiment = await openExperiment({ profile: name }, { offline: true, report, signal, keepLatest: true });
  const { profile, resultSet } = experiment;
  const { text } = await scopeOfSet(experiment);
  const known = await readMultiverse(resultSet.folder);
  const universes = planUniverses(profile, { count, seed });
  return {
    folder: resultSet.folder,
    multiverse: {
      layer: middleLayer(profile.layers),
      scope: text,
      count,
      seed,
      universes,
      computed: known?.computed ?? [],
    },
  };
}

/**
 * Trains what is missing of the universes and asks each the claims; writes multiverse.json after each experiment, so that stopped and
 * called again it goes on. Universes of one start and scale of inputs share an experiment, and a training where their choices do not
 * reach the run. What diverges is recorded.
 */
export async function computeMultiverse(options: MultiverseOptions = {}): Promise<MultiverseStudy> {
  const { multiverse, folder } = await planMultiverse(options);
  const wanted = multiverse.universes.filter(({ id }) => options.universes?.includes(id) ?? true);
  const known = new Map(multiverse.computed.map((of) => [placeOf(of), of]));
  for (const together of groupBy(wanted, (of) => canonicalJson(experimentReadings(of))).values()) {
    for (const computed of await universesIn(together, multiverse.layer, known, options))
      known.set(placeOf(computed), computed);
    const computed = multiverse.universes.flatMap(({ id, seeds }) =>
      seeds.flatMap((seed) => known.get(placeOf({ id, seed })) ?? []),
    );
    multiverse.computed = computed;
    await writeMultiverse(folder, multiverse);
  }
  return { multiverse, folder };
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

/** The universes of one experiment, trained where they are not, and asked. */
async function universesIn(
  universes: readonly Universe[],
  layer: number,
  known: ReadonlyMap<string, ComputedUniverse>,
  { profile = "default", trained = false, jobs, report, signal }: MultiverseOptions,
): Promise<ComputedUniverse[]> {
  const readings = experimentReadings(universes[0]);
  const experiment = await openExperiment({ profile, readings }, { offline: true, report, signal, keepLatest: true });
  const due = dueIn(universes, experiment);
  const diverged = divergedBefore(due, known);
  if (!trained) await trainMissing(experiment, layer, due, { jobs, diverged });
  return asked(experiment, layer, due, diverged);
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
function divergedBefore(due: readonly Due[], known: ReadonlyMap<string, ComputedUniverse>): Map<string, string> {
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
  experiment: Experiment,
  layer: number,
  due: readonly Due[],
  diverged: ReadonlyMap<string, string>,
): Promise<ComputedUniverse[]> {
  const claims = askedClaims((await readRegistry()).claims);
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
