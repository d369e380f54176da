import { checked, whole } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import type { Numbers } from "../data/activations/batches.js";
import type { TokenPlaces } from "../data/activations/places.js";
import type { TokenSequences } from "../data/texts/tokens.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import type { TrainedFate } from "../experiment/training/fates.js";
import type { Unembedding } from "../model/unembedding.js";
import type { SaeWeights } from "../sae/params.js";
import { excerptsBy } from "./excerpts.js";
import type { Dashboard, Fate, FeatureNumbers } from "./feature.js";
import { type Firings, firingsOf } from "./firings.js";
import { logitEffects } from "./logit-effects.js";
import { nearestActivations, nearestDirections } from "./nearest.js";

/** What features are looked at on. */
export interface FeaturesOn {
  /** Vectors [rows · d_in] after input scaling, row after row. */
  h: Numbers;
  /** Of each row, where it is from. */
  places: TokenPlaces;
  sequences: Pick<TokenSequences, "contextLength" | "tokens" | "sources">;
  /** What turns hidden states into logits; without it pages have no logit effects. */
  unembedding?: Unembedding;
  /** What became of each feature [d_sae]; without it only what was lost to the competition is told. */
  fates?: readonly TrainedFate[];
  /** Of the draw from each fifth; 42 by default. */
  seed?: number;
}

/** The numbers of all features' pages, and what exports tell beside them. */
export interface DashboardNumbers extends Omit<Dashboard, "title" | "modelName"> {
  /** √Σf² of each feature over the tokens [d_sae]. */
  norms: number[];
  /** For each feature the share of all tokens whose f is in each fifth that its page draws from, f = 0 in the lowest [d_sae][5]. */
  fifthShares: number[][];
}

/**
 * What a page shows of every feature of an autoencoder (docs/features.md) on these vectors: one encoding pass, then
 * sums over the firings. Numbers of f are in the units of h. Throws a usage error where places are not one a row.
 */
export function featureNumbers(sae: Autoencoder, on: FeaturesOn): DashboardNumbers {
  const { h, places, sequences, unembedding, fates, seed = 42 } = on;
  checked("featureNumbers", { seed }, { seed: whole });
  requirePlaces(h.length / sae.d_in, places);
  const { sources } = sequences;
  const weights = sae.weights();
  const firings = firingsOf(sae, h);
  const nearestDecoder = nearestDirections(weights.W_dec, sae.alive, sae.d_in);
  const nearestActivation = nearestActivations(firings);
  const effects = unembedding ? logitEffects(weights.W_dec, sae.d_in, unembedding) : undefined;
  const cosines = encoderDecoderCosines(weights);
  const excerpts = excerptsBy({ places, sequences }, seed);
  const firingsOfOne = (feature: number) => {
    const [from, to] = [firings.starts[feature], firings.starts[feature + 1]];
    return { rows: firings.rowsOf.subarray(from, to), values: firings.values.subarray(from, to) };
  };
  const features = Array.from(sae.alive, (alive, feature): FeatureNumbers => {
    const { rows, values } = firingsOfOne(feature);
    return {
      feature,
      isOff: alive === 0,
      ...sizes(values, firings.rows),
      sourceShares: sourceShares(rows, values, places.source, sources.length),
      ...excerpts({ feature, rows, values }),
      ...(effects?.[feature] ?? { raised: [], lowered: [] }),
      nearestDecoder: nearestDecoder[feature],
      nearestActivation: nearestActivation[feature],
      encoderDecoder: cosines[feature],
      fate: fateOf(feature, firings, fates),
    };
  });
  return {
    ...{ sources, tokens: firings.rows, places, features },
    tokenShares: sharesOfTokens(places, sources.length),
    norms: features.map(({ feature }) => Math.sqrt(sumOfSquares(firingsOfOne(feature).values))),
    fifthShares: features.map((page) => fifthShares(page, firingsOfOne(page.feature).values, firings.rows)),
  };
}

function requirePlaces(rows: number, places: TokenPlaces): void {
  for (const [name, { length }] of Object.entries(places))
    if (length !== rows)
      throw new SncError("usage", `places, ${name}: expected ${rows} entries, one for each vector, found ${length}`);
}

const bins = 50;

/** How often a feature fires on `count` tokens, and how strongly. */
function sizes(
  values: Float32Array,
  count: number,
): Pick<FeatureNumbers, "frequency" | "meanOverTokens" | "meanWhereActive" | "largest" | "histogram"> {
  let [sum, largest] = [0, 0];
  for (const value of values) {
    sum += value;
    largest = Math.max(largest, value);
  }
  const histogram = new Array<number>(bins).fill(0);
  for (const value of values) histogram[Math.min(bins - 1, Math.floor((bins * value) / largest))]++;
  return {
    frequency: values.length / count,
    meanOverTokens: sum / count,
    meanWhereActive: values.length > 0 ? sum / values.length : null,
    largest,
    histogram,
  };
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

/** f of the last of a page's top tokens, where its fifths end; 0 without any. */
export function endOfFifths({ top }: Pick<FeatureNumbers, "top">): number {
  const last = top.at(-1);
  return last?.activations[last.position - last.from] ?? 0;
}

/** The share of `count` tokens in each fifth up to the page's top; f = 0 is in the lowest. */
function fifthShares(page: FeatureNumbers, values: Float32Array, count: number): number[] {
  const end = endOfFifths(page);
  const counts = [count - values.length, 0, 0, 0, 0];
  for (const value of values) if (value < end) counts[Math.min(4, Math.floor((5 * value) / end))]++;
  return counts.map((tokens) => tokens / count);
}

/** The share of each source in Σf. */
function sourceShares(rows: Int32Array, values: Float32Array, source: Int8Array, sources: number): number[] {
  const sums = new Array<number>(sources).fill(0);
  let total = 0;
  for (let n = 0; n < rows.length; n++) {
    sums[source[rows[n]]] += values[n];
    total += values[n];
  }
  return sums.map((sum) => (total > 0 ? sum / total : 0));
}

function sharesOfTokens({ source }: TokenPlaces, sources: number): number[] {
  const counts = new Array<number>(sources).fill(0);
  for (const one of source) counts[one]++;
  return counts.map((count) => count / source.length);
}

/** Of each feature the cosine of its column of W_enc and its row of W_dec; 0 where it is switched off, which leaves no column. */
function encoderDecoderCosines({ d_in, d_sae, W_enc, W_dec }: SaeWeights): number[] {
  return Array.from({ length: d_sae }, (_, j) => {
    let [product, encoder, decoder] = [0, 0, 0];
    for (let i = 0; i < d_in; i++) {
      const [e, d] = [W_enc[i * d_sae + j], W_dec[j * d_in + i]];
      product += e * d;
      encoder += e * e;
      decoder += d * d;
    }
    return encoder > 0 && decoder > 0 ? product / Math.sqrt(encoder * decoder) : 0;
  });
}

/** Null where nothing is known. */
function fateOf(feature: number, { competition }: Firings, fates?: readonly TrainedFate[]): Fate | null {
  if (!competition && !fates) return null;
  const { prunedAt = null, startedAgainAt = [], inPairsShare = null } = fates?.[feature] ?? {};
  const fired = competition?.fired[feature] ?? 0;
  const lostShare = competition && fired > 0 ? competition.lost[feature] / fired : null;
  return { prunedAt, startedAgainAt, lostShare, inPairsShare };
}
