import { type Backend, chooseBackend } from "./backend/choose.js";
import type { ActivationSet } from "./data/activation-file.js";
import { loadActivations } from "./data/activation-file.js";
import { ensureActivations } from "./data/activations.js";
import { readManifest } from "./data/manifest.js";
import { SncError } from "./errors.js";
import { type Profile, profile as profileNamed } from "./profiles.js";
import { type Reporter, silent } from "./progress.js";
import { openResultSet, type ResultSet } from "./results.js";
import { type Run, run as runNumbered } from "./runs.js";
import { type Activations, ensureTrained, type Training, type TrainingSpec } from "./training.js";

export interface ExperimentOptions {
  /** smoke, default or paper. */
  profile?: string;
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
}

/** One experiment: a profile on its inputs, with the folder its results go to. The same object serves CLI and notebooks. */
export interface Experiment {
  profile: Profile;
  backend: Backend;
  resultSet: ResultSet;
  /** A layer's activations after input scaling (R14); captured if they are not in the cache. */
  activations(layer: number): Promise<Activations>;
  /** All that a training is made of, for stepping through it by hand. */
  spec(run: number | Run, layer: number, seed: number): Promise<TrainingSpec>;
  /** A training, computed unless an unchanged one is there. */
  train(run: number | Run, layer: number, seed: number): Promise<Training>;
  trainAll(options?: TrainAllOptions): Promise<Training[]>;
}

/** Opens the experiment of a profile: chooses the backend, reads the manifest, creates the result set's folder. */
export async function openExperiment({
  profile: name = "default",
  offline = false,
  report = silent,
  signal,
}: ExperimentOptions = {}): Promise<Experiment> {
  const profile = profileNamed(name);
  const backend = await chooseBackend();
  const { resources } = await readManifest();
  const inputs = Object.fromEntries(resources.map((resource) => [resource.name, resource.hash]));
  const resultSet = await openResultSet({ profile, inputs, readings: {} }, backend);

  const captured = new Map<number, Promise<{ key: string; file: string }>>();
  const capture = (layers: number[]): Promise<{ key: string; file: string }[]> => {
    const lacking = layers.filter((layer) => !captured.has(layer));
    if (lacking.length > 0) {
      const folder = ensureActivations(profile, { layers: lacking, offline, report, signal });
      for (const [i, layer] of lacking.entries())
        captured.set(
          layer,
          folder.then(({ key, layers: files }) => ({ key, file: files[i].file })),
        );
    }
    return Promise.all(layers.map((layer) => captured.get(layer)!));
  };

  // One layer at a time is in memory: at the default profile it takes 0.4 GB.
  let loaded: { layer: number; activations: Promise<Activations> } | undefined;
  const activations = async (layer: number): Promise<Activations> => {
    const [{ file }] = await capture([layer]);
    if (loaded?.layer !== layer) loaded = { layer, activations: loadActivations(file).then(scaled) };
    return loaded.activations;
  };

  const spec = async (run: number | Run, layer: number, seed: number): Promise<TrainingSpec> => {
    const [{ key }] = await capture([layer]);
    return {
      run: typeof run === "number" ? runOf(run, profile) : run,
      layer,
      seed,
      profile,
      activations: { key: `${key}/layer-${layer}`, load: () => activations(layer) },
    };
  };
  const train = async (run: number | Run, layer: number, seed: number, force = false): Promise<Training> =>
    ensureTrained(resultSet.folder, await spec(run, layer, seed), { report, signal, force });

  return {
    profile,
    backend,
    resultSet,
    activations,
    spec,
    train,
    async trainAll({ runs = profile.runs, layers = profile.layers, seeds = profile.seeds, force } = {}) {
      for (const number of runs) runOf(number, profile); // a wrong number is said before anything is computed
      await capture(layers);
      const trainings: Training[] = [];
      for (const layer of layers)
        for (const number of runs) for (const seed of seeds) trainings.push(await train(number, layer, seed, force));
      return trainings;
    },
  };
}

/** A run at a profile's intervals. */
const runOf = (number: number, { interval }: Profile): Run =>
  runNumbered(number, { pruneEvery: interval, reallocateAfter: interval });

/** Reading R14 `unitMeanSquare`: h = (x − mean) · scale with E‖h‖² = 1 over the training part; in place. */
function scaled({ d_in, mean, scale, train, test }: ActivationSet): Activations {
  for (const part of [train, test])
    for (let at = 0; at < part.length; at += d_in)
      for (let i = 0; i < d_in; i++) part[at + i] = (part[at + i] - mean[i]) * scale;
  if (train.length === 0 || test.length === 0)
    throw new SncError("input", "activations: no vectors. Run: snc activations");
  return { d_in, train, test };
}
