import { throwIfStopped } from "../base/errors.js";
import type { Experiment } from "../experiment/experiment.js";
import type { EvaluationValues, SourceProbe } from "../experiment/results/evaluation.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import { type Prediction, recovered } from "./downstream.js";
import { evaluateFeatures, type FeatureEvaluation, type PreparedVectors, prepareVectors } from "./features.js";
import { type AskedModel, askModel } from "./model-texts.js";
import type { Probing } from "./probing.js";
import { reconstructed } from "./reconstruct.js";

/** What is measured of one autoencoder. */
interface Measured {
  values: EvaluationValues;
  probes: SourceProbe[];
}

/** A layer on which any number of autoencoders are measured: what does not depend on them is computed once. */
export interface EvaluatedLayer {
  /** Measures the features of an autoencoder of this layer. */
  evaluate(sae: Autoencoder, options?: { signal?: AbortSignal }): Measured;
  dispose(): void;
}

/** The vectors of a layer, and the model that is asked, where texts are known. */
interface Shared {
  prepared: PreparedVectors;
  sources: readonly string[];
  model: (AskedModel & { mean: Prediction; zero: Prediction }) | undefined;
}

/** Opens a layer of an experiment, with its model. What is known of no text is measured on its vectors alone. */
export async function openEvaluatedLayer(experiment: Experiment, layer: number): Promise<EvaluatedLayer> {
  const { profile, readings } = experiment;
  const { d_in, train, test, scaling } = await experiment.activations(layer);
  const texts = await experiment.texts(layer);
  const nowhere = (numbers: number) => {
    const rows = new Int32Array(numbers / d_in);
    return { source: rows, sequence: rows };
  };
  const prepared = prepareVectors({
    ...{ d_in, scaling },
    train: { h: train, places: texts?.train ?? nowhere(train.length) },
    test: { h: test, places: texts?.test ?? nowhere(test.length) },
  });
  const block = readings.site === "resid_pre" ? layer - 1 : layer;
  const model = texts && (await askModel(texts, { block, sequences: profile.downstreamSequences }));
  const shared = {
    prepared,
    sources: texts?.tokens.sources ?? [],
    model: model && { ...model, ...worstOf(model, scaling?.mean ?? new Float64Array(d_in)) },
  };
  return {
    evaluate(sae, { signal } = {}) {
      const features = evaluateFeatures(sae, prepared);
      throwIfStopped(signal);
      const values = { ...predicted(sae, shared, features.variance.shrinkage), ...worth(features, prepared) };
      return { values, probes: features.probing ? chosen(features.probing.probed, shared.sources) : [] };
    },
    dispose: () => model?.dispose(),
  };
}

/** What is predicted from nothing: from the training mean, and from zeros, in place of x. */
function worstOf({ downstream, texts }: AskedModel, mean: ArrayLike<number>): { mean: Prediction; zero: Prediction } {
  const { x } = texts;
  return {
    mean: downstream.from(x.map((_, at) => mean[at % mean.length])),
    zero: downstream.from(new Float32Array(x.length)),
  };
}

function predicted(sae: Autoencoder, { model }: Shared, shrinkage: number) {
  if (!model) return withoutModel;
  const { downstream, texts, mean, zero } = model;
  const { none } = downstream;
  const own = downstream.from(reconstructed(sae, texts.x));
  const scaled = downstream.from(texts.x.map((x) => x * shrinkage));
  const ce = (its: Prediction, worst: Prediction) => recovered(its.ce, { best: none.ce, worst: worst.ce });
  const kl = (its: Prediction, worst: Prediction) => recovered(its.kl, { best: 0, worst: worst.kl });
  return {
    ...{ ceNone: none.ce, ceSae: own.ce, ceMean: mean.ce, ceZero: zero.ce, ceScaled: scaled.ce },
    ...{ klSae: own.kl, klMean: mean.kl, klZero: zero.kl, klScaled: scaled.kl },
    ...{ ceRecovered: ce(own, zero), ceRecoveredFromMean: ce(own, mean) },
    ...{ klRecovered: kl(own, zero), klRecoveredFromMean: kl(own, mean) },
    ...{ nullCeRecoveredScaled: ce(scaled, zero), nullKlRecoveredScaled: kl(scaled, zero) },
  };
}

const withoutModel = {
  ...{ ceNone: null, ceSae: null, ceMean: null, ceZero: null, ceScaled: null },
  ...{ klSae: null, klMean: null, klZero: null, klScaled: null },
  ...{ ceRecovered: null, ceRecoveredFromMean: null, klRecovered: null, klRecoveredFromMean: null },
  ...{ nullCeRecoveredScaled: null, nullKlRecoveredScaled: null },
};

function worth(
  { variance, l0, directions, nearestActivation, probing }: FeatureEvaluation,
  { probing: input }: PreparedVectors,
) {
  const { nearestDecoder, meanDecoder } = directions;
  const own = probing?.probed ?? null;
  const permuted = probing?.permuted ?? null;
  const accuracy = (of: Probing | null, size: keyof Probing): number | null => of?.[size].mean ?? null;
  return {
    variancePooled: variance.pooled,
    variancePerToken: variance.perToken,
    varianceUncentred: variance.uncentred,
    variancePerDimension: variance.perDimension,
    l0,
    featuresOff: directions.switchedOff,
    nearestDecoder: nearestDecoder.mean,
    nearestDecoderMedian: nearestDecoder.median,
    nearestDecoderP95: nearestDecoder.p95,
    nullNearestDecoder: nearestDecoder.null,
    meanDecoder: meanDecoder.mean,
    nullMeanDecoder: meanDecoder.null,
    nearestActivation: nearestActivation.mean,
    nullNearestActivation: nearestActivation.null,
    neverFiring: nearestActivation.neverFire,
    ...{ probing1: accuracy(own, 1), probing2: accuracy(own, 2), probing5: accuracy(own, 5) },
    ...{ probing16: accuracy(own, 16), probingAll: accuracy(own, "all") },
    ...{ inputProbing1: accuracy(input, 1), inputProbing2: accuracy(input, 2), inputProbing5: accuracy(input, 5) },
    ...{ inputProbing16: accuracy(input, 16), inputProbingAll: accuracy(input, "all") },
    ...{ nullProbing1: accuracy(permuted, 1), nullProbing5: accuracy(permuted, 5) },
  };
}

/** Which features the probes chose; of a probe that had all, how well it does alone. */
const chosen = (probing: Probing, names: readonly string[]): SourceProbe[] =>
  Object.entries(probing).flatMap(([size, { sources }]) =>
    sources.map(({ source, accuracy, features, weights }): SourceProbe => {
      const isAll = size === "all";
      return {
        ...{ source: names[source], k: isAll ? null : Number(size), accuracy },
        ...{ features: isAll ? [] : [...features], weights: isAll ? [] : [...weights] },
      };
    }),
  );
