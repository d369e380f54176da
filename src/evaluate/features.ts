import * as tf from "@tensorflow/tfjs";
import { scoped } from "../backend/ops.js";
import { requireRows } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import type { Numbers } from "../data/activations/batches.js";
import type { InputScaling } from "../data/activations/scale.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import { paper } from "../paper.js";
import { gatherActivations } from "./activations.js";
import { type DirectionMeasures, directionMeasures } from "./directions.js";
import { type NearestActivation, nearestActivation } from "./nearest-activation.js";
import { drawProbes, type ProbeDraw } from "./probe-draw.js";
import { type Examples, type Probing, type ProbingWithNull, probeSources, probeWithNull } from "./probing.js";
import { type SequencePlaces, sequenceMeans } from "./sequence-means.js";
import { type VarianceExplained, type VectorVariance, varianceSums, vectorVariance } from "./variance.js";

/** Vectors of one part, and the sequence that each belongs to. */
interface PlacedVectors {
  /** After input scaling (R14) [count · d_in], row after row. */
  h: Numbers;
  places: SequencePlaces;
}

/** A layer's vectors, on which features are evaluated. */
export interface FeatureVectors {
  d_in: number;
  train: PlacedVectors;
  test: PlacedVectors;
  /** How h comes from the model's activations; without it h is taken for these. */
  scaling?: InputScaling;
}

/** What every training of a layer is compared with, and needs to be evaluated: made once. */
export interface PreparedVectors extends FeatureVectors {
  /** Of all random draws. */
  seed: number;
  /** Of the test vectors. */
  variance: VectorVariance;
  /** The same for every training; none where sources cannot be balanced, as where there is only one. */
  draws: ProbeDraw[];
  /** The null of probing: coordinates of the vectors in the place of features; null without draws. */
  probing: Probing | null;
}

/** What the features of one training are worth, apart from the model. */
export interface FeatureEvaluation {
  variance: VarianceExplained;
  /** Mean number of features above zero per test token. */
  l0: number;
  directions: DirectionMeasures;
  nearestActivation: NearestActivation;
  /** Probes of f, and of f with permuted labels; null where sources cannot be balanced. */
  probing: ProbingWithNull | null;
}

/** Rows that are encoded at a time. */
const chunkRows = 1024;

/** Prepares a layer's vectors. Throws a usage error for other than whole rows, or other than one place a row. */
export function prepareVectors(vectors: FeatureVectors, seed: number = paper.seed): PreparedVectors {
  const { d_in, train, test } = vectors;
  for (const [what, part] of Object.entries({ train, test })) requirePlaces(what, part, d_in);
  // Probes standardise what they are given, so that h is as good as x.
  const [training, testing] = [train, test].map((part) => {
    const means = sequenceMeans(part.places, d_in);
    forChunks(part.h, d_in, (h) => means.add(h));
    return means.examples();
  });
  const draws = drawProbes(training.source, testing.source, seed);
  const probing = draws.length === 0 ? null : probeSources(training, testing, draws);
  return { ...vectors, seed, variance: vectorVariance(test.h, d_in, vectors.scaling), draws, probing };
}

/** Evaluates an autoencoder's features: one pass over the test part, and one over the training part for probes. */
export function evaluateFeatures(sae: Autoencoder, prepared: PreparedVectors): FeatureEvaluation {
  const { d_in, seed, draws } = prepared;
  if (sae.d_in !== d_in)
    throw new SncError("usage", `vectors: expected rows of ${sae.d_in} numbers, as the autoencoder has, found ${d_in}`);
  const { variance, l0, activations, examples } = testPass(sae, prepared);
  return {
    variance,
    l0,
    directions: directionMeasures({ d_in, W_dec: sae.weights().W_dec, alive: sae.alive }, seed),
    nearestActivation: nearestActivation(activations, sae.alive, { seed }),
    probing: draws.length === 0 ? null : probeWithNull(trainExamples(sae, prepared), examples, draws),
  };
}

function testPass(sae: Autoencoder, { d_in, test, variance }: PreparedVectors) {
  const tokens = test.h.length / d_in;
  const gathering = gatherActivations(sae.d_sae, tokens);
  const sums = varianceSums(variance);
  const means = sequenceMeans(test.places, sae.d_sae);
  let firing = 0;
  forChunks(test.h, d_in, (h, values) => {
    const f = sae.features(h);
    gathering.add(f);
    means.add(f);
    sums.add(values, sae.decode(f).dataSync<"float32">());
    firing += tf.sum(tf.cast(tf.greater(f, 0), "float32")).dataSync()[0];
  });
  return {
    variance: sums.explained(),
    l0: firing / tokens,
    activations: gathering.activations(),
    examples: means.examples(),
  };
}

function trainExamples(sae: Autoencoder, { d_in, train }: PreparedVectors): Examples {
  const means = sequenceMeans(train.places, sae.d_sae);
  forChunks(train.h, d_in, (h) => means.add(sae.features(h)));
  return means.examples();
}

/** The rows in turn, some at a time, as a tensor that is freed after and as numbers. */
function forChunks(h: Numbers, d_in: number, use: (h: tf.Tensor2D, values: Float32Array) => void): void {
  for (let at = 0; at < h.length; at += chunkRows * d_in)
    scoped(() => {
      const values = h.subarray(at, Math.min(h.length, at + chunkRows * d_in));
      use(tf.tensor2d(values, [values.length / d_in, d_in]), values);
    });
}

function requirePlaces(what: string, { h, places }: PlacedVectors, d_in: number): void {
  requireRows(what, h.length, d_in);
  const count = h.length / d_in;
  for (const column of [places.source, places.sequence])
    if (column.length !== count)
      throw new SncError("usage", `${what}: expected ${count} places, one for each vector, found ${column.length}`);
}
