import { type Backend, chooseBackend } from "../backend/choose.js";
import { type Reporter, silent } from "../base/progress.js";
import { loadActivations } from "../data/activations/activation-file.js";
import { requireUnchanged } from "../data/activations/activation-hash.js";
import { type ActivationOptions, ensureActivations } from "../data/activations/activations.js";
import { type Activations, scaled } from "../data/activations/scale.js";
import { openStream } from "../data/activations/stream.js";
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
  trainAll(options?: TrainAllOptions): Promise<Training[]>;
}

/** Opens the experiment of a profile: chooses the backend, reads the manifest, creates the result set's folder. */
export async function openExperiment({
  profile: name = "default",
  readings: changes = {},
  offline = false,
  report = silent,
  signal,
}: ExperimentOptions = {}): Promise<Experiment> {
  const identity = await experimentIdentity(name, changes);
  const { profile, readings: chosen } = identity;
  const backend = await chooseBackend();
  const resultSet = await openResultSet(identity.resultSet, backend);

  const captured = new Map<number, Promise<CapturedLayer>>();
  const capture = (layers: number[]): Promise<CapturedLayer[]> => {
    const lacking = layers.filter((layer) => !captured.has(layer));
    if (lacking.length > 0) {
      const { site, firstPosition } = chosen;
      const options = { layers: lacking, readings: { site, firstPosition }, offline, report, signal };
      const all = capturedLayers(profile, chosen, options);
      for (const [i, layer] of lacking.entries())
        captured.set(
          layer,
          all.then((each) => each[i]),
        );
    }
    return Promise.all(layers.map((layer) => captured.get(layer)!));
  };

  // One layer at a time is in memory: at the default profile it takes 0.4 GB, at the paper's 2.4.
  let loaded: { layer: number; activations: Promise<Activations> } | undefined;
  const activations = async (layer: number): Promise<Activations> => {
    const [{ load }] = await capture([layer]);
    if (loaded?.layer !== layer) loaded = { layer, activations: load() };
    return loaded.activations;
  };

  const spec = async (run: number | Run, layer: number, seed: number): Promise<TrainingSpec> => {
    const [{ key }] = await capture([layer]);
    return {
      run: typeof run === "number" ? runOf(run) : run,
      layer,
      seed,
      profile,
      init: chosen.init,
      activations: { key, load: () => activations(layer) },
    };
  };
  const runOf = (number: number): Run =>
    runNumbered(number, {
      readings: chosen,
      pruneEvery: profile.interval,
      reallocateAfter: reallocateAfter(profile, chosen),
      momentum: profile.momentum,
    });
  const train = async (run: number, layer: number, seed: number, options: TrainingOptions = {}): Promise<Training> =>
    ensureTrained(resultSet.folder, await spec(run, layer, seed), { report, signal, ...options });

  /** Every combination, by layer, then run, then seed. */
  const trainAll = async ({
    runs = profile.runs,
    layers = profile.layers,
    seeds = profile.seeds,
    force = false,
    jobs,
  }: TrainAllOptions = {}): Promise<Training[]> => {
    for (const number of runs) runOf(number); // a wrong number is said before anything is computed
    await capture(layers);
    const places = layers.flatMap((layer) => runs.flatMap((run) => seeds.map((seed) => ({ run, layer, seed }))));
    const missing: TrainingPlace[] = [];
    for (const place of places)
      if (force || !(await findTraining(resultSet.folder, await spec(place.run, place.layer, place.seed))))
        missing.push(place);
    const workers = Math.min(jobs ?? workersFor(missing.length), missing.length);
    if (workers > 1) {
      const { steps } = profile;
      await trainSideBySide(missing, {
        workers,
        experiment: { profile: name, readings: changes },
        force,
        steps,
        report,
        signal,
      });
    }
    const trainings: Training[] = [];
    for (const place of places) {
      const isMissing = missing.includes(place);
      const training = await train(place.run, place.layer, place.seed, {
        force: force && workers <= 1,
        report: isMissing && workers > 1 ? silent : report,
      });
      trainings.push({ ...training, isNew: isMissing });
    }
    return trainings;
  };

  return {
    profile,
    readings: chosen,
    changedReadings: changedReadings(chosen),
    backend,
    resultSet,
    run: runOf,
    activations,
    spec,
    train,
    trainAll,
  };
}

/** A layer's activations: `key` changes when the numbers do. */
interface CapturedLayer {
  key: string;
  load(): Promise<Activations>;
}

/** Makes the activations of layers ready to be loaded: as files that are read whole, or as a stream through a buffer. */
async function capturedLayers(
  profile: Profile,
  { inputScale }: Readings,
  options: ActivationOptions & { layers: number[] },
): Promise<CapturedLayer[]> {
  if (profile.bufferContexts) {
    const stream = await openStream(profile, options);
    return options.layers.map((layer) => ({
      key: `${stream.key}/layer-${layer}/${inputScale}/buffer-${profile.bufferContexts}`,
      load: () => stream.load(layer, inputScale),
    }));
  }
  const { key, layers } = await ensureActivations(profile, options);
  return layers.map(({ layer, file }) => ({
    key: `${key}/layer-${layer}/${inputScale}`,
    load: async () => {
      await requireUnchanged(file);
      return scaled(await loadActivations(file), inputScale);
    },
  }));
}

/** Reading R13: steps of low importance before a feature is started again. */
const reallocateAfter = ({ interval }: Profile, readings: Readings): number =>
  Math.round((Number(readings.reallocateAfter) / paper.interval) * interval);
