import { rm } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { chooseBackend } from "../../backend/choose.js";
import { throwIfStopped } from "../../base/errors.js";
import { canonicalJson, sha256 } from "../../base/files.js";
import { silent } from "../../base/progress.js";
import { sourceHash } from "../../base/source-hash.js";
import { prepareEvaluation } from "../../measure/evaluation.js";
import { measureFeatures } from "../../measure/features.js";
import { flopsOf } from "../../measure/flops.js";
import { flagsOf } from "../../measure/idle.js";
import { describe, type Method } from "../../method.js";
import { disposeState, type TrainState } from "../../sae/state.js";
import { loadCheckpoint, type Recorded, saveCheckpoint } from "./checkpoint.js";
import { compareWithNeighbours, identicalToPredecessor } from "./predecessor.js";
import { readTrainingRecord, requireTrainingFiles, type TrainingRecord, trainingFolder } from "./record.js";
import type { Training, TrainingOptions, TrainingSpec } from "./spec.js";
import { optimizationOf, startingState, trainMeasured } from "./steps.js";
import { writeTraining } from "./write.js";

/** All that a training's numbers depend on, as run.json records it. */
export async function identityOf({ run, layer, seed, profile, d_sae, init, activations }: TrainingSpec) {
  const { name, device, version, kernels, precision } = await chooseBackend();
  return {
    run: { number: run.number, name: run.name },
    layer,
    seed,
    ...(d_sae !== undefined && { d_sae }),
    steps: profile.steps,
    batchSize: profile.batchSize,
    init: `${init}, τ from ${profile.tauStart}`,
    method: describe(run.method),
    optimization: { ...optimizationOf(profile), interval: profile.interval },
    backend: { name, device, version, kernels, precision },
    data: activations.key,
    sources: sourceHash(
      "experiment/training/steps",
      "experiment/training/weights",
      "measure/features",
      "measure/density",
      "measure/flops",
      "measure/idle",
      "mechanisms/index",
      "data/activations/scale",
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
  if (record?.key !== key) return undefined;
  await requireTrainingFiles(folder);
  return { folder, record, isNew: false };
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
  const { run, layer, seed } = spec;
  const label = `run ${run.number} (${run.name}), layer ${layer}, seed ${seed}`;
  const { identity, key, folder } = await placeOf(resultSet, spec);
  const found = force ? undefined : await trainingAt({ key, folder });
  if (found) {
    report.line(`${label}: unchanged, trained in ${found.record.seconds.toFixed(1)} s before`);
    return found;
  }
  throwIfStopped(signal);
  const checkpoint = path.join(folder, "checkpoint.bin");
  if (force) await rm(checkpoint, { force: true });
  const activations = await spec.activations.load();
  const { d_in } = activations;
  const evaluation = prepareEvaluation(activations.test, d_in);
  const state = startingState(d_in, spec);
  try {
    const recorded = (await loadCheckpoint(checkpoint, key, state)) ?? nothingYet();
    if (state.step > 0) report.line(`${label}: going on from step ${state.step}`);
    const bar = report.bar(label, spec.profile.steps - state.step, "steps");
    const resumed = { seconds: recorded.seconds, at: performance.now() };
    for await (const _ of trainMeasured(state, spec, { activations, evaluation }, recorded)) {
      bar.advance();
      recorded.seconds = resumed.seconds + (performance.now() - resumed.at) / 1000;
      if (state.step % spec.profile.interval === 0) await saveCheckpoint(checkpoint, key, state, recorded);
      await nextTurn(); // lets Ctrl-C arrive
      if (signal?.aborted) bar.finish();
      throwIfStopped(signal);
    }
    bar.finish();
    const place = { run: run.number, layer, seed };
    const identical = await identicalToPredecessor(resultSet, place, recorded.trace);
    const record = { key, ...identity, d_in, ...summaryOf(spec, state, recorded, identical) };
    const features = measureFeatures(state, run.method, evaluation);
    await writeTraining(folder, { record, recorded, features, state, scaling: activations.scaling });
    await rm(checkpoint, { force: true });
    return { folder, record: await compareWithNeighbours(resultSet, place, record), isNew: true };
  } finally {
    disposeState(state);
  }
}

const nothingYet = (): Recorded => ({ trace: [], metrics: [], seconds: 0, secondsByPart: {} });

/** What run.json says of a training beside what it depends on. */
function summaryOf(
  { run: { method }, profile: { batchSize } }: TrainingSpec,
  { params }: TrainState,
  { trace, metrics, seconds, secondsByPart }: Recorded,
  identicalToPredecessor: boolean | null,
): Pick<TrainingRecord, "d_sae" | "seconds" | "secondsByPart" | "flopsPerStep" | "flags" | "final"> {
  const [d_sae, d_in] = params.W_dec.shape;
  const { step: _, ...final } = metrics[metrics.length - 1];
  return {
    d_sae,
    seconds,
    secondsByPart,
    flopsPerStep: { ...flopsOf(trace, method, { d_in, d_sae, batch: batchSize }) },
    flags: { ...flagsOf(trace, boundsOf(method)), identicalToPredecessor },
    final,
  };
}

/** The ranges that a method's rules keep τ and λ₁ in, where they adapt. */
function boundsOf({ tau, sparsity }: Method): { tau?: [number, number]; lambda1?: [number, number] } {
  const range = ({ options: { min, max } }: { options: Record<string, unknown> }): [number, number] | undefined =>
    typeof min === "number" && typeof max === "number" ? [min, max] : undefined;
  return { tau: range(tau), lambda1: range(sparsity) };
}
