import { rm } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs";
import { chooseBackend } from "../../backend/choose.js";
import { throwIfStopped } from "../../base/errors.js";
import { canonicalJson, sha256, writeFileAtomic, writeJson } from "../../base/files.js";
import { type Reporter, silent } from "../../base/progress.js";
import { stream } from "../../base/random.js";
import { sourceHash } from "../../base/source-hash.js";
import { writeRows } from "../../base/tables.js";
import { batchIndices, gatherRows } from "../../data/activations/batches.js";
import type { Activations } from "../../data/activations/scale.js";
import { featureDensity } from "../../measure/density.js";
import { prepareEvaluation } from "../../measure/evaluation.js";
import { measureFeatures } from "../../measure/features.js";
import { flopsOf } from "../../measure/flops.js";
import { flagsOf } from "../../measure/idle.js";
import { type Metrics, measure } from "../../measure/metrics.js";
import { trainTimed } from "../../measure/timing.js";
import { describe, type Method } from "../../method.js";
import { encodeSafetensors } from "../../model/write-safetensors.js";
import { paper } from "../../paper.js";
import type { Profile } from "../../profiles.js";
import type { Run } from "../../runs.js";
import { initialParams, weightNames } from "../../sae/params.js";
import { disposeState, initialState, type TrainState } from "../../sae/state.js";
import { type Optimization, requireFinite } from "../../train.js";
import { loadCheckpoint, saveCheckpoint, valuesOf } from "./checkpoint.js";
import { compareWithNeighbours } from "./predecessor.js";
import { readTrainingRecord, type TrainingRecord, trainingFolder } from "./record.js";

/** What is trained: one run on one layer with one seed, at a profile's size. */
export interface TrainingSpec {
  run: Run;
  layer: number;
  seed: number;
  profile: Profile;
  /** Reading R15. */
  init: "tied" | "kaiming";
  /** `key` changes when the numbers do; they are loaded only if there is something to train. */
  activations: { key: string; load(): Promise<Activations> };
}

export interface TrainingOptions {
  report?: Reporter;
  signal?: AbortSignal;
  /** Train although a finished training with this key is there. */
  force?: boolean;
}

/** A finished training's folder and its run.json. */
export interface Training {
  folder: string;
  record: TrainingRecord;
  /** False when a finished training was found and nothing was computed. */
  isNew: boolean;
}

/** §5.2's optimizer at a profile's warm-up. */
export const optimizationOf = ({ warmupSteps }: Pick<Profile, "warmupSteps">): Optimization => ({
  ...paper.adam,
  learningRate: paper.learningRate,
  warmupSteps,
});

/** All that a training's numbers depend on, as run.json records it. */
export async function identityOf({ run, layer, seed, profile, init, activations }: TrainingSpec) {
  const { name, device, version, kernels, precision } = await chooseBackend();
  return {
    run: { number: run.number, name: run.name },
    layer,
    seed,
    steps: profile.steps,
    batchSize: profile.batchSize,
    init: `${init}, τ from ${profile.tauStart}`,
    method: describe(run.method),
    optimization: { ...optimizationOf(profile), interval: profile.interval },
    backend: { name, device, version, kernels, precision },
    data: activations.key,
    sources: sourceHash(
      "train",
      "measure/metrics",
      "measure/features",
      "measure/density",
      "measure/flops",
      "measure/idle",
      "mechanisms/index",
      "data/activations/batches",
      "data/activations/scale",
      "sae/params",
    ),
  };
}

/** Where a training belongs, and the key by which its results are known to be its own. */
async function placeOf(resultSet: string, spec: TrainingSpec) {
  const identity = await identityOf(spec);
  const key = sha256(canonicalJson(identity)).slice(0, 16);
  return { identity, key, folder: trainingFolder(resultSet, spec.layer, spec.run.number, spec.seed) };
}

/** The finished training of this spec, if it is there and all it depends on is unchanged. */
export const findTraining = async (resultSet: string, spec: TrainingSpec): Promise<Training | undefined> =>
  trainingAt(await placeOf(resultSet, spec));

async function trainingAt({ key, folder }: { key: string; folder: string }): Promise<Training | undefined> {
  const record = await readTrainingRecord(folder);
  return record?.key === key ? { folder, record, isNew: false } : undefined;
}

/**
 * Loads the training if all it depends on is unchanged, goes on from its checkpoint if there is one, else trains from
 * the start. The same spec gives the same bytes, whether or not it was interrupted.
 */
export async function ensureTrained(
  resultSet: string,
  spec: TrainingSpec,
  { report = silent, signal, force = false }: TrainingOptions = {},
): Promise<Training> {
  const label = `run ${spec.run.number} (${spec.run.name}), layer ${spec.layer}, seed ${spec.seed}`;
  const { identity, key, folder } = await placeOf(resultSet, spec);
  const found = force ? undefined : await trainingAt({ key, folder });
  if (found) {
    report.line(`${label}: unchanged, trained in ${found.record.seconds.toFixed(1)} s before`);
    return found;
  }
  throwIfStopped(signal);
  const activations = await spec.activations.load();
  const state = startingState(activations.d_in, spec);
  try {
    const evaluation = prepareEvaluation(activations.test, activations.d_in);
    const checkpoint = path.join(folder, "checkpoint.bin");
    if (force) await rm(checkpoint, { force: true });
    const measured = (): Metrics => {
      const metrics = measure(state, spec.run.method, evaluation);
      requireFinite(state.step, { ...metrics });
      return metrics;
    };
    const recorded = (await loadCheckpoint(checkpoint, key, state)) ?? {
      trace: [],
      metrics: [measured()],
      seconds: 0,
      secondsByPart: {},
    };
    const { trace, metrics, secondsByPart } = recorded;
    if (state.step > 0) report.line(`${label}: going on from step ${state.step}`);
    const startedAt = performance.now();
    const secondsSoFar = (): number => recorded.seconds + (performance.now() - startedAt) / 1000;
    const { steps, interval } = spec.profile;
    const bar = report.bar(label, steps - state.step, "steps");
    const optimization = { ...optimizationOf(spec.profile), steps };
    const { buffer } = activations;
    await buffer?.ready(state.step, drawOf(spec));
    for (const step of trainTimed(state, spec.run.method, batches(activations, spec), optimization, secondsByPart)) {
      trace.push(step);
      bar.advance();
      if (state.step % interval === 0 || state.step === steps) metrics.push(measured());
      if (state.step % interval === 0)
        await saveCheckpoint(checkpoint, key, state, { trace, metrics, seconds: secondsSoFar(), secondsByPart });
      await nextTurn(); // lets Ctrl-C arrive
      if (signal?.aborted) bar.finish();
      throwIfStopped(signal);
      if (state.step < steps) await buffer?.ready(state.step, drawOf(spec)); // refilled by the model where it is half empty
    }
    bar.finish();
    const { step: _, ...final } = metrics[metrics.length - 1];
    const d_sae = state.params.b_enc.shape[0];
    const flags = flagsOf(trace, boundsOf(spec.run.method));
    const { d_in } = activations;
    const flopsPerStep = flopsOf(trace, spec.run.method, { d_in, d_sae, batch: spec.profile.batchSize });
    const seconds = secondsSoFar();
    const record = { key, ...identity, d_in, d_sae, seconds, secondsByPart, flopsPerStep, flags, final };
    await rm(path.join(folder, "run.json"), { force: true }); // it says that the others are whole: gone first, back last
    await writeRows(path.join(folder, "metrics.arrow"), metrics);
    await writeRows(path.join(folder, "trace.arrow"), trace);
    const features = measureFeatures(state, spec.run.method, evaluation);
    await writeRows(path.join(folder, "features.arrow"), features);
    await writeRows(path.join(folder, "density.arrow"), featureDensity(features.map((row) => row.testFrequency)));
    await writeFileAtomic(path.join(folder, "weights.safetensors"), weightsFile(state, record));
    await writeJson(path.join(folder, "run.json"), record);
    await rm(checkpoint, { force: true });
    await compareWithNeighbours(resultSet, { ...spec, run: spec.run.number });
    return { folder, record: (await readTrainingRecord(folder))!, isNew: true };
  } finally {
    disposeState(state);
  }
}

/** The ranges that a method's rules keep τ and λ₁ in, where they adapt. */
function boundsOf({ tau, sparsity }: Method): { tau?: [number, number]; lambda1?: [number, number] } {
  const range = ({ options: { min, max } }: { options: Record<string, unknown> }): [number, number] | undefined =>
    typeof min === "number" && typeof max === "number" ? [min, max] : undefined;
  return { tau: range(tau), lambda1: range(sparsity) };
}

/** The state before the first step of a training. */
export function startingState(d_in: number, { seed, profile, init }: TrainingSpec): TrainState {
  const initial = initialParams(d_in, d_in, seed, init);
  const activityWindow = Math.min(paper.activityWindow, profile.steps);
  const state = initialState(initial, {
    lambda1: paper.sparsityPenalty,
    tau: profile.tauStart,
    activityWindow,
    random: stream(seed, "rebirth").state(),
  });
  tf.dispose(Object.values(initial));
  return state;
}

/** Batch t of the training part [batch, d_in]. */
export function batches({ train, d_in, buffer }: Activations, spec: TrainingSpec): (t: number) => tf.Tensor2D {
  const { seed, batchSize } = drawOf(spec);
  const from = buffer ? buffer.vectors : train;
  const indices = buffer
    ? (t: number) => buffer.indices(t, { seed, batchSize })
    : batchIndices(train.length / d_in, batchSize, seed);
  return (t) => tf.tensor2d(gatherRows(from, d_in, indices(t)), [batchSize, d_in]);
}

const drawOf = ({ seed, profile: { batchSize } }: TrainingSpec) => ({ seed, batchSize });

const weightsFile = (state: TrainState, { key, run, layer, seed }: TrainingRecord): Uint8Array =>
  encodeSafetensors(
    Object.fromEntries(
      weightNames.map((name) => [name, { shape: state.params[name].shape, data: valuesOf(state.params[name]) }]),
    ),
    { key, run: String(run.number), layer: String(layer), seed: String(seed) },
  );
