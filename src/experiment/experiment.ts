import { type Backend, chooseBackend } from "../backend/choose.js";
import { SncError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import { type Reporter, silent } from "../base/progress.js";
import { openOwnActivations } from "../data/activations/own.js";
import type { LayerTexts } from "../data/activations/places.js";
import type { Activations } from "../data/activations/scale.js";
import { type ActivationSource, openActivations } from "../data/activations/source.js";
import { interruptSignal } from "../notebook/interrupt.js";
import { defaultReporter } from "../notebook/progress.js";
import type { Profile } from "../profiles.js";
import { changedReadings, type Readings } from "../readings.js";
import type { Run } from "../runs.js";
import { type GivenExperiment, resolveGiven } from "./named.js";
import { paperRun } from "./paper-run.js";
import { moveLatest, openResultSet, type ResultSet } from "./results/result-set.js";
import { isMethod, type RunChoice, runOf } from "./run-choice.js";
import type { CompleteSpec } from "./spec.js";
import { untrainedFolder } from "./training/folders.js";
import { mayFollow } from "./training/followers.js";
import { type DueJob, type TrainingJob, trainSideBySide, workersFor } from "./training/pool.js";
import type { ControlOption, MeasuredOption, Training, TrainingOptions, TrainingSpec } from "./training/spec.js";
import { activationsOfSet } from "./training/specified.js";
import { ensureTrained, findTraining } from "./training/training.js";
import { variationSpecOf } from "./variation.js";

/** How the work of an experiment is done; no number depends on it. */
export interface ExperimentOptions {
  /** Start neither npm nor pip: everything has been fetched before. */
  offline?: boolean;
  report?: Reporter;
  signal?: AbortSignal;
  /** Leave results/latest where it points: the result set is not what commands are to look into when none is named. */
  keepLatest?: boolean;
}

/** Which trainings; the specification's runs and variations, layers and seeds by default. */
export interface TrainAllOptions extends ControlOption, MeasuredOption {
  runs?: RunChoice[];
  layers?: number[];
  seeds?: number[];
  force?: boolean;
  /**
   * How many at a time, in processes of their own; by default as many as cores and memory allow. What has a rule of your own is
   * trained in this process, which alone has it.
   */
  jobs?: number;
  /** Told of each training that diverged, which is then left out, and the others go on; without it the first one ends all. */
  onDiverged?(of: Diverged): void;
}

/** A training that diverged: which one, and at what. */
export interface Diverged {
  run: RunChoice;
  layer: number;
  seed: number;
  message: string;
}

/** How one training is gone about. */
export interface TrainOptions extends Omit<TrainingOptions, "followers">, ControlOption, MeasuredOption {
  /** Runs due after it on this layer with this seed, which get its checkpoint as long as their rules decide as its do. */
  followers?: readonly RunChoice[];
}

/** One experiment, opened: its specification on its inputs, with the folder its results go to, for CLI and notebooks alike. */
export interface Experiment {
  /** All that its numbers depend on, as experiment.json holds it. */
  specification: CompleteSpec;
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
  /**
   * The model, the texts, and which token each of a layer's vectors belongs to; undefined where vectors come from files that say
   * nothing of texts, or stream through a buffer.
   */
  texts(layer: number): Promise<LayerTexts | undefined>;
  /** All that a training is made of, for stepping through it by hand; of a variation: this experiment's run, changed so. */
  spec(run: RunChoice, layer: number, seed: number): Promise<TrainingSpec>;
  /**
   * A training, computed unless an unchanged one is there, from its checkpoint where it was broken off. A variation has a folder
   * of its own beside the runs: runs/layer-14/gamma-1-<hash>/seed-42.
   */
  train(run: RunChoice, layer: number, seed: number, options?: TrainOptions): Promise<Training>;
  /** The same training if it is there and unchanged; undefined where it would have to be computed. */
  find(
    run: RunChoice,
    layer: number,
    seed: number,
    options?: ControlOption & MeasuredOption,
  ): Promise<Training | undefined>;
  /** Every training that is asked for, computed unless an unchanged one is there; side by side where there is room. */
  trainAll(options?: TrainAllOptions): Promise<Training[]>;
}

/**
 * Opens an experiment: chooses the backend, looks for the inputs, creates the result set's folder. `given`: the name of a profile
 * (`smoke`, `default`, `paper`), a result set's name or folder, a file with a specification, or a specification, whose `profile`
 * may be any of these. Throws a usage error for a choice that there is not, an input error for inputs that are not there.
 */
export async function openExperiment(
  given: GivenExperiment = {},
  { offline = false, report = defaultReporter(), signal, keepLatest = false }: ExperimentOptions = {},
): Promise<Experiment> {
  const { spec, profile, readings, resultSet } = await resolveGiven(given);
  const backend = await chooseBackend(spec.precision);
  await openResultSet(resultSet, spec, backend);
  if (!keepLatest) await moveLatest(resultSet);
  const context: Context = {
    ...{ spec, profile, readings, resultSet, offline, report },
    get signal() {
      return AbortSignal.any([interruptSignal(), ...(signal ? [signal] : [])]);
    },
    sources: new Map(),
    texts: new Map(),
    loaded: undefined,
  };
  return {
    ...{ specification: spec, profile, readings, backend, resultSet },
    changedReadings: changedReadings(readings),
    run: (number) => paperRun(context, number),
    activations: (layer) => activationsOf(context, layer),
    texts: (layer) => textsOf(context, layer),
    spec: (run, layer, seed) => specOf(context, { run, layer, seed }),
    train: (run, layer, seed, { untrained, measured, followers, ...options } = {}) =>
      train(context, { run, layer, seed, untrained, measured }, { ...options, followers }),
    find: (run, layer, seed, how) => find(context, { run, layer, seed, ...how }),
    trainAll: (options) => trainAll(context, options),
  };
}

/** What an open experiment knows and holds. */
interface Context {
  readonly spec: CompleteSpec;
  readonly profile: Profile;
  readonly readings: Readings;
  readonly resultSet: ResultSet;
  readonly offline: boolean;
  readonly report: Reporter;
  /** The caller's, or the interrupt of the notebook's kernel: asked for where work begins. */
  readonly signal: AbortSignal;
  /** Where each layer's activations come from; those asked for together are captured together. */
  readonly sources: Map<number, Promise<ActivationSource>>;
  /** The texts of layers: a small part of a file that is large to read. */
  readonly texts: Map<number, Promise<LayerTexts>>;
  /** One layer at a time is in memory: at the default profile it takes 0.4 GB, at the paper's 2.4. */
  loaded: { layer: number; activations: Promise<Activations> } | undefined;
}

/** Makes the activations of layers ready to be loaded. */
async function captured(context: Context, layers: number[]): Promise<void> {
  const { sources, signal } = context;
  const lacking = layers.filter((layer) => !sources.has(layer));
  if (lacking.length > 0) {
    const opened = openLayers(context, lacking);
    for (const layer of lacking) sources.set(layer, opened);
    const forget = (): void => {
      for (const layer of lacking) sources.delete(layer);
    };
    opened.catch(forget);
    signal.addEventListener("abort", forget, { once: true });
  }
  await Promise.all(layers.map((layer) => sources.get(layer)));
}

/** Where the vectors of layers come from: a model's on texts, or files. */
function openLayers({ spec, profile, readings, offline, report, signal }: Context, layers: number[]) {
  const { site, firstPosition } = readings;
  const request = { report, signal };
  if (!spec.activations)
    return openActivations(profile, { layers, readings: { site, firstPosition }, offline, ...request });
  return openOwnActivations(spec.activations, { batchSize: profile.batchSize, firstPosition, ...request });
}

async function activationsOf(context: Context, layer: number): Promise<Activations> {
  await captured(context, [layer]);
  const source = await context.sources.get(layer)!;
  if (context.loaded?.layer !== layer) loadLayer(context, layer, source);
  return context.loaded!.activations;
}

async function textsOf(context: Context, layer: number): Promise<LayerTexts | undefined> {
  await captured(context, [layer]);
  const known = context.texts.get(layer);
  if (known) return known;
  const texts = (await context.sources.get(layer)!).texts?.(layer);
  if (!texts) return undefined;
  context.texts.set(layer, texts);
  const forget = () => context.texts.delete(layer); // an interrupt may end the reading without a word
  texts.catch(forget);
  context.signal.addEventListener("abort", forget, { once: true });
  return texts;
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

async function specOf(context: Context, { run, layer, seed, untrained, measured }: Asked): Promise<TrainingSpec> {
  const { spec, profile, readings, sources, resultSet } = context;
  await captured(context, [layer]);
  const key = (await sources.get(layer)!).keyOf(layer, readings.inputScale);
  return {
    run: runOf(context, run),
    layer,
    seed,
    profile,
    d_sae: spec.d_sae,
    init: readings.init,
    ...(untrained && { learningRate: 0 }),
    ...(measured && { measured }),
    activations: activationsOfSet(resultSet.folder, layer, { key, load: () => activationsOf(context, layer) }),
  };
}

/** The choice as another process can be told it; undefined where only this one has its rules. */
function portable(choice: RunChoice): TrainingJob["run"] | undefined {
  if (typeof choice === "number" || "set" in choice || isMethod(choice)) return choice;
  return choice.variation && variationSpecOf(choice);
}

/** One training of those asked for. */
interface Asked extends ControlOption, MeasuredOption {
  run: RunChoice;
  layer: number;
  seed: number;
}

async function train(context: Context, asked: Asked, { followers = [], ...options }: TrainOptions): Promise<Training> {
  const { report, signal } = context;
  const specs: TrainingSpec[] = [];
  for (const run of followers) specs.push(await specOf(context, { ...asked, run }));
  const how = { report, signal, followers: specs, ...options };
  return ensureTrained(folderOf(context, asked), await specOf(context, asked), how);
}

const find = async (context: Context, asked: Asked): Promise<Training | undefined> =>
  findTraining(folderOf(context, asked), await specOf(context, asked));

const folderOf = ({ resultSet: { folder } }: Context, { untrained }: ControlOption): string =>
  untrained ? untrainedFolder(folder) : folder;

/**
 * Of each training the one before it whose steps it may take, the last of those on its layer with its seed; a rule of one's own may
 * decide by what nobody else sees.
 */
function leadersOf(context: Context, due: readonly Asked[]): Map<Asked, Asked> {
  const leaders = new Map<Asked, Asked>();
  const methods = new Map(due.map(({ run }) => [run, runOf(context, run).method]));
  for (const together of groupBy(due, ({ layer, seed }) => `${layer} ${seed}`).values())
    for (const [at, asked] of together.entries()) {
      const mayLead = ({ run }: Asked): boolean => mayFollow(methods.get(asked.run)!, methods.get(run)!);
      const leader = together.slice(0, at).reverse().find(mayLead);
      if (leader) leaders.set(asked, leader);
    }
  return leaders;
}

/** Whether a training comes after this one, or after one that does. */
function leads(leaders: Map<Asked, Asked>, leader: Asked, asked: Asked): boolean {
  const before = leaders.get(asked);
  return before !== undefined && (before === leader || leads(leaders, leader, before));
}

/** Every combination, by layer, then run, then seed; what is missing side by side, where there is room. */
async function trainAll(
  context: Context,
  { force = false, jobs: most, untrained, measured, onDiverged, ...which }: TrainAllOptions = {},
): Promise<Training[]> {
  const { spec, profile, resultSet, report, signal } = context;
  const {
    runs = [...profile.runs, ...(spec.variations ?? [])],
    layers = profile.layers,
    seeds = profile.seeds,
  } = which;
  for (const run of runs) runOf(context, run); // what is wrong with one is said before anything is computed
  await captured(context, layers);
  const all = layers.flatMap((layer) =>
    runs.flatMap((run) => seeds.map((seed): Asked => ({ run, layer, seed, untrained, measured }))),
  );
  const missing = new Set<Asked>();
  for (const asked of all) if (force || !(await find(context, asked))) missing.add(asked);
  const ahead = force ? new Map<Asked, Asked>() : leadersOf(context, [...missing]);
  const followersOf = (leader: Asked): Asked[] => [...missing].filter((asked) => leads(ahead, leader, asked));
  const jobs = new Map<Asked, DueJob>();
  for (const asked of missing) {
    const run = portable(asked.run);
    const followers = followersOf(asked).flatMap((follower) => portable(follower.run) ?? []);
    if (run !== undefined) jobs.set(asked, { job: { ...asked, run, followers }, after: jobs.get(ahead.get(asked)!) });
  }
  const workers = Math.min(most ?? workersFor(jobs.size), jobs.size);
  if (workers < 2) jobs.clear();
  const diverged = new Set<Asked>();
  const leftOut = (asked: Asked, error: unknown): void => {
    if (!onDiverged || !(error instanceof SncError && error.failure === "diverged")) throw error;
    diverged.add(asked);
    onDiverged({ run: asked.run, layer: asked.layer, seed: asked.seed, message: error.message });
  };
  if (jobs.size > 0) {
    const byJob = new Map([...jobs].map(([asked, job]) => [job, asked]));
    const onFailure = (job: DueJob, error: unknown): void => leftOut(byJob.get(job)!, error);
    const options = { workers, experiment: resultSet.folder, force, steps: profile.steps, report, signal, onFailure };
    await trainSideBySide([...jobs.values()], options);
  }
  const trainings: Training[] = [];
  for (const asked of all) {
    if (diverged.has(asked)) continue;
    const isDone = jobs.has(asked);
    const followers = isDone ? [] : followersOf(asked).map(({ run }) => run);
    const how = { signal, force: force && !isDone, report: isDone ? silent : report, followers };
    const training = await train(context, asked, how).catch((error: unknown) => leftOut(asked, error));
    if (training) trainings.push({ ...training, isNew: missing.has(asked) });
  }
  return trainings;
}
