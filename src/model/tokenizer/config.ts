import { z } from "zod";
import { misfit, stepsOf, type TokenizerJson } from "./json.js";

/** Keys of a tokenizer_config.json that change how text is shown, padded, cut off or framed, never the ids of a text. */
const harmless = new Set([
  ...["chat_template", "default_chat_template", "use_default_system_prompt", "response_schema"], // of conversations
  ...["clean_up_tokenization_spaces", "spaces_between_special_tokens", "errors"], // of decoding
  ...["model_max_length", "max_len", "max_length", "truncation", "truncation_side", "truncation_strategy", "stride"],
  ...[
    "padding",
    "padding_side",
    "pad_to_multiple_of",
    "pad_token_type_id",
    "model_input_names",
    "return_token_type_ids",
  ],
  ...["legacy", "sp_model_kwargs", "vocab_file", "merges_file"], // of making a tokenizer.json from other files
  ...[
    "tokenizer_file",
    "name_or_path",
    "special_tokens_map_file",
    "backend",
    "is_local",
    "device_map",
    "processor_class",
  ],
  ...["local_files_only", "vocab_size"],
  ...["add_eos_token", "add_special_tokens"], // what stands after a sequence: none is added here
]);

/** Keys that change the ids unless they say this; other values are refused. */
const only: Record<string, unknown> = {
  split_special_tokens: false,
  do_lower_case: false,
  do_lowercase: false,
  strip_accents: false,
  keep_accents: true,
  remove_space: false,
  from_slow: false,
  fix_mistral_regex: false,
};

const token = z.union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)]);
const named = token.nullish();
const addedFlags = { lstrip: z.boolean(), rstrip: z.boolean(), single_word: z.boolean(), normalized: z.boolean() };
const extra = z.union([z.array(token), z.record(z.string(), token).transform((tokens) => Object.values(tokens))]);
const tokenizerConfig = z.looseObject({
  tokenizer_class: z.string().nullish(),
  add_bos_token: z.boolean().nullish(),
  add_prefix_space: z.boolean().nullish(),
  ...{ bos_token: named, eos_token: named, unk_token: named, pad_token: named },
  ...{ cls_token: named, sep_token: named, mask_token: named },
  additional_special_tokens: extra.nullish(),
  extra_special_tokens: extra.nullish(),
  added_tokens_decoder: z.record(z.string(), z.looseObject({ content: z.string(), ...addedFlags })).nullish(),
});
export type TokenizerConfig = z.output<typeof tokenizerConfig>;

/** A tokenizer_config.json that leaves the ids as tokenizer.json gives them; refuses, by name, what changes them or may. */
export function readTokenizerConfig(file: string, json: TokenizerJson, config: unknown): TokenizerConfig {
  const parsed = tokenizerConfig.safeParse(config);
  if (!parsed.success)
    throw misfit(file, "transformers' settings", z.prettifyError(parsed.error).replaceAll("\n", " "));
  checkKeys(file, parsed.data);
  checkPrefixSpace(file, json, parsed.data.add_prefix_space);
  checkTokens(file, json, parsed.data);
  return parsed.data;
}

function checkKeys(file: string, settings: TokenizerConfig): void {
  const known = new Set([...Object.keys(tokenizerConfig.shape), ...harmless, ...Object.keys(only)]);
  for (const [key, value] of Object.entries(settings)) {
    if (!known.has(key)) throw misfit(file, "only settings whose effect on ids is known", key);
    if (Object.hasOwn(only, key) && value !== null && value !== only[key])
      throw misfit(file, `${key} ${only[key]}`, String(JSON.stringify(value)).slice(0, 80));
  }
}

function checkPrefixSpace(file: string, json: TokenizerJson, stated: boolean | null | undefined): void {
  const adds =
    stepsOf.normalizer(json).some((step) => step.type === "Prepend") ||
    stepsOf
      .preTokenizer(json)
      .some(
        (step) =>
          (step.type === "ByteLevel" && step.add_prefix_space) ||
          (step.type === "Metaspace" && step.prepend_scheme !== "never"),
      );
  if (typeof stated === "boolean" && stated !== adds)
    throw misfit(file, `add_prefix_space ${adds}, as tokenizer.json does`, String(stated));
}

/** Every token that the settings name must be an added one of tokenizer.json, or transformers would add it. */
function checkTokens(file: string, { added_tokens }: TokenizerJson, settings: TokenizerConfig): void {
  const byContent = new Map(added_tokens.map((added) => [added.content, added]));
  const { bos_token, eos_token, unk_token, pad_token, cls_token, sep_token, mask_token } = settings;
  const single = { bos_token, eos_token, unk_token, pad_token, cls_token, sep_token, mask_token };
  const { additional_special_tokens, extra_special_tokens } = settings;
  const all = { ...single, additional_special_tokens, extra_special_tokens };
  for (const [key, value] of Object.entries(all))
    for (const content of [value ?? []].flat())
      if (!byContent.has(content)) throw misfit(file, `for ${key} one of added_tokens in tokenizer.json`, content);
  for (const [id, said] of Object.entries(settings.added_tokens_decoder ?? {})) {
    const added = byContent.get(said.content);
    if (added?.id !== Number(id)) throw misfit(file, `added_tokens_decoder.${id} in tokenizer.json`, said.content);
    for (const flag of Object.keys(addedFlags) as (keyof typeof addedFlags)[])
      if (added[flag] !== said[flag])
        throw misfit(
          file,
          `${flag} ${added[flag]} for added_tokens_decoder.${id}, as tokenizer.json has it`,
          String(said[flag]),
        );
  }
}
