import { chooseBackend } from "../backend/choose.js";
import { SncError, throwIfStopped } from "../base/errors.js";
import { canonicalJson, sha256 } from "../base/files.js";
import { groupBy } from "../base/group-by.js";
import { type Bar, type Reporter, silent } from "../base/progress.js";
import { sourceHash } from "../base/source-hash.js";
import type { Experiment } from "../experiment/experiment.js";
import { readEvaluation, type SavedEvaluation, writeEvaluation } from "../experiment/results/evaluation.js";
import type { RunChoice } from "../experiment/run-choice.js";
import { loadTraining } from "../experiment/training/load.js";
import { readTrainedWeights } from "../experiment/training/read-weights.js";
import type { Training } from "../experiment/training/spec.js";
import { contentOf } from "./content.js";
import { type EvaluatedLayer, openEvaluatedLayer } from "./layer.js";

/** Which trainings are evaluated; the experiment's by default. */
export interface EvaluateOptions {
  layers?: readonly number[];
  runs?: readonly RunChoice[];
  seeds?: readonly number[];
  /** Evaluate again although nothing has changed. */
  force?: boolean;
  report?: Reporter;
  signal?: AbortSignal;
}

/** A training with what its features are worth. */
export interface EvaluatedTraining {
  training: Training;
  /** Of the null that learned nothing, at the same layer and seed. */
  isUntrained: boolean;
  evaluation: SavedEvaluation;
  /** False where it was there and unchanged. */
  isNew: boolean;
}

/**
 * Measures what the features of finished trainings are worth, and of the untrained Run 0 of the same layers and seeds where that is
 * there: evaluation.arrow and evaluation.json beside each training. What is there and unchanged is read; trainings that took
 * the same steps are measured once. Stopped and called again it goes on. Throws an input error where a training is missing.
 */
export async function evaluateTrainings(
  experiment: Experiment,
  options: EvaluateOptions = {},
): Promise<EvaluatedTraining[]> {
  const { report = silent, signal } = options;
  const asked = await askedOf(experiment, options);
  const known = new Map<string, SavedEvaluation>();
  const lacking: Asked[] = [];
  for (const of of asked) {
    const there = options.force ? undefined : await readEvaluation(of.training.folder);
    if (there?.record.key === of.key) known.set(of.key, there);
    else lacking.push(of);
  }
  const alike = lacking.filter(({ key }, i) => known.has(key) || lacking.findIndex((of) => of.key === key) < i);
  const toMeasure = lacking.filter((of) => !alike.includes(of));
  if (toMeasure.length > 0) await measureMissing(experiment, toMeasure, { known, report, signal });
  for (const { training, key } of alike) await writeEvaluation(training.folder, known.get(key)!);
  return asked.map((of) => ({ ...of, evaluation: known.get(of.key)!, isNew: lacking.includes(of) }));
}

/** A training that is asked for, and by which key its evaluation is known. */
interface Asked extends Pick<EvaluatedTraining, "training" | "isUntrained"> {
  key: string;
}

interface Measuring {
  /** By their keys; what is measured is added. */
  known: Map<string, SavedEvaluation>;
  report: Reporter;
  signal?: AbortSignal;
}

/** Measures trainings of different keys, layer by layer, and writes each at once: an interruption loses one. */
async function measureMissing(
  experiment: Experiment,
  trainings: readonly Asked[],
  { known, report, signal }: Measuring,
): Promise<void> {
  const bar = report.bar("evaluating", trainings.length, "trainings");
  try {
    for (const here of groupBy(trainings, ({ training }) => String(training.record.layer)).values()) {
      const opened = await openEvaluatedLayer(experiment, here[0].training.record.layer);
      try {
        await measureLayer(opened, here, { known, bar, signal });
      } finally {
        opened.dispose();
      }
    }
  } finally {
    bar.finish();
  }
}

async function measureLayer(
  layer: EvaluatedLayer,
  trainings: readonly Asked[],
  { known, bar, signal }: Pick<Measuring, "known" | "signal"> & { bar: Bar },
): Promise<void> {
  for (const { training, key } of trainings) {
    throwIfStopped(signal);
    const from = performance.now();
    const sae = await loadTraining(training.folder);
    try {
      const { values, probes } = layer.evaluate(sae, { signal });
      const seconds = (performance.now() - from) / 1000;
      const evaluation = { record: { key, seconds, probes }, values };
      await writeEvaluation(training.folder, evaluation);
      known.set(key, evaluation);
    } finally {
      sae.dispose();
    }
    bar.advance();
  }
}

/** Every training that is asked for, with its key, and the untrained Run 0 of each layer and seed where it is there. */
async function askedOf(
  experiment: Experiment,
  { layers = experiment.profile.layers, runs, seeds = experiment.profile.seeds }: EvaluateOptions,
): Promise<Asked[]> {
  const { variations = [] } = experiment.specification;
  const asked: Asked[] = [];
  const { name, version, device, precision } = await chooseBackend();
  const measuredBy = { backend: { name, version, device, precision }, sources: sourceHash("evaluate/layer") };
  const add = async (training: Training, isUntrained: boolean): Promise<void> => {
    const identity = {
      content: contentOf(await readTrainedWeights(training.folder)),
      data: training.record.data,
      sequences: experiment.profile.downstreamSequences,
      ...measuredBy,
    };
    asked.push({ training, isUntrained, key: sha256(canonicalJson(identity)).slice(0, 16) });
  };
  for (const layer of layers) {
    for (const run of runs ?? [...experiment.profile.runs, ...variations])
      for (const seed of seeds) await add(await finished(experiment, run, layer, seed), false);
    for (const seed of seeds) {
      const untrained = await experiment.find(0, layer, seed, { untrained: true });
      if (untrained) await add(untrained, true);
    }
  }
  return asked;
}

async function finished(experiment: Experiment, run: RunChoice, layer: number, seed: number): Promise<Training> {
  const training = await experiment.find(run, layer, seed, { measured: "ends" });
  if (training) return training;
  const what = typeof run === "number" ? `Run ${run}` : `${run.name}`;
  throw new SncError(
    "input",
    `${experiment.resultSet.folder}: expected a finished training of ${what}, layer ${layer}, seed ${seed}, found none. Run: snc train`,
  );
}
