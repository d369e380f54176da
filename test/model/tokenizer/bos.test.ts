import assert from "node:assert/strict";
import { test } from "node:test";
import { beginningOf } from "../../../src/model/tokenizer/bos.js";
import { readTokenizerJson } from "../../../src/model/tokenizer/json.js";

const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
const tokens = ["<s>", "</s>"].map((content, id) => ({ id, content, ...special }));
const text = { Sequence: { id: "A", type_id: 0 } };
const place = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
const template = (...single: object[]) => ({
  type: "TemplateProcessing",
  single,
  pair: [],
  special_tokens: Object.fromEntries(
    tokens.map(({ content, id }) => [content, { id: content, ids: [id], tokens: [content] }]),
  ),
});
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
const withBos = template(place("<s>"), text);
const withEos = template(text, place("</s>"));

function beginning(post_processor: object | null, config?: object, pre_tokenizer: object | null = null): number | null {
  const model = { vocab: { "<s>": 0, "</s>": 1, a: 2 }, merges: [] };
  const json = readTokenizerJson("tokenizer.json", { model, added_tokens: tokens, post_processor, pre_tokenizer });
  return beginningOf({ json: "tokenizer.json", config: "tokenizer_config.json" }, json, config);
}

test("without settings, a sequence begins with what the template puts before the text, and only that", () => {
  assert.equal(beginning(null), null);
  assert.equal(beginning(byteLevel), null);
  assert.equal(beginning(withBos), 0);
  assert.equal(beginning(withEos), null);
  assert.equal(beginning(template(place("<s>"), text, place("</s>"))), 0);
  assert.equal(beginning({ type: "Sequence", processors: [byteLevel, withBos] }), 0);
  assert.throws(() => beginning(template(place("<s>"), place("</s>"), text)), /at most one token.*found <s> <\/s>/);
  assert.throws(() => beginning(template(place("<s>"))), /before the text in post_processor.single/);
  assert.throws(() => beginning(template(place("<q>"), text)), /found <q>/);
});

// By transformers 4.57.1 and 5.24.0, for each class and post-processor: the id where both agree, or where 5 only lacks
// the setting because tokenizer.json is silent.
test("a Llama's settings add the beginning where tokenizer.json has no template", () => {
  for (const tokenizer_class of ["LlamaTokenizerFast", "LlamaTokenizer", "GemmaTokenizerFast", undefined])
    for (const processor of [null, byteLevel]) {
      const settings = { tokenizer_class, bos_token: "<s>" };
      assert.equal(beginning(processor, { ...settings, add_bos_token: true }), 0);
      assert.equal(beginning(processor, { ...settings, add_bos_token: false }), null);
      assert.equal(beginning(withBos, { ...settings, add_bos_token: true }), 0);
      assert.equal(beginning(withBos, settings), 0);
      assert.equal(beginning(withEos, { ...settings, add_bos_token: false }), null);
    }
  assert.equal(beginning(null, { add_bos_token: true, bos_token: { __type: "AddedToken", content: "<s>" } }), 0);
});

test("other classes' sequences begin as tokenizer.json says, whatever the settings", () => {
  for (const tokenizer_class of ["PreTrainedTokenizerFast", "Qwen2Tokenizer", "GPT2TokenizerFast"])
    for (const add_bos_token of [true, false, undefined]) {
      const settings = { tokenizer_class, add_bos_token, bos_token: "<s>" };
      assert.deepEqual(
        [withBos, withEos, byteLevel, null].map((p) => beginning(p, settings)),
        [0, null, null, null],
      );
    }
});

const llama = { tokenizer_class: "LlamaTokenizerFast", bos_token: "<s>" };
const prefix = { ...byteLevel, add_prefix_space: true };
const flags = { lstrip: false, rstrip: false, single_word: false, normalized: false };
const refused: Record<string, [object | null, object, RegExp]> = {
  "a template with a beginning, settings without": [
    withBos,
    { ...llama, add_bos_token: false },
    /transformers 4 and 5 differ.*add_bos_token false/,
  ],
  "settings with a beginning, a template without": [
    withEos,
    { ...llama, add_bos_token: true },
    /tokenizer.json.*add_bos_token true/,
  ],
  "a class that begins by default, no template": [null, llama, /an add_bos_token .* found none, and no template/],
  "another beginning": [
    withBos,
    { ...llama, bos_token: "</s>" },
    /a bos_token with id 1, and a template that begins with id 0/,
  ],
  "no token to begin with": [
    null,
    { add_bos_token: true },
    /a bos_token of the vocabulary for add_bos_token, found undefined/,
  ],
  "a setting that is not known": [withBos, { extra: 1 }, /only settings whose effect on ids is known, found extra/],
  "lower case": [withBos, { do_lower_case: true }, /do_lower_case false, found true/],
  "special tokens cut apart": [withBos, { split_special_tokens: true }, /split_special_tokens false/],
  "code of its own": [withBos, { auto_map: {} }, /found auto_map/],
  "a space before": [withBos, { add_prefix_space: true }, /add_prefix_space false, as tokenizer.json does, found true/],
  "a token that is not in tokenizer.json": [
    withBos,
    { pad_token: "<p>" },
    /for pad_token one of added_tokens.* found <p>/,
  ],
  "more tokens": [
    withBos,
    { additional_special_tokens: ["<s>", "<q>"] },
    /for additional_special_tokens one of .* found <q>/,
  ],
  "an added token's id": [
    withBos,
    { added_tokens_decoder: { 1: { content: "<s>", ...flags } } },
    /added_tokens_decoder.1 .* found <s>/,
  ],
  "an added token's option": [
    withBos,
    { added_tokens_decoder: { 0: { content: "<s>", ...flags, lstrip: true } } },
    /lstrip false for added_tokens_decoder.0/,
  ],
};
for (const [what, [processor, settings, why]] of Object.entries(refused))
  test(`refused: ${what}`, () => assert.throws(() => beginning(processor, settings), why));

test("settings as they are published, and those that agree with tokenizer.json, are let stand", () => {
  const published = {
    ...{ ...llama, add_bos_token: true, add_eos_token: false, clean_up_tokenization_spaces: false, legacy: false },
    ...{ model_max_length: 1e30, padding_side: "left", sp_model_kwargs: {}, use_default_system_prompt: false },
    ...{
      eos_token: { __type: "AddedToken", content: "</s>", lstrip: false },
      pad_token: null,
      chat_template: "{{ x }}",
    },
    ...{ split_special_tokens: false, added_tokens_decoder: { 0: { content: "<s>", ...flags, special: true } } },
  };
  assert.equal(beginning(withBos, published), 0);
  assert.equal(beginning(withBos, { ...published, add_prefix_space: true }, prefix), 0);
});
