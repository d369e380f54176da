import { SncError } from "../base/errors.js";
import { sha256 } from "../base/files.js";
import type { FeatureFrequency, FeatureWeights, ReconstructionNumbers } from "./saebench-numbers.js";

/*
 * The JSON of SAEBench's core evaluation (sae_bench/evals/core/eval_output_schema_core.json of SAEBench 0.6.0). Its schema asks for
 * every metric, so that an evaluation without one of them cannot be written. Field names are its own.
 */

/** Cross entropy in nats with x itself, x̂ and 0 in its place; KL divergence from the first; what of both is recovered. */
interface DownstreamNumbers {
  ce: { none: number; sae: number; zero: number };
  kl: { sae: number; zero: number };
  /** Against 0; undefined where 0 costs too little to divide by. */
  ceRecovered?: number;
  klRecovered?: number;
  /** Tokens of the sequences that the model was run on. */
  tokens: number;
}

/** All that the core evaluation is made of. */
export interface CoreNumbers {
  downstream: DownstreamNumbers;
  /** 1 − Σ‖x − x̂‖² / Σ‖x − x̄‖², and the mean over vectors of 1 − ‖x − x̂‖² / ‖x − x̄‖². */
  varianceExplained: { pooled: number; perToken: number };
  reconstruction: ReconstructionNumbers;
  /** Of every feature, ascending. */
  frequencies: readonly FeatureFrequency[];
  /** Of the features that are not switched off. */
  weights: readonly FeatureWeights[];
}

/** What was evaluated, and on what. */
export interface CoreSubject {
  /** Changes with all that the evaluation depends on. */
  key: string;
  /** Such as run-9/layer-14/seed-42. */
  name: string;
  modelName: string;
  layer: number;
  site: "resid_post" | "resid_pre";
  contextLength: number;
  prependBos: boolean;
  dataset: string;
  precision: string;
  d_in: number;
  d_sae: number;
  /** When it was evaluated: milliseconds since 1970. */
  at: number;
  /** What else is known of it. */
  about?: Readonly<Record<string, unknown>>;
}

/** One metric of each category. */
type Metrics<K extends string> = Record<K, number>;

/** The file's content. */
export interface SaeBenchCore {
  eval_type_id: "core";
  eval_config: Record<string, unknown>;
  eval_id: string;
  datetime_epoch_millis: number;
  eval_result_metrics: {
    model_behavior_preservation: Metrics<"kl_div_score" | "kl_div_with_ablation" | "kl_div_with_sae">;
    model_performance_preservation: Metrics<
      "ce_loss_score" | "ce_loss_with_ablation" | "ce_loss_with_sae" | "ce_loss_without_sae"
    >;
    reconstruction_quality: Metrics<"explained_variance" | "explained_variance_legacy" | "mse" | "cossim">;
    shrinkage: Metrics<"l2_norm_in" | "l2_norm_out" | "l2_ratio" | "relative_reconstruction_bias">;
    sparsity: Metrics<"l0" | "l1">;
    token_stats: Metrics<"total_tokens_eval_reconstruction" | "total_tokens_eval_sparsity_variance">;
    misc_metrics: Metrics<
      | `${"" | "normalized_"}freq_over_${1 | 10}_percent`
      | `average_max_${"encoder" | "decoder"}_cosine_sim`
      | "frac_alive"
    >;
  };
  eval_result_details: Metrics<
    | "index"
    | "feature_density"
    | "consistent_activation_heuristic"
    | "encoder_bias"
    | "encoder_norm"
    | "encoder_decoder_cosine_sim"
    | "max_decoder_cosine_sim"
    | "max_encoder_cosine_sim"
  >[];
  sae_bench_commit_hash: string;
  sae_lens_id: string;
  sae_lens_release_id: null;
  sae_lens_version: null;
  sae_cfg_dict: Record<string, unknown>;
  eval_result_unstructured: Record<string, unknown>;
}

/** Where a number is not the one that SAEBench's own program computes. */
const differences = {
  positions: "position 0 of a sequence and outliers keep their activation; losses are of positions 1 to T − 2",
  explained_variance: "1 − Σ‖x − x̂‖² / Σ‖x − x̄‖², x̄ the mean vector",
  mse: "mean over vectors and dimensions",
  features: "features switched off count as never firing and are left out of the means of cosines",
  eval_result_details:
    "features switched off, and those that never fire, are left out: they have no mean firings per prompt",
};

/**
 * The core evaluation of one autoencoder as SAEBench writes it. Throws an input error where putting 0 in the place of activations
 * costs too little for a score.
 */
export function saeBenchCore(numbers: CoreNumbers, subject: CoreSubject): SaeBenchCore {
  const { downstream, varianceExplained, reconstruction, frequencies, weights } = numbers;
  const { ce, kl } = downstream;
  return {
    eval_type_id: "core",
    eval_config: {
      model_name: subject.modelName,
      llm_dtype: subject.precision,
      dataset: subject.dataset,
      context_size: subject.contextLength,
      ...{ compute_kl: true, compute_ce_loss: true, compute_l2_norms: true },
      ...{ compute_sparsity_metrics: true, compute_variance_metrics: true },
      ...{ compute_featurewise_density_statistics: true, compute_featurewise_weight_based_metrics: true },
    },
    eval_id: uuidOf(subject.key),
    datetime_epoch_millis: subject.at,
    eval_result_metrics: {
      model_behavior_preservation: {
        kl_div_score: scoreOf("kl_div_score", downstream.klRecovered),
        kl_div_with_ablation: kl.zero,
        kl_div_with_sae: kl.sae,
      },
      model_performance_preservation: {
        ce_loss_score: scoreOf("ce_loss_score", downstream.ceRecovered),
        ce_loss_with_ablation: ce.zero,
        ce_loss_with_sae: ce.sae,
        ce_loss_without_sae: ce.none,
      },
      reconstruction_quality: {
        explained_variance: varianceExplained.pooled,
        explained_variance_legacy: varianceExplained.perToken,
        mse: reconstruction.meanSquaredError,
        cossim: reconstruction.cosine,
      },
      shrinkage: {
        l2_norm_in: reconstruction.normIn,
        l2_norm_out: reconstruction.normOut,
        l2_ratio: reconstruction.normRatio,
        relative_reconstruction_bias: reconstruction.reconstructionBias,
      },
      sparsity: { l0: reconstruction.l0, l1: reconstruction.l1 },
      token_stats: {
        total_tokens_eval_reconstruction: downstream.tokens,
        total_tokens_eval_sparsity_variance: reconstruction.vectors,
      },
      misc_metrics: miscellaneous(frequencies, weights),
    },
    eval_result_details: details(frequencies, weights),
    sae_bench_commit_hash: "not run by SAEBench",
    sae_lens_id: subject.name,
    ...{ sae_lens_release_id: null, sae_lens_version: null },
    sae_cfg_dict: {
      ...{ d_in: subject.d_in, d_sae: subject.d_sae, model_name: subject.modelName, hook_layer: subject.layer },
      hook_name: `blocks.${subject.layer}.hook_${subject.site}`,
      ...{ context_size: subject.contextLength, prepend_bos: subject.prependBos },
      selective_neural_competition: subject.about ?? {},
    },
    eval_result_unstructured: { evaluated_by: "selective-neural-competition", differences },
  };
}

function scoreOf(name: string, recovered: number | undefined): number {
  if (recovered !== undefined) return recovered;
  throw new SncError(
    "input",
    `${name}: expected that 0 in the place of the activations costs the model 1e-3 nats or more, found less: there is no score, ` +
      "which SAEBench's form must have. Evaluate more sequences: snc evaluate",
  );
}

const mean = (values: readonly number[]): number =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;

function miscellaneous(
  frequencies: readonly FeatureFrequency[],
  weights: readonly FeatureWeights[],
): SaeBenchCore["eval_result_metrics"]["misc_metrics"] {
  const shares = frequencies.map(({ frequency }) => frequency);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const above = (bound: number): number[] => shares.filter((share) => share > bound);
  const ofTotal = (some: readonly number[]): number =>
    total > 0 ? some.reduce((sum, share) => sum + share, 0) / total : 0;
  return {
    freq_over_1_percent: above(0.01).length / shares.length,
    freq_over_10_percent: above(0.1).length / shares.length,
    normalized_freq_over_1_percent: ofTotal(above(0.01)),
    normalized_freq_over_10_percent: ofTotal(above(0.1)),
    average_max_encoder_cosine_sim: mean(weights.map((one) => one.largestEncoderCosine)),
    average_max_decoder_cosine_sim: mean(weights.map((one) => one.largestDecoderCosine)),
    frac_alive: above(0).length / shares.length,
  };
}

function details(
  frequencies: readonly FeatureFrequency[],
  weights: readonly FeatureWeights[],
): SaeBenchCore["eval_result_details"] {
  return weights.flatMap((one) => {
    const { frequency, perSequence } = frequencies[one.feature];
    if (perSequence === undefined) return [];
    return {
      index: one.feature,
      feature_density: frequency,
      consistent_activation_heuristic: perSequence,
      encoder_bias: one.encoderBias,
      encoder_norm: one.encoderNorm,
      encoder_decoder_cosine_sim: one.encoderDecoder,
      max_decoder_cosine_sim: one.largestDecoderCosine,
      max_encoder_cosine_sim: one.largestEncoderCosine,
    };
  });
}

/** A UUID (RFC 9562, version 8) of a key: the same evaluation has the same. */
function uuidOf(key: string): string {
  const hex = sha256(key);
  const variant = ((Number.parseInt(hex[16], 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}
