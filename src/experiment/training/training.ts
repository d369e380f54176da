import { rm } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { chooseBackend } from "../../backend/choose.js";
import { SncError, throwIfStopped } from "../../base/errors.js";
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
import { emptyFates, type FateLog, watched } from "./fates.js";
import { type RecordedRun, runInWords } from "./folders.js";
import { homeOf } from "./home.js";
import { compareWithNeighbours, identicalToPredecessor } from "./predecessor.js";
import { readTrainingRecord, requireTrainingFiles, type TrainingRecord } from "./record.js";
import type { Training, TrainingOptions, TrainingSpec } from "./spec.js";
import { optimizationOf, startingState, trainMeasured } from "./steps.js";
import { writeTraining } from "./write.js";

/** All that a training's numbers depend on, as run.json records it; `recorded` is its run as it is named there. */
export async function identityOf(
  { run, layer, seed, profile, d_sae, init, learningRate, measured, activations }: TrainingSpec,
  recorded: RecordedRun = { number: run.number, name: run.name },
) {
  const { name, device, version, kernels, precision } = await chooseBackend();
  return {
    run: recorded,
    layer,
    seed,
    ...(d_sae !== undefined && { d_sae }),
    steps: profile.steps,
    batchSize: profile.batchSize,
    init: `${init}, τ from ${profile.tauStart}`,
    method: describe(run.method),
    optimization: { ...optimizationOf(profile, learningRate), interval: profile.interval },
    backend: { name, device, version, kernels, precision },
    ...(measured === "ends" && { measured }),
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
  const home = await homeOf(resultSet, spec);
  const identity = await identityOf(spec, home.run);
  const { measured: _, ...atIntervals } = identity;
  return { ...home, identity, key: keyOf(identity), serves: [keyOf(identity), keyOf(atIntervals)] };
}

const keyOf = (identity: object): string => sha256(canonicalJson(identity)).slice(0, 16);

type Place = Awaited<ReturnType<typeof placeOf>>;

/** The finished training of this spec, if it is there and all it depends on is unchanged. */
export const findTraining = async (resultSet: string, spec: TrainingSpec): Promise<Training | undefined> =>
  trainingAt(await placeOf(resultSet, spec));

async function trainingAt({ serves, folder }: Pick<Place, "serves" | "folder">): Promise<Training | undefined> {
  const record = await readTrainingRecord(folder);
  if (!record || !serves.includes(record.key)) return undefined;
  await requireTrainingFiles(folder);
  return { folder, record, isNew: false };
}

/**
 * Throws a usage error where another training would be lost. A result set's place is one training's alone, which a new version
 * of this package computes again; any other folder may hold at this place what its owner has trained otherwise.
 */
async function requireSame({ folder, identity, isOfResultSet }: Place): Promise<void> {
  const record = isOfResultSet ? undefined : await readTrainingRecord(folder);
  if (!record) return;
  const { backend: _, sources: _s, ...specified } = identity;
  for (const [part, value] of Object.entries(specified)) {
    const there = canonicalJson(record[part as keyof typeof specified]);
    if (there !== canonicalJson(value))
      throw new SncError(
        "usage",
        `${folder}: expected the training that is there (${part} ${there}), found one with ${part} ${canonicalJson(value)}. ` +
          "Name another folder, or train in its place: { force: true }",
      );
  }
}

/**
 * Loads the training if all it depends on is unchanged, goes on from its checkpoint if there is one, else trains from
 * the start. The same spec gives the same bytes, whether or not it was interrupted. Throws a usage error for what the folder
 * cannot hold; a run whose method is another than the paper's goes to a folder of its own (`homeOf`).
 */
export async function ensureTrained(
  resultSet: string,
  spec: TrainingSpec,
  { report = silent, signal, force = false }: TrainingOptions = {},
): Promise<Training> {
  const { layer, seed } = spec;
  const place = await placeOf(resultSet, spec);
  const { identity, key, folder, run } = place;
  const label = `${runInWords(run)}, layer ${layer}, seed ${seed}`;
  const found = force ? undefined : await trainingAt(place);
  if (found) {
    report.line(`${label}: unchanged, trained in ${found.record.seconds.toFixed(1)} s before`);
    return found;
  }
  if (!force) await requireSame(place);
  throwIfStopped(signal);
  const checkpoint = path.join(folder, "checkpoint.bin");
  if (force) await rm(checkpoint, { force: true });
  const activations = await spec.activations.load();
  const { d_in } = activations;
  const evaluation = prepareEvaluation(activations.test, d_in);
  const state = startingState(d_in, spec);
  try {
    const recorded: Watched = (await loadCheckpoint(checkpoint, key, state)) ?? nothingYet(state.alive.length);
    if (state.step > 0) report.line(`${label}: going on from step ${state.step}`);
    const bar = report.bar(label, spec.profile.steps - state.step, "steps");
    const about = { key, run, layer, seed, steps: spec.profile.steps };
    const resumed = { seconds: recorded.seconds, at: performance.now() };
    const watchedSpec = recorded.fates ? watchedBy(spec, recorded.fates) : spec;
    for await (const _ of trainMeasured(state, watchedSpec, { activations, evaluation }, recorded)) {
      bar.advance();
      recorded.seconds = resumed.seconds + (performance.now() - resumed.at) / 1000;
      if (state.step % spec.profile.interval === 0) await saveCheckpoint(checkpoint, about, state, recorded);
      await nextTurn(); // lets Ctrl-C arrive
      if (signal?.aborted) bar.finish();
      throwIfStopped(signal);
    }
    bar.finish();
    const identical = await identicalToPredecessor(resultSet, { run, layer, seed }, recorded.trace);
    const record = { key, ...identity, d_in, ...summaryOf(spec, state, recorded, identical) };
    const features = measureFeatures(state, spec.run.method, evaluation);
    const { fates } = recorded;
    await writeTraining(folder, { record, recorded, features, state, fates, scaling: activations.scaling });
    await rm(checkpoint, { force: true });
    return { folder, record: await compareWithNeighbours(resultSet, { run, layer, seed }, record), isNew: true };
  } finally {
    disposeState(state);
  }
}

/** What a training has recorded, and what its rules did to each feature; a checkpoint from before that has no fates. */
interface Watched extends Recorded {
  fates?: FateLog;
}

const nothingYet = (d_sae: number): Watched => ({
  ...{ trace: [], metrics: [], seconds: 0, secondsByPart: {} },
  fates: emptyFates(d_sae),
});

/** The same training; what its rules do to features is logged. */
const watchedBy = (spec: TrainingSpec, fates: FateLog): TrainingSpec => ({
  ...spec,
  run: { ...spec.run, method: watched(spec.run.method, fates) },
});

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
