import path from "node:path";
import { z } from "zod";
import { exists } from "../../base/files.js";
import { recordHash, requireSealed, writeSealed } from "../../base/recorded.js";
import { readTable, rowsOf, writeRows } from "../../base/tables.js";

/**
 * What a trained autoencoder's features are worth: one row of evaluation.arrow, measured from the finished weights. Null where it is
 * not defined, or where the vectors' texts are not known: then nothing is asked of the model and no sequence is probed.
 */
export interface EvaluationValues {
  /** Mean cross entropy of the next token, in nats: the model itself, and with its activations replaced. */
  ceNone: number | null;
  ceSae: number | null;
  ceMean: number | null;
  ceZero: number | null;
  ceScaled: number | null;
  /** Mean KL divergence from the model itself, in nats. */
  klSae: number | null;
  klMean: number | null;
  klZero: number | null;
  klScaled: number | null;
  /** (CE_zero − CE_sae) / (CE_zero − CE_none), and with the mean in place of zero; the same of KL. At most 1. */
  ceRecovered: number | null;
  ceRecoveredFromMean: number | null;
  klRecovered: number | null;
  klRecoveredFromMean: number | null;
  /** What the activations scaled by one factor recover: what shrinking alone costs. */
  nullCeRecoveredScaled: number | null;
  nullKlRecoveredScaled: number | null;
  /** Share of the variance of x that x̂ explains, by each definition in use; at most 1. */
  variancePooled: number;
  variancePerToken: number;
  varianceUncentred: number;
  variancePerDimension: number;
  /** Mean number of features above zero per token. */
  l0: number;
  /** Features switched off: left out of all that compares directions. */
  featuresOff: number;
  /** Mean, median and 95th percentile over features of the largest cosine with another decoder row; beside it random directions'. */
  nearestDecoder: number | null;
  nearestDecoderMedian: number | null;
  nearestDecoderP95: number | null;
  nullNearestDecoder: number | null;
  /** Mean over pairs of |cos| of decoder rows, beside √(2/(π d_in)). */
  meanDecoder: number | null;
  nullMeanDecoder: number | null;
  /** Mean over features of the largest Pearson correlation with another's activation, beside that of the same features permuted. */
  nearestActivation: number | null;
  nullNearestActivation: number | null;
  /** Features on that fire on no test token: left out of the mean. */
  neverFiring: number;
  /** Mean accuracy over sources of a probe on the k best features, and on all; 0.5 is guessing. */
  probing1: number | null;
  probing2: number | null;
  probing5: number | null;
  probing16: number | null;
  probingAll: number | null;
  /** The same of the model's own coordinates. */
  inputProbing1: number | null;
  inputProbing2: number | null;
  inputProbing5: number | null;
  inputProbing16: number | null;
  inputProbingAll: number | null;
  /** The same of features whose training labels are permuted. */
  nullProbing1: number | null;
  nullProbing5: number | null;
}

/** How well a probe of one source does on the k features that it chose; `k` is null where it was given all. */
export interface SourceProbe {
  source: string;
  k: number | null;
  accuracy: number;
  /** The features chosen, the most telling first, and the probe's weight of each; empty where it was given all. */
  features: number[];
  weights: number[];
}

/** evaluation.json: what an evaluation was made from, and what stands in no column. */
export interface EvaluationRecord {
  /** Changes with all that the values depend on: weights, vectors, texts, source code. */
  key: string;
  seconds: number;
  probes: SourceProbe[];
}

/** An evaluation as it lies beside its training. */
export interface SavedEvaluation {
  record: EvaluationRecord;
  values: EvaluationValues;
}

const recordSchema: z.ZodType<EvaluationRecord> = z.object({
  key: z.string(),
  seconds: z.number(),
  probes: z.array(
    z.object({
      source: z.string(),
      k: z.int().nullable(),
      accuracy: z.number(),
      features: z.array(z.int()),
      weights: z.array(z.number()),
    }),
  ),
});

const made = { by: "snc evaluate", next: "Run: snc evaluate" };
const tableName = "evaluation.arrow";
const recordIn = (folder: string): string => path.join(folder, "evaluation.json");

/** Writes evaluation.arrow and then, as it is whole, evaluation.json into a training's folder. */
export async function writeEvaluation(folder: string, { record, values }: SavedEvaluation): Promise<void> {
  await writeRows(path.join(folder, tableName), [{ ...values }]);
  await recordHash(path.join(folder, tableName));
  await writeSealed(recordIn(folder), record);
}

/** The evaluation in a training's folder, undefined where there is none. Throws an input error where it was changed. */
export async function readEvaluation(folder: string): Promise<SavedEvaluation | undefined> {
  if (!(await exists(recordIn(folder)))) return undefined;
  const record = await requireSealed(recordIn(folder), recordSchema, made);
  const [values] = rowsOf<EvaluationValues>(await readTable(path.join(folder, tableName), made));
  return { record, values };
}
