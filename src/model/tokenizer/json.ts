import { z } from "zod";
import { SncError } from "../../base/errors.js";
import { regexOf } from "./regex.js";

/**
 * What is read of a tokenizer.json. Every object is strict: a part or an option that is not listed here would change
 * the ids unseen, so it is refused by name. `truncation` and `padding` are let stand: no text is encoded with them.
 */

const flag = z.boolean();
const regex = z.string().superRefine((pattern, context) => {
  try {
    regexOf(pattern);
  } catch (error) {
    const message = error instanceof SyntaxError ? "a pattern that is whole" : (error as Error).message;
    context.addIssue({ code: "custom", message });
  }
});
const pattern = z.union([z.strictObject({ String: z.string().min(1, "a text") }), z.strictObject({ Regex: regex })]);

/** A choice of objects by `type`, whose names an error lists. */
const oneOf = <T extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]]>(options: T) =>
  z.discriminatedUnion("type", options, { error: () => `one of ${names(options).join(", ")}` });
const names = (options: readonly z.core.$ZodTypeDiscriminable[]): string[] =>
  options.flatMap((option) => [...((option as z.ZodType)._zod.propValues?.type ?? [])].map(String));

const replace = z.strictObject({ type: z.literal("Replace"), pattern, content: z.string() });
const prepend = z.strictObject({ type: z.literal("Prepend"), prepend: z.string() });
const nfc = z.strictObject({ type: z.literal("NFC") });
const normalizers = z.array(oneOf([nfc, replace, prepend]));
const normalizer = oneOf([nfc, replace, prepend, z.strictObject({ type: z.literal("Sequence"), normalizers })]);

const behavior = z.enum(["Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"]);
const split = z.strictObject({ type: z.literal("Split"), pattern, behavior, invert: flag });
const digits = z.strictObject({ type: z.literal("Digits"), individual_digits: flag });
const byteLevelOptions = { add_prefix_space: flag, trim_offsets: flag, use_regex: flag.default(true) };
const byteLevel = z.strictObject({ type: z.literal("ByteLevel"), ...byteLevelOptions });
const metaspace = z.strictObject({
  type: z.literal("Metaspace"),
  replacement: z.string().length(1),
  prepend_scheme: z.enum(["first", "always", "never"]),
  split: flag,
});
const pretokenizers = z.array(oneOf([split, digits, byteLevel, metaspace]));
const sequence = z.strictObject({ type: z.literal("Sequence"), pretokenizers });
const preTokenizer = oneOf([split, digits, byteLevel, metaspace, sequence]);

const id = z.int().nonnegative();
const place = z.strictObject({ id: z.string(), type_id: z.int() });
const template = z.array(z.union([z.strictObject({ SpecialToken: place }), z.strictObject({ Sequence: place })]));
const special = z.strictObject({ id: z.string(), ids: z.array(id), tokens: z.array(z.string()) });
const templateProcessing = z.strictObject({
  type: z.literal("TemplateProcessing"),
  single: template,
  pair: template,
  special_tokens: z.record(z.string(), special),
});
const processors = z.array(oneOf([byteLevel, templateProcessing]));
const postProcessor = oneOf([
  byteLevel,
  templateProcessing,
  z.strictObject({ type: z.literal("Sequence"), processors }),
]);

const plainDecoders = [
  byteLevel,
  metaspace,
  replace,
  z.strictObject({ type: z.literal("ByteFallback") }),
  z.strictObject({ type: z.literal("Fuse") }),
  z.strictObject({ type: z.literal("Strip"), content: z.string(), start: z.int(), stop: z.int() }),
] as const;
const decoder = oneOf([
  ...plainDecoders,
  z.strictObject({ type: z.literal("Sequence"), decoders: z.array(oneOf(plainDecoders)) }),
]);

// Checked by hand: a schema would look at each of hundreds of thousands of entries, and lose a token named __proto__.
const vocabulary = z.custom<Record<string, number>>(
  (value) =>
    typeof value === "object" && value !== null && Object.values(value).every((n) => Number.isInteger(n) && n >= 0),
  "tokens with their ids",
);
const merges = z
  .custom<(string | [string, string])[]>((value) => Array.isArray(value), "merges of two tokens")
  .transform((list, context) =>
    list.map((merge) => {
      const pair: unknown = typeof merge === "string" ? merge.split(" ") : merge;
      if (!Array.isArray(pair) || pair.length !== 2)
        context.addIssue({ code: "custom", message: "merges of two tokens", input: merge });
      return pair as [string, string];
    }),
  );
const noAffix = z.literal(["", null]).nullish();
const model = z.strictObject({
  type: z.literal("BPE").default("BPE"),
  dropout: z.literal(0).nullish(),
  unk_token: z.string().nullable().default(null),
  continuing_subword_prefix: noAffix,
  end_of_word_suffix: noAffix,
  fuse_unk: flag.default(false),
  byte_fallback: flag.default(false),
  ignore_merges: flag.default(false),
  vocab: vocabulary,
  merges,
});

const addedToken = z.strictObject({
  id,
  content: z.string().min(1, "a name"),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
  special: flag,
});

const tokenizerJson = z.strictObject({
  version: z.literal("1.0").nullish(),
  truncation: z.unknown().optional(),
  padding: z.unknown().optional(),
  added_tokens: z.array(addedToken).default([]),
  normalizer: normalizer.nullable().default(null),
  pre_tokenizer: preTokenizer.nullable().default(null),
  post_processor: postProcessor.nullable().default(null),
  decoder: decoder.nullable().default(null),
  model,
});

export type TokenizerJson = z.output<typeof tokenizerJson>;
export type AddedToken = z.output<typeof addedToken>;
export type Normalizer = z.output<typeof normalizers>[number];
export type PreTokenizer = z.output<typeof pretokenizers>[number];
export type Split = z.output<typeof split>;
export type PostProcessor = z.output<typeof processors>[number];

/** A tokenizer.json that is understood whole; `file` is named where it is not. */
export function readTokenizerJson(file: string, json: unknown): TokenizerJson {
  const parsed = tokenizerJson.safeParse(json);
  if (!parsed.success) throw misfit(file, ...firstIssue(parsed.error.issues, json));
  checkModel(file, parsed.data);
  checkAddedTokens(file, parsed.data);
  return parsed.data;
}

/** The steps of a part that may be absent, one, or a sequence. */
export const stepsOf = {
  normalizer: ({ normalizer: n }: TokenizerJson): Normalizer[] =>
    n === null ? [] : n.type === "Sequence" ? n.normalizers : [n],
  preTokenizer: ({ pre_tokenizer: p }: TokenizerJson): PreTokenizer[] =>
    p === null ? [] : p.type === "Sequence" ? p.pretokenizers : [p],
  postProcessor: ({ post_processor: p }: TokenizerJson): PostProcessor[] =>
    p === null ? [] : p.type === "Sequence" ? p.processors : [p],
};

function checkModel(file: string, { model }: TokenizerJson): void {
  const has = (token: string) => Object.hasOwn(model.vocab, token);
  const ids = Object.values(model.vocab);
  if (new Set(ids).size !== ids.length)
    throw misfit(file, "an id of its own for each token of model.vocab", "one twice");
  const odd = model.merges.find(([left, right]) => !has(left) || !has(right) || !has(left + right));
  if (odd) throw misfit(file, "merges of tokens in model.vocab to one in it", odd.join(" "));
  if (model.unk_token !== null && !has(model.unk_token))
    throw misfit(file, "model.unk_token in model.vocab", model.unk_token);
  // A text's sign that is no token becomes these tokens; Python merges them further, this package does not.
  const standIn = (token: string) =>
    token === model.unk_token || (model.byte_fallback && /^<0x[0-9A-F]{2}>$/.test(token));
  const merged = model.merges.find((pair) => pair.some(standIn));
  if (merged) throw misfit(file, "no merges of unknown tokens or of bytes", merged.join(" "));
}

/** Python gives an added token the vocabulary's id, else the next after all others, whatever id the file says. */
function checkAddedTokens(file: string, { added_tokens, model }: TokenizerJson): void {
  const size = Object.keys(model.vocab).length;
  let highest = -1;
  const contents = new Set<string>();
  for (const [at, { id, content }] of added_tokens.entries()) {
    const given = Object.hasOwn(model.vocab, content) ? model.vocab[content] : Math.max(size, highest + 1);
    highest = Math.max(highest, given);
    if (contents.has(content)) throw misfit(file, "each token once in added_tokens", `${content} again at ${at}`);
    if (id !== given)
      throw misfit(file, `id ${given} for added_tokens.${at} (${content}), as Python gives it`, `id ${id}`);
    contents.add(content);
  }
}

/** What was expected and found at the deepest place that a schema's first issue names. */
function firstIssue(issues: z.core.$ZodIssue[], json: unknown, outer: PropertyKey[] = []): [string, string] {
  const [issue] = issues;
  const at = [...outer, ...issue.path];
  const found = at.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], json);
  const place = at.map(String).join(".") || "the tokenizer";
  if (issue.code === "unrecognized_keys") return [`only known options in ${place}`, issue.keys.join(", ")];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // Of the alternatives, the one that came furthest says most.
    const depth = (inner: z.core.$ZodIssue[]) =>
      Math.max(...inner.map((i) => i.path.length + (i.code === "custom" ? 1 : 0)));
    return firstIssue([...issue.errors].sort((a, b) => depth(b) - depth(a))[0], json, at);
  }
  return [
    `${issue.message.replace(/^Invalid \w+: expected /, "")} for ${place}`,
    String(JSON.stringify(found)).slice(0, 80),
  ];
}

/** An error in a tokenizer's file. */
export const misfit = (file: string, expected: string, found: string): SncError =>
  new SncError(
    "input",
    `${file}: expected ${expected}, found ${found}. Only what gives the ids of Python's tokenizers is read: convert the tokenizer, or choose another model`,
  );
