import { rm } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SncError, throwIfStopped } from "../../base/errors.js";
import { canonicalJson } from "../../base/files.js";
import { silent } from "../../base/progress.js";
import { prepareEvaluation } from "../../measure/evaluation.js";
import { measureFeatures } from "../../measure/features.js";
import { flopsOf } from "../../measure/flops.js";
import { flagsOf } from "../../measure/idle.js";
import type { Method } from "../../method.js";
import { disposeState, type TrainState } from "../../sae/state.js";
import { loadCheckpoint, type Recorded, saveCheckpoint } from "./checkpoint.js";
import { emptyFates, type FateLog, watched } from "./fates.js";
import { predecessorOf, type RecordedRun, runInWords } from "./folders.js";
import { Following } from "./following.js";
import { type Place, placeOf } from "./place.js";
import { type Compared, comparedWithPredecessor, compareWithNeighbours } from "./predecessor.js";
import { readTrainingRecord, requireTrainingFiles, type TrainingRecord } from "./record.js";
import type { Training, TrainingOptions, TrainingSpec } from "./spec.js";
import { startingState, trainMeasured } from "./steps.js";
import { writeTraining } from "./write.js";

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
  { report = silent, signal, force = false, followers = [] }: TrainingOptions = {},
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
    const { sharedSteps } = recorded;
    const following = await Following.of(spec, { resultSet, followers, state, recorded, checkpoint });
    if (state.step > 0 && state.step === sharedSteps) report.line(`${label}: ${inCommon(run, sharedSteps)}`);
    else if (state.step > 0) report.line(`${label}: going on from step ${state.step}`);
    const bar = report.bar(label, spec.profile.steps - state.step, "steps");
    const about = { key, run, layer, seed, steps: spec.profile.steps };
    const resumed = { seconds: recorded.seconds, at: performance.now() };
    const watchedSpec = recorded.fates ? watchedBy(spec, recorded.fates) : spec;
    const on = { activations, evaluation };
    for await (const _ of trainMeasured(state, watchedSpec, on, recorded, following.beside)) {
      bar.advance();
      recorded.seconds = resumed.seconds + (performance.now() - resumed.at) / 1000;
      await following.partWithOthers();
      if (state.step % spec.profile.interval === 0 || (state.step === about.steps && following.isFollowed))
        await saveCheckpoint(checkpoint, about, state, { ...recorded, followers: following.records() });
      await nextTurn(); // lets Ctrl-C arrive
      if (signal?.aborted) bar.finish();
      throwIfStopped(signal);
    }
    bar.finish();
    await following.partWithAll();
    const compared = await comparedWithPredecessor(resultSet, { run, layer, seed }, recorded.trace);
    const record = { key, ...identity, d_in, ...summaryOf(spec, state, recorded, compared) };
    const features = measureFeatures(state, spec.run.method, evaluation);
    const { fates } = recorded;
    await writeTraining(folder, { record, recorded, features, state, fates, scaling: activations.scaling });
    await rm(checkpoint, { force: true });
    return { folder, record: await compareWithNeighbours(resultSet, { run, layer, seed }, record), isNew: true };
  } finally {
    disposeState(state);
  }
}

/** A run's first steps, where the run before took them for both. */
const inCommon = (run: RecordedRun, steps: number): string =>
  `its first ${steps} steps are those of Run ${predecessorOf(run)}, which took them`;

/** What a training has recorded, and what its rules did to each feature; a checkpoint from before that has no fates. */
interface Watched extends Recorded {
  fates?: FateLog;
}

const nothingYet = (d_sae: number): Watched => ({
  ...{ trace: [], metrics: [], seconds: 0, secondsByPart: {}, sharedSteps: 0 },
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
  { trace, metrics, seconds, secondsByPart, sharedSteps }: Recorded,
  compared: Compared,
): Pick<TrainingRecord, "d_sae" | "seconds" | "secondsByPart" | "sharedSteps" | "flopsPerStep" | "flags" | "final"> {
  const [d_sae, d_in] = params.W_dec.shape;
  const { step: _, ...final } = metrics[metrics.length - 1];
  return {
    d_sae,
    seconds,
    secondsByPart,
    sharedSteps,
    flopsPerStep: { ...flopsOf(trace, method, { d_in, d_sae, batch: batchSize }) },
    flags: { ...flagsOf(trace, boundsOf(method)), ...compared },
    final,
  };
}

/** The ranges that a method's rules keep τ and λ₁ in, where they adapt. */
function boundsOf({ tau, sparsity }: Method): { tau?: [number, number]; lambda1?: [number, number] } {
  const range = ({ options: { min, max } }: { options: Record<string, unknown> }): [number, number] | undefined =>
    typeof min === "number" && typeof max === "number" ? [min, max] : undefined;
  return { tau: range(tau), lambda1: range(sparsity) };
}
