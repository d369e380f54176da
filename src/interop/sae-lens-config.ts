import { z } from "zod";
import { SncError } from "../base/errors.js";
import type { ThresholdName } from "./sae-weights.js";

/*
 * cfg.json of SAELens. Since its version 6 what is known of the model lies in `metadata`; before, beside the rest, under
 * partly other names. Versions that are not told apart here give the same autoencoder.
 */

/** The version of SAELens whose form is written, and tested against. */
const saeLensVersion = "6.54.12";

/** What SAELens needs to know of where an autoencoder belongs. */
export interface SaeLensPlace {
  /** The model's name as TransformerLens and transformers take it. */
  modelName: string;
  layer: number;
  site: "resid_post" | "resid_pre";
  contextLength: number;
  /** Whether sequences begin with the model's token for that. */
  prependBos: boolean;
  /** The first position whose activations were trained on. */
  firstPosition: number;
}

/** What SAELens computes features by: its name for it, and what that needs beside weights. */
export type SaeLensArchitecture =
  | { architecture: "standard" | "jumprelu" }
  | { architecture: "topk"; k: number; rescale_acts_by_decoder_norm: boolean };

/** cfg.json of an autoencoder on a model's raw activations; `about` goes into its metadata. */
export const saeLensConfig = (
  { d_in, d_sae }: { d_in: number; d_sae: number },
  architecture: SaeLensArchitecture,
  place: SaeLensPlace,
  about: Record<string, unknown>,
) => ({
  d_in,
  d_sae,
  dtype: "float32",
  device: "cpu",
  apply_b_dec_to_input: true,
  normalize_activations: "none",
  reshape_activations: "none",
  metadata: {
    sae_lens_version: saeLensVersion,
    sae_lens_training_version: null,
    model_name: place.modelName,
    hook_name: `blocks.${place.layer}.hook_${place.site}`,
    hook_head_index: null,
    context_size: place.contextLength,
    prepend_bos: place.prependBos,
    seqpos_slice: [place.firstPosition, null],
    model_from_pretrained_kwargs: {},
    selective_neural_competition: about,
  },
  ...architecture,
});

const known = {
  model_name: z.string().nullish(),
  hook_name: z.string().nullish(),
  sae_lens_version: z.string().nullish(),
};

const schema = z.looseObject({
  architecture: z.string().default("standard"),
  k: z.number().nullish(),
  rescale_acts_by_decoder_norm: z.boolean().default(false),
  d_in: z.int().positive(),
  d_sae: z.int().positive(),
  apply_b_dec_to_input: z.boolean().default(true),
  normalize_activations: z.union([z.string(), z.boolean()]).nullish(),
  reshape_activations: z.string().nullish(),
  activation_fn: z.string().nullish(),
  activation_fn_str: z.string().nullish(),
  activation_fn_kwargs: z.looseObject({ k: z.number().nullish() }).nullish(),
  hook_point: z.string().nullish(),
  metadata: z.looseObject(known).optional(),
  ...known,
});

/** By which rule each architecture has features: what it is saved as, and as which it is trained. */
const architectures = {
  standard: "standard",
  topk: "topk",
  jumprelu: "jumprelu",
  gated: "gated",
  batchtopk: "jumprelu",
  matryoshka_batchtopk: "jumprelu",
} as const;
type ArchitectureName = keyof typeof architectures;

const isKnown = (name: string): name is ArchitectureName => Object.hasOwn(architectures, name);

/** What is taken from a cfg.json. */
export interface SaeLensConfig {
  d_in: number;
  d_sae: number;
  architecture: ArchitectureName;
  /** How many features of a token are kept; undefined: not a fixed number. */
  k: number | undefined;
  /** Whether activations count multiplied by the length of their feature's row of W_dec. */
  byDecoderNorm: boolean;
  /** Whether the encoder takes x − b_dec, or x itself. */
  centred: boolean;
  modelName: string | undefined;
  hookName: string | undefined;
  version: string | undefined;
}

/** Which tensor of the weights' file holds θ, if there is one. */
export const thresholdOf = ({ architecture }: SaeLensConfig): ThresholdName | undefined =>
  architectures[architecture] !== "jumprelu" ? undefined : architecture === "jumprelu" ? "threshold" : "topk_threshold";

/** A cfg.json of any version. Throws an input error for what weights, a threshold and a number of features do not say. */
export function parseSaeLensConfig(file: string, content: unknown): SaeLensConfig {
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}`);
  const cfg = parsed.data;
  const expect = (name: string, expected: string, found: unknown, isSo: boolean, next = ""): void => {
    if (!isSo) throw new SncError("input", `${file}: expected ${name} ${expected}, found "${found}". ${next}`.trim());
  };
  const { normalize_activations: normalize, metadata } = cfg;
  const modelName = metadata?.model_name ?? cfg.model_name ?? undefined;
  const hookName = metadata?.hook_name ?? cfg.hook_name ?? cfg.hook_point ?? undefined;
  const reshape = cfg.reshape_activations ?? (/hook_z/.test(hookName ?? "") ? "hook_z" : "none");
  const activation = cfg.activation_fn ?? cfg.activation_fn_str;
  // Before version 6 a standard autoencoder could have another activation function.
  const architecture = cfg.architecture === "standard" && activation === "topk" ? "topk" : cfg.architecture;
  if (!isKnown(architecture))
    throw new SncError(
      "input",
      `${file}: expected architecture ${Object.keys(architectures).join(", ")}, found "${architecture}". Others have weights ` +
        "that are not read here.",
    );
  const fitting = architecture === "topk" ? "topk" : "relu";
  expect("activation_fn", `"${fitting}"`, activation, activation == null || activation === fitting);
  const k = architecture === "topk" ? (cfg.k ?? cfg.activation_fn_kwargs?.k) : undefined;
  if (architecture === "topk") expect("k", "from 1 on, a whole number", k, Number.isInteger(k) && k! >= 1);
  expect("reshape_activations", '"none"', reshape, reshape === "none", "Heads side by side are not one vector here.");
  const next =
    normalize === "expected_average_only_in" || normalize === true
      ? "Fold the factor in and save it again, in SAELens: sae.fold_activation_norm_scaling_factor(factor)"
      : "It depends on each vector: no weights hold it.";
  const isNormalized = ![undefined, null, false, "none"].includes(normalize as null);
  expect("normalize_activations", '"none"', normalize, !isNormalized, next);
  const version = metadata?.sae_lens_version ?? cfg.sae_lens_version ?? undefined;
  const { d_in, d_sae, apply_b_dec_to_input: centred, rescale_acts_by_decoder_norm: byDecoderNorm } = cfg;
  return { d_in, d_sae, architecture, k: k ?? undefined, byDecoderNorm, centred, modelName, hookName, version };
}
