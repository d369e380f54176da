import path from "node:path";
import { type FeaturePages, readFeaturePages } from "../dashboard/pages.js";
import { type RunStability, readStability } from "../evaluate/seeds.js";
import type { EvaluatedTraining } from "../evaluate/stage.js";
import { readEvaluation } from "../experiment/results/evaluation.js";
import type { SavedResultSet } from "../experiment/results/saved.js";
import { trainingFolder } from "../experiment/training/folders.js";

/** What the report says of features. */
export interface ReportedFeatures {
  evaluated: EvaluatedTraining[];
  stability: RunStability[];
  /** Undefined where no pages were written. */
  pages: FeaturePages | undefined;
}

/** What was evaluated in a result set, and its pages of features; undefined where nothing was evaluated. */
export async function reportedFeatures({ folder, trainings }: SavedResultSet): Promise<ReportedFeatures | undefined> {
  const evaluated: EvaluatedTraining[] = [];
  for (const record of trainings) {
    const of = trainingFolder(folder, record.layer, record.run, record.seed);
    const evaluation = await readEvaluation(of);
    if (!evaluation) continue;
    evaluated.push({ training: { folder: of, record, isNew: false }, isUntrained: false, evaluation, isNew: false });
  }
  if (evaluated.length === 0) return undefined;
  return { evaluated, stability: await readStability(path.resolve(folder)), pages: await readFeaturePages(folder) };
}
