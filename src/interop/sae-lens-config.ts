import { z } from "zod";
import { SncError } from "../base/errors.js";

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

/** cfg.json of a standard autoencoder on a model's raw activations; `about` goes into its metadata. */
export const saeLensConfig = (
  { d_in, d_sae }: { d_in: number; d_sae: number },
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
  architecture: "standard",
});

const known = {
  model_name: z.string().nullish(),
  hook_name: z.string().nullish(),
  sae_lens_version: z.string().nullish(),
};

const schema = z.looseObject({
  architecture: z.string().default("standard"),
  d_in: z.int().positive(),
  d_sae: z.int().positive(),
  apply_b_dec_to_input: z.boolean().default(true),
  normalize_activations: z.union([z.string(), z.boolean()]).nullish(),
  reshape_activations: z.string().nullish(),
  activation_fn: z.string().nullish(),
  activation_fn_str: z.string().nullish(),
  hook_point: z.string().nullish(),
  metadata: z.looseObject(known).optional(),
  ...known,
});

/** What is taken from a cfg.json. */
export interface SaeLensConfig {
  d_in: number;
  d_sae: number;
  /** Whether the encoder takes x − b_dec, or x itself. */
  centred: boolean;
  modelName: string | undefined;
  hookName: string | undefined;
  version: string | undefined;
}

/** A cfg.json of any version. Throws an input error for what four weights and a ReLU do not say. */
export function parseSaeLensConfig(file: string, content: unknown): SaeLensConfig {
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}`);
  const cfg = parsed.data;
  const expect = (name: string, expected: string, found: unknown, isSo: boolean, next = ""): void => {
    if (!isSo) throw new SncError("input", `${file}: expected ${name} "${expected}", found "${found}". ${next}`.trim());
  };
  const { architecture, normalize_activations: normalize, metadata } = cfg;
  const modelName = metadata?.model_name ?? cfg.model_name ?? undefined;
  const hookName = metadata?.hook_name ?? cfg.hook_name ?? cfg.hook_point ?? undefined;
  const reshape = cfg.reshape_activations ?? (/hook_z/.test(hookName ?? "") ? "hook_z" : "none");
  const activation = cfg.activation_fn ?? cfg.activation_fn_str ?? "relu";
  expect("architecture", "standard", architecture, architecture === "standard", "Others have more than four weights.");
  expect("activation_fn", "relu", activation, activation === "relu");
  expect("reshape_activations", "none", reshape, reshape === "none", "Heads side by side are not one vector here.");
  const next =
    normalize === "expected_average_only_in" || normalize === true
      ? "Fold the factor in and save it again, in SAELens: sae.fold_activation_norm_scaling_factor(factor)"
      : "It depends on each vector: no weights hold it.";
  expect(
    "normalize_activations",
    "none",
    normalize,
    [undefined, null, false, "none"].includes(normalize as null),
    next,
  );
  const version = metadata?.sae_lens_version ?? cfg.sae_lens_version ?? undefined;
  return { d_in: cfg.d_in, d_sae: cfg.d_sae, centred: cfg.apply_b_dec_to_input, modelName, hookName, version };
}
