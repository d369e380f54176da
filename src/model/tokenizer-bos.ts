import { z } from "zod";
import { misfit, stepsOf, type TokenizerJson } from "./tokenizer-json.js";

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
type TokenizerConfig = z.output<typeof tokenizerConfig>;

/** Classes whose beginning transformers 4 makes from tokenizer_config.json, whatever tokenizer.json says. */
const fromConfig = ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "CohereTokenizer", "GPTNeoXTokenizer"];

/**
 * The id before every sequence; null: none. `config` is tokenizer_config.json, or undefined where there is none.
 *
 * It is the one special token before the text in tokenizer.json's template. tokenizer_config.json has a say where its
 * class is one of `fromConfig`, or not named: transformers 4 then goes by `add_bos_token` (true, if it is not there) and
 * `bos_token`. transformers 5 goes by tokenizer.json alone. So:
 *
 * | template begins with | add_bos_token | id |
 * |---|---|---|
 * | a token | true or absent | that token, which must be bos_token, if there is one |
 * | a token | false | refused: transformers 4 adds none, 5 does |
 * | the text | true | refused: transformers 4 adds bos_token, 5 does not |
 * | no template | true | bos_token: tokenizer.json is silent |
 * | the text, or no template | false | none |
 * | the text, or no template | absent | refused where the class is of `fromConfig` (transformers 4 adds, 5 does not), else none |
 *
 * Other classes: tokenizer.json alone, as in both.
 */
export function beginningOf(
  files: { json: string; config: string },
  json: TokenizerJson,
  config: unknown,
): number | null {
  const template = templateOf(files.json, json);
  const first = template === undefined ? null : firstOf(files.json, template);
  if (config === undefined) return first;
  const parsed = tokenizerConfig.safeParse(config);
  if (!parsed.success)
    throw misfit(files.config, "transformers' settings", z.prettifyError(parsed.error).replaceAll("\n", " "));
  const settings = parsed.data;
  checkSettings(files.config, json, settings);
  const name = settings.tokenizer_class?.replace(/Fast$/, "");
  if (name !== undefined && !fromConfig.includes(name)) return first;
  const adds = settings.add_bos_token ?? (name === "GPTNeoXTokenizer" ? false : null);
  const stated = typeof settings.bos_token === "string" ? idOf(json, settings.bos_token) : undefined;
  const disagree = (found: string) =>
    misfit(
      files.config,
      `an add_bos_token that agrees with post_processor in ${files.json}, as transformers 4 and 5 differ otherwise`,
      found,
    );
  if (first !== null) {
    if (adds === false) throw disagree("add_bos_token false, and a template that begins with a token");
    if (stated !== undefined && stated !== first)
      throw disagree(`bos_token ${settings.bos_token}, and a template that begins with id ${first}`);
    return first;
  }
  if (adds === true && template !== undefined)
    throw disagree("add_bos_token true, and a template that begins with the text");
  if (adds === true) {
    if (stated === undefined)
      throw misfit(files.config, "a bos_token of the vocabulary for add_bos_token", String(settings.bos_token));
    return stated;
  }
  if (adds === null && name !== undefined) throw disagree("none, and no template that begins with a token");
  return null;
}

type Template = Extract<ReturnType<(typeof stepsOf)["postProcessor"]>[number], { type: "TemplateProcessing" }>;

function templateOf(file: string, json: TokenizerJson): Template | undefined {
  const templates = stepsOf.postProcessor(json).filter((step) => step.type === "TemplateProcessing");
  if (templates.length > 1) throw misfit(file, "one template in post_processor", String(templates.length));
  return templates[0];
}

/** The one token that a template puts before the text, or null. */
function firstOf(file: string, { single, special_tokens }: Template): number | null {
  const at = single.findIndex((place) => "Sequence" in place);
  const before = single
    .slice(0, Math.max(at, 0))
    .map((place) => ("SpecialToken" in place ? place.SpecialToken.id : ""));
  const ids = before.flatMap((name) => (Object.hasOwn(special_tokens, name) ? special_tokens[name].ids : [Number.NaN]));
  if (at < 0 || ids.length > 1 || ids.some(Number.isNaN))
    throw misfit(
      file,
      "at most one token, with its id, before the text in post_processor.single",
      before.join(" ") || "no text",
    );
  return ids[0] ?? null;
}

const idOf = ({ added_tokens, model }: TokenizerJson, content: string): number | undefined =>
  added_tokens.find((token) => token.content === content)?.id ??
  (Object.hasOwn(model.vocab, content) ? model.vocab[content] : undefined);

/** Refuses what makes transformers give other ids than tokenizer.json, or may. */
function checkSettings(file: string, json: TokenizerJson, settings: TokenizerConfig): void {
  const known = new Set([...Object.keys(tokenizerConfig.shape), ...harmless, ...Object.keys(only)]);
  for (const [key, value] of Object.entries(settings)) {
    if (!known.has(key)) throw misfit(file, "only settings whose effect on ids is known", key);
    if (Object.hasOwn(only, key) && value !== null && value !== only[key])
      throw misfit(file, `${key} ${only[key]}`, String(JSON.stringify(value)).slice(0, 80));
  }
  checkPrefixSpace(file, json, settings.add_prefix_space);
  checkTokens(file, json, settings);
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
