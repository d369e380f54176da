import { requireRows } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import { designOf, fitLogistic, type LogisticFit } from "./logistic.js";
import type { ProbeDraw } from "./probe-draw.js";

/** Sequences as examples: the mean of each column over a sequence's positions, and the source that it is from. */
export interface Examples {
  /** [examples · columns], row after row. */
  values: Float32Array;
  columns: number;
  /** Index of each example's source [examples]. */
  source: ArrayLike<number>;
}

/** How many columns a probe may use. */
export const probeSizes = [1, 2, 5, 16, "all"] as const;
/** A number of columns, or all of them. */
export type ProbeSize = (typeof probeSizes)[number];

/** One source told from the others by so many columns. */
interface SourceProbe {
  source: number;
  /** The share of the balanced test rows that are told rightly; `correct` of `of`. */
  accuracy: number;
  correct: number;
  of: number;
  /** The columns used, the largest difference of means first; of "all" every one, ascending. */
  features: number[];
  /** Of the standardised columns, in the order of `features`, and the intercept. */
  weights: Float64Array;
  intercept: number;
}

/** Every source probed with one number of columns. */
interface ProbeAccuracy {
  /** The mean accuracy over the sources; by chance 0.5. */
  mean: number;
  sources: SourceProbe[];
}

/** What probes of each size make. */
export type Probing = Record<ProbeSize, ProbeAccuracy>;

/** Probes, and what they make where training labels are permuted: that of balanced row r is that of row permutation[r] of the draw. */
export interface ProbingWithNull {
  probed: Probing;
  permuted: Probing;
}

/**
 * Sparse probing (after SAEBench): each source against as many examples of the others, as drawn. The balanced training rows alone choose the k
 * columns of largest |mean over positives − mean over negatives| (of equals the lower), standardise them and train; accuracy is that on the
 * balanced test rows. Throws a usage error without draws, and for columns that do not fit.
 */
export const probeSources = (train: Examples, test: Examples, draws: readonly ProbeDraw[]): Probing =>
  probeEach(train, test, draws, [asTheyAre])[0];

/** `probeSources`, and the same with permuted training labels; test labels are true. */
export function probeWithNull(train: Examples, test: Examples, draws: readonly ProbeDraw[]): ProbingWithNull {
  const [probed, permuted] = probeEach(train, test, draws, [asTheyAre, inOrderOf]);
  return { probed, permuted };
}

/** The labels that balanced training rows are given. */
type Labelling = (labels: readonly number[], draw: ProbeDraw) => readonly number[];
const asTheyAre: Labelling = (labels) => labels;
const inOrderOf: Labelling = (labels, { permutation }) => labels.map((_, row) => labels[permutation[row]]);

function probeEach(
  train: Examples,
  test: Examples,
  draws: readonly ProbeDraw[],
  labellings: readonly Labelling[],
): Probing[] {
  requireExamples(train, test);
  if (draws.length === 0) throw new SncError("usage", "probing: expected draws of one source or more, found none");
  const bySource = draws.map((draw) => probesOf(train, test, draw, labellings));
  return labellings.map((_, labelling) => {
    const accuracyAt = (size: number): ProbeAccuracy => {
      const sources = bySource.map((probes) => probes[labelling][size]);
      return { mean: sources.reduce((sum, { accuracy }) => sum + accuracy, 0) / sources.length, sources };
    };
    return Object.fromEntries(probeSizes.map((size, i) => [size, accuracyAt(i)])) as Probing;
  });
}

/** Probes of one source: for each labelling one of each size. */
function probesOf(train: Examples, test: Examples, draw: ProbeDraw, labellings: readonly Labelling[]): SourceProbe[][] {
  const [training, testing] = [balanced(train, draw.source, draw.train), balanced(test, draw.source, draw.test)];
  const prepared = (features: number[]) => {
    const scaling = scalingOf(train, training.rows, features);
    const standard = (examples: Examples, rows: readonly number[]) => standardised(examples, rows, features, scaling);
    return {
      features,
      design: designOf(standard(train, training.rows), features.length),
      tested: standard(test, testing.rows),
    };
  };
  // What all columns are does not depend on labels, and is most of the work.
  const all = prepared(Array.from({ length: train.columns }, (_, column) => column));
  return labellings.map((labelling) => {
    const labels = labelling(training.labels, draw);
    const ranked = byDifference(train, training.rows, labels);
    return probeSizes.map((size) => {
      const { features, design, tested } = size === "all" ? all : prepared(ranked.slice(0, size));
      const fit = fitLogistic(design, labels);
      const correct = countCorrect(tested, testing.labels, fit);
      const of = testing.rows.length;
      return { source: draw.source, accuracy: correct / of, correct, of, features, ...fit };
    });
  });
}

/** The rows of a source, ascending, then those drawn of the others, and 1 or 0 for each. */
function balanced(examples: Examples, source: number, negatives: ArrayLike<number>) {
  const positives = Array.from(examples.source, (_, row) => row).filter((row) => examples.source[row] === source);
  const rows = [...positives, ...Array.from(negatives)];
  return { rows, labels: rows.map((_, i) => (i < positives.length ? 1 : 0)) };
}

/** All columns by |mean over positives − mean over negatives|, the largest first, of equals the lower. */
function byDifference({ values, columns }: Examples, rows: readonly number[], labels: readonly number[]): number[] {
  const positives = labels.reduce((count, label) => count + label, 0);
  const difference = new Float64Array(columns);
  rows.forEach((row, i) => {
    const weight = labels[i] === 1 ? 1 / positives : -1 / (rows.length - positives);
    for (let c = 0, at = row * columns; c < columns; c++, at++) difference[c] += weight * values[at];
  });
  const sizes = difference.map(Math.abs);
  return Array.from(sizes, (_, column) => column).sort((a, b) => sizes[b] - sizes[a] || a - b);
}

/** Mean and population deviation of each column over the rows; a deviation of 0 is taken as 1. */
interface Scaling {
  mean: Float64Array;
  deviation: Float64Array;
}

function scalingOf({ values, columns }: Examples, rows: readonly number[], features: readonly number[]): Scaling {
  const mean = new Float64Array(features.length);
  const squares = new Float64Array(features.length);
  const first = features.map((feature) => values[rows[0] * columns + feature]);
  for (const row of rows)
    for (let c = 0; c < features.length; c++) mean[c] += values[row * columns + features[c]] - first[c];
  for (let c = 0; c < features.length; c++) mean[c] = first[c] + mean[c] / rows.length; // exact where all are equal
  for (const row of rows)
    for (let c = 0; c < features.length; c++) {
      const away = values[row * columns + features[c]] - mean[c];
      squares[c] += away * away;
    }
  return { mean, deviation: squares.map((sum) => Math.sqrt(sum / rows.length) || 1) };
}

function standardised(
  { values, columns }: Examples,
  rows: readonly number[],
  features: readonly number[],
  { mean, deviation }: Scaling,
): Float64Array {
  const out = new Float64Array(rows.length * features.length);
  let to = 0;
  for (const row of rows)
    for (let c = 0; c < features.length; c++)
      out[to++] = (values[row * columns + features[c]] - mean[c]) / deviation[c];
  return out;
}

function countCorrect(values: Float64Array, labels: readonly number[], { weights, intercept }: LogisticFit): number {
  return labels.filter((label, row) => {
    let score = intercept;
    for (let c = 0; c < weights.length; c++) score += weights[c] * values[row * weights.length + c];
    return score > 0 === (label === 1);
  }).length;
}

function requireExamples(train: Examples, test: Examples): void {
  for (const [what, { values, columns, source }] of Object.entries({ train, test })) {
    requireRows(`examples of ${what}`, values.length, columns);
    if (values.length !== source.length * columns)
      throw new SncError(
        "usage",
        `examples of ${what}: expected ${source.length} rows of ${columns} numbers, found ${values.length} numbers`,
      );
  }
  if (train.columns !== test.columns)
    throw new SncError("usage", `examples of test: expected ${train.columns} columns, found ${test.columns}`);
}
