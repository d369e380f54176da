import { checked, whole } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import type { Numbers } from "../data/activations/batches.js";
import type { TokenPlaces } from "../data/activations/places.js";
import type { TokenSequences } from "../data/texts/tokens.js";
import type { Autoencoder } from "../experiment/training/autoencoder.js";
import type { SaeWeights } from "../sae/params.js";
import { excerptsBy } from "./excerpts.js";
import type { Fate, FeatureNumbers } from "./feature.js";
import { type Firings, firingsOf } from "./firings.js";
import { logitEffects, type Unembedding } from "./logit-effects.js";
import { nearestActivations, nearestDirections } from "./nearest.js";

/** What becomes of features in a training, as far as it is known without their activations. */
export type TrainedFate = Omit<Fate, "lostShare">;

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

/** The numbers of all features' pages, and the share of each source in the rows. */
export interface DashboardNumbers {
  sources: string[];
  tokenShares: number[];
  tokens: number;
  places: TokenPlaces;
  features: FeatureNumbers[];
}

/**
 * What a page shows of every feature of an autoencoder (EVALUATION: "A feature's page") on these vectors: one encoding pass, then
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
  const features = Array.from(sae.alive, (alive, feature): FeatureNumbers => {
    const [from, to] = [firings.starts[feature], firings.starts[feature + 1]];
    const [rows, values] = [firings.rowsOf.subarray(from, to), firings.values.subarray(from, to)];
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
  return { sources, tokenShares: sharesOfTokens(places, sources.length), tokens: firings.rows, places, features };
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
