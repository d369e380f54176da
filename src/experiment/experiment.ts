import { type Backend, chooseBackend } from "../backend/choose.js";
import { type Reporter, silent } from "../base/progress.js";
import type { Activations } from "../data/activations/scale.js";
import { type ActivationSource, openActivations } from "../data/activations/source.js";
import { interruptSignal } from "../notebook/interrupt.js";
import { defaultReporter } from "../notebook/progress.js";
import { paper } from "../paper.js";
import type { Profile } from "../profiles.js";
import { changedReadings, type Readings } from "../readings.js";
import { type Run, run as runNumbered } from "../runs.js";
import { experimentIdentity } from "./identity.js";
import { openResultSet, type ResultSet } from "./results/result-set.js";
import { trainSideBySide, workersFor } from "./training/pool.js";
import type { TrainingPlace } from "./training/predecessor.js";
import type { Training, TrainingOptions, TrainingSpec } from "./training/spec.js";
import { ensureTrained, findTraining } from "./training/training.js";

/** Which experiment is opened, and how. */
export interface ExperimentOptions {
  /** smoke, default or paper. */
  profile?: string;
  /** Readings that differ from the default, by id: { importance: "meanAbs" }. */
  readings?: Readonly<Record<string, string | number>>;
  /** Start neither npm nor pip: everything has been fetched before. */
  offline?: boolean;
  report?: Reporter;
  signal?: AbortSignal;
}

/** Which trainings; the profile's runs, layers and seeds by default. */
export interface TrainAllOptions {
  runs?: number[];
  layers?: number[];
  seeds?: number[];
  force?: boolean;
  /** How many at a time, in processes of their own; by default as many as cores and memory allow. */
  jobs?: number;
}

/** One experiment: a profile on its inputs, with the folder its results go to. The same object serves CLI and notebooks. */
export interface Experiment {
  profile: Profile;
  readings: Readings;
  /** Those that differ from the default. */
  changedReadings: Partial<Readings>;
  backend: Backend;
  resultSet: ResultSet;
  /** A run by its number, under this experiment's readings and at its profile's intervals and momentum. */
  run(number: number): Run;
  /** A layer's activations after input scaling (R14); captured if they are not in the cache. */
  activations(layer: number): Promise<Activations>;
  /** All that a training is made of, for stepping through it by hand; a run by its number, or a variation of one. */
  spec(run: number | Run, layer: number, seed: number): Promise<TrainingSpec>;
  /** A training of a run of the paper, computed unless an unchanged one is there; variations have no folder to go to. */
  train(run: number, layer: number, seed: number, options?: TrainingOptions): Promise<Training>;
  /** Every training that is asked for, computed unless an unchanged one is there; side by side where there is room. */
  trainAll(options?: TrainAllOptions): Promise<Training[]>;
}

/** Opens the experiment of a profile: chooses the backend, reads the manifest, creates the result set's folder. */
export async function openExperiment({
  profile: name = "default",
  readings: changes = {},
  offline = false,
  report = defaultReporter(),
  signal,
}: ExperimentOptions = {}): Promise<Experiment> {
  const { profile, readings, resultSet: identity } = await experimentIdentity(name, changes);
  const backend = await chooseBackend();
  const resultSet = await openResultSet(identity, backend);
  const context: Context = {
    ...{ profile, readings, resultSet, offline, report },
    get signal() {
      return AbortSignal.any([interruptSignal(), ...(signal ? [signal] : [])]);
    },
    named: { profile: name, readings: changes },
    sources: new Map(),
    loaded: undefined,
  };
  return {
    ...{ profile, readings, backend, resultSet },
    changedReadings: changedReadings(readings),
    run: (number) => runOf(context, number),
    activations: (layer) => activationsOf(context, layer),
    spec: (run, layer, seed) => specOf(context, run, layer, seed),
    train: (run, layer, seed, options) => train(context, { run, layer, seed }, options),
    trainAll: (options) => trainAll(context, options),
  };
}

/** What an open experiment knows and holds. */
interface Context {
  readonly profile: Profile;
  readonly readings: Readings;
  readonly resultSet: ResultSet;
  readonly offline: boolean;
  readonly report: Reporter;
  /** The caller's, or the interrupt of the notebook's kernel: asked for where work begins. */
  readonly signal: AbortSignal;
  /** As it was asked for: a process that trains for it opens the same. */
  readonly named: { profile: string; readings: Readonly<Record<string, string | number>> };
  /** Where each layer's activations come from; those asked for together are captured together. */
  readonly sources: Map<number, Promise<ActivationSource>>;
  /** One layer at a time is in memory: at the default profile it takes 0.4 GB, at the paper's 2.4. */
  loaded: { layer: number; activations: Promise<Activations> } | undefined;
}

/** Makes the activations of layers ready to be loaded. */
async function captured(context: Context, layers: number[]): Promise<void> {
  const { profile, readings, sources, offline, report, signal } = context;
  const lacking = layers.filter((layer) => !sources.has(layer));
  if (lacking.length > 0) {
    const { site, firstPosition } = readings;
    const opened = openActivations(profile, {
      layers: lacking,
      readings: { site, firstPosition },
      offline,
      report,
      signal,
    });
    for (const layer of lacking) sources.set(layer, opened);
    const forget = (): void => {
      for (const layer of lacking) sources.delete(layer);
    };
    opened.catch(forget);
    signal.addEventListener("abort", forget, { once: true });
  }
  await Promise.all(layers.map((layer) => sources.get(layer)));
}

async function activationsOf(context: Context, layer: number): Promise<Activations> {
  await captured(context, [layer]);
  const source = await context.sources.get(layer)!;
  if (context.loaded?.layer !== layer) loadLayer(context, layer, source);
  return context.loaded!.activations;
}

/** Loads a layer in place of another. An interrupt may end the loading without a word: it is then begun anew. */
function loadLayer(context: Context, layer: number, source: ActivationSource): void {
  const loaded = { layer, activations: source.load(layer, context.readings.inputScale) };
  context.loaded = loaded;
  const forget = (): void => {
    if (context.loaded === loaded) context.loaded = undefined;
  };
  loaded.activations.catch(forget);
  context.signal.addEventListener("abort", forget, { once: true });
}

async function specOf(context: Context, run: number | Run, layer: number, seed: number): Promise<TrainingSpec> {
  const { profile, readings, sources } = context;
  await captured(context, [layer]);
  const key = (await sources.get(layer)!).keyOf(layer, readings.inputScale);
  return {
    run: typeof run === "number" ? runOf(context, run) : run,
    layer,
    seed,
    profile,
    init: readings.init,
    activations: { key, load: () => activationsOf(context, layer) },
  };
}

const runOf = ({ profile, readings }: Context, number: number): Run =>
  runNumbered(number, {
    readings,
    pruneEvery: profile.interval,
    reallocateAfter: reallocateAfter(profile, readings),
    momentum: profile.momentum,
  });

/** Reading R13: steps of low importance before a feature is started again. */
const reallocateAfter = ({ interval }: Profile, readings: Readings): number =>
  Math.round((Number(readings.reallocateAfter) / paper.interval) * interval);

async function train(
  context: Context,
  { run, layer, seed }: TrainingPlace,
  options: TrainingOptions = {},
): Promise<Training> {
  const { resultSet, report, signal } = context;
  return ensureTrained(resultSet.folder, await specOf(context, run, layer, seed), { report, signal, ...options });
}

/** Every combination, by layer, then run, then seed; what is missing side by side, where there is room. */
async function trainAll(
  context: Context,
  { force = false, jobs, ...which }: TrainAllOptions = {},
): Promise<Training[]> {
  const { profile, resultSet, named, report, signal } = context;
  const { runs = profile.runs, layers = profile.layers, seeds = profile.seeds } = which;
  for (const number of runs) runOf(context, number); // a wrong number is said before anything is computed
  await captured(context, layers);
  const places = layers.flatMap((layer) => runs.flatMap((run) => seeds.map((seed) => ({ run, layer, seed }))));
  const missing: TrainingPlace[] = [];
  for (const place of places) {
    const spec = await specOf(context, place.run, place.layer, place.seed);
    if (force || !(await findTraining(resultSet.folder, spec))) missing.push(place);
  }
  const workers = Math.min(jobs ?? workersFor(missing.length), missing.length);
  const sideBySide = workers > 1;
  if (sideBySide)
    await trainSideBySide(missing, { workers, experiment: named, force, steps: profile.steps, report, signal });
  const trainings: Training[] = [];
  for (const place of places) {
    const isMissing = missing.includes(place);
    const training = await train(context, place, {
      signal,
      force: force && !sideBySide,
      report: isMissing && sideBySide ? silent : report,
    });
    trainings.push({ ...training, isNew: isMissing });
  }
  return trainings;
}
