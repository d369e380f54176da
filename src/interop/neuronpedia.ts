import type { Excerpt, FeatureNumbers } from "../dashboard/feature.js";
import type { LogitHistogram } from "../dashboard/logit-effects.js";
import { type DashboardNumbers, endOfFifths } from "../dashboard/numbers.js";

/*
 * The batch-*.json files of SAEDashboard, which Neuronpedia imports (sae_dashboard/neuronpedia/neuronpedia_dashboard.py of
 * SAEDashboard 0.8.0). Field names are its own. Lists of what is not computed here are empty, which is their default: neurons,
 * attention heads.
 */

/** Tokens around one firing. */
interface NeuronpediaActivation {
  /** −1 among the largest, where bin_max is the largest f; else the interval of f that it was drawn from. */
  bin_min: number;
  bin_max: number;
  /** Share of all tokens with f in the interval, f = 0 in the lowest; −1 among the largest. */
  bin_contains: number;
  tokens: string[];
  /** f of each token; 0 also where the vector was left out: the form has no place for "not known". */
  values: number[];
  /** The firing's place among `tokens`. */
  qualifying_token_index: number;
}

/** One feature. */
interface NeuronpediaFeature {
  feature_index: number;
  neuron_alignment_indices: number[];
  neuron_alignment_values: number[];
  neuron_alignment_l1: number[];
  correlated_neurons_indices: number[];
  correlated_neurons_l1: number[];
  correlated_neurons_pearson: number[];
  correlated_features_indices: number[];
  /** Cosine of the activations over the tokens, under a name from before it was that. */
  correlated_features_l1: number[];
  correlated_features_pearson: number[];
  neg_str: string[];
  neg_values: number[];
  pos_str: string[];
  pos_values: number[];
  frac_nonzero: number;
  /** Middles of the bins, and how many tokens are in each. */
  freq_hist_data_bar_values: number[];
  freq_hist_data_bar_heights: number[];
  logits_hist_data_bar_heights: number[];
  logits_hist_data_bar_values: number[];
  n_prompts_total: number;
  n_tokens_in_prompt: number;
  dataset: string;
  decoder_weights_dist: number[];
  activations: NeuronpediaActivation[];
  vector: number[];
}

/** What a file holds. */
export interface NeuronpediaBatch {
  model_id: string;
  layer: number;
  sae_set: string;
  sae_id_suffix: string | null;
  features: NeuronpediaFeature[];
}

/** Where features belong on Neuronpedia, and what they were seen on. */
export interface NeuronpediaPlace {
  /** Neuronpedia's id of the model, such as gemma-2-2b. */
  modelId: string;
  layer: number;
  /** Name of the set of autoencoders, such as snc-res. */
  saeSet: string;
  saeIdSuffix?: string;
  dataset: string;
  /** Sequences, and tokens in each. */
  prompts: number;
  tokensInPrompt: number;
}

/** What a batch is made of. */
export interface NeuronpediaParts {
  numbers: DashboardNumbers;
  /** Of each feature; without the unembedding there are none. */
  logitHistograms?: readonly LogitHistogram[];
  /** The text of a token by itself. */
  textOf(token: number): string;
}

/** Features in one file. */
const perBatch = 128;

/** The files' contents, batch-0 first. */
export function* neuronpediaBatches(parts: NeuronpediaParts, place: NeuronpediaPlace): Generator<NeuronpediaBatch> {
  const { features } = parts.numbers;
  for (let from = 0; from < features.length; from += perBatch)
    yield {
      model_id: place.modelId,
      layer: place.layer,
      sae_set: place.saeSet,
      sae_id_suffix: place.saeIdSuffix ?? null,
      features: features.slice(from, from + perBatch).map((page) => featureOf(page, parts, place)),
    };
}

/** Numbers are written with six digits: twice what SAEDashboard keeps. */
const rounded = (value: number): number => Number(value.toPrecision(6));

function featureOf(page: FeatureNumbers, parts: NeuronpediaParts, place: NeuronpediaPlace): NeuronpediaFeature {
  const { numbers, logitHistograms, textOf } = parts;
  const logits = logitHistograms?.[page.feature];
  const { nearestActivation, raised, lowered, largest, histogram } = page;
  return {
    feature_index: page.feature,
    ...{ neuron_alignment_indices: [], neuron_alignment_values: [], neuron_alignment_l1: [] },
    ...{ correlated_neurons_indices: [], correlated_neurons_l1: [], correlated_neurons_pearson: [] },
    correlated_features_indices: nearestActivation.map(({ feature }) => feature),
    correlated_features_l1: nearestActivation.map(({ feature, value }) =>
      rounded(cosineOf(numbers, page.feature, feature, value)),
    ),
    correlated_features_pearson: nearestActivation.map(({ value }) => rounded(value)),
    neg_str: lowered.map(({ token }) => textOf(token)),
    neg_values: lowered.map(({ value }) => rounded(value)),
    pos_str: raised.map(({ token }) => textOf(token)),
    pos_values: raised.map(({ value }) => rounded(value)),
    frac_nonzero: rounded(page.frequency),
    freq_hist_data_bar_values: largest > 0 ? middles(0, largest, histogram.length) : [],
    freq_hist_data_bar_heights: largest > 0 ? histogram : [],
    logits_hist_data_bar_heights: logits?.counts ?? [],
    logits_hist_data_bar_values: logits ? middles(logits.from, logits.to, logits.counts.length) : [],
    n_prompts_total: place.prompts,
    n_tokens_in_prompt: place.tokensInPrompt,
    dataset: place.dataset,
    decoder_weights_dist: [],
    activations: activationsOf(page, numbers.fifthShares[page.feature], textOf),
    vector: [],
  };
}

/** The middles of equal bins. */
const middles = (from: number, to: number, bins: number): number[] =>
  Array.from({ length: bins }, (_, n) => rounded(from + ((n + 0.5) * (to - from)) / bins));

/** The cosine of two features' f over the tokens, from their correlation, means and norms: Σ f_i f_j / (‖f_i‖ ‖f_j‖). */
function cosineOf({ norms, features, tokens }: DashboardNumbers, i: number, j: number, pearson: number): number {
  const [meanI, meanJ] = [i, j].map((one) => features[one].meanOverTokens);
  const deviation = (norm: number, mean: number): number => Math.sqrt(Math.max(0, norm ** 2 - tokens * mean ** 2));
  const product = pearson * deviation(norms[i], meanI) * deviation(norms[j], meanJ) + tokens * meanI * meanJ;
  return product / (norms[i] * norms[j]);
}

/** The largest first, then the fifths from the highest down. */
function activationsOf(
  page: FeatureNumbers,
  shares: readonly number[],
  textOf: NeuronpediaParts["textOf"],
): NeuronpediaActivation[] {
  const end = endOfFifths(page);
  const written = (bounds: Pick<NeuronpediaActivation, "bin_min" | "bin_max" | "bin_contains">) => (one: Excerpt) => ({
    ...bounds,
    tokens: one.tokens.map(textOf),
    values: one.activations.map((f) => rounded(f ?? 0)),
    qualifying_token_index: one.position - one.from,
  });
  const top = page.top.map(written({ bin_min: -1, bin_max: rounded(page.largest), bin_contains: -1 }));
  const fifths = page.fifths.map((excerpts, n) =>
    excerpts.map(
      written({
        bin_min: rounded((n * end) / 5),
        bin_max: rounded(((n + 1) * end) / 5),
        bin_contains: rounded(shares[n]),
      }),
    ),
  );
  return [top, ...fifths.reverse()].flat();
}
