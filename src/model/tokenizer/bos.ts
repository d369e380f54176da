import { readTokenizerConfig } from "./config.js";
import { misfit, stepsOf, type TokenizerJson } from "./json.js";

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
 * | no template | true | bos_token, as transformers 4: tokenizer.json is silent (5 adds none) |
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
  const settings = readTokenizerConfig(files.config, json, config);
  const name = settings.tokenizer_class?.replace(/Fast$/, "");
  if (name !== undefined && !fromConfig.includes(name)) return first;
  const { bos_token: bos } = settings;
  const stated = typeof bos === "string" ? idOf(json, bos) : undefined;
  const adds = settings.add_bos_token ?? (name === "GPTNeoXTokenizer" ? false : undefined);
  const fault = differenceOf({ first, silent: template === undefined, adds, stated, byDefault: name !== undefined });
  if (fault !== undefined)
    throw misfit(
      files.config,
      `an add_bos_token and bos_token that agree with post_processor in ${files.json}, as transformers 4 and 5 differ otherwise`,
      fault,
    );
  if (first !== null || adds !== true) return first;
  if (stated === undefined) throw misfit(files.config, "a bos_token of the vocabulary for add_bos_token", String(bos));
  return stated;
}

/** Where the settings and the template differ in a way that transformers 4 and 5 decide differently. */
function differenceOf(of: {
  first: number | null;
  silent: boolean;
  adds: boolean | undefined;
  stated: number | undefined;
  byDefault: boolean;
}): string | undefined {
  const { first, silent, adds, stated, byDefault } = of;
  if (first !== null && adds === false) return "add_bos_token false, and a template that begins with a token";
  if (first !== null && stated !== undefined && stated !== first)
    return `a bos_token with id ${stated}, and a template that begins with id ${first}`;
  if (first === null && adds === true && !silent) return "add_bos_token true, and a template that begins with the text";
  if (first === null && adds === undefined && byDefault) return "none, and no template that begins with a token";
  return undefined;
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
