import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEncoder } from "../../../src/model/tokenizer/encode.js";
import { readTokenizerJson } from "../../../src/model/tokenizer/json.js";

const model = { type: "BPE", vocab: { a: 0, b: 1, ab: 2, c: 3, "<unk>": 4 }, merges: [["a", "b"]] };
const split = { type: "Split", pattern: { String: "a" }, behavior: "Isolated", invert: false };
const steps = (...pretokenizers: object[]) => ({ pre_tokenizer: { type: "Sequence", pretokenizers } });
const pattern = (Regex: string) => ({ pre_tokenizer: { ...split, pattern: { Regex } } });
const added = (changes: object) => ({
  id: 5,
  content: "<x>",
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
  ...changes,
});

const ids = (changes: object, text: string) => [
  ...makeEncoder(readTokenizerJson("t.json", { model, ...changes }))(text),
];

// Expected ids: what Python's tokenizers 0.22.2 gives for the same file.
test("signs that are no tokens are dropped before the others are merged", () => {
  assert.deepEqual(ids({}, "a?b"), [2]);
  assert.deepEqual(ids({ model: { ...model, merges: ["a b"] } }, "a?b"), [2]);
});

test("with an unknown token each stands for one, or a run of them in a word for all", () => {
  assert.deepEqual(ids({ model: { ...model, unk_token: "<unk>" } }, "a??b"), [0, 4, 4, 1]);
  const fused = { ...model, unk_token: "<unk>", fuse_unk: true };
  assert.deepEqual(ids({ model: fused }, "a??b"), [0, 4, 1]);
  assert.deepEqual(ids({ model: fused, ...pattern("\\?") }, "a??b"), [0, 4, 4, 1]);
});

test("a word that is a token stays one where merges are ignored", () => {
  const whole = { ...model, vocab: { ...model.vocab, ba: 5 } };
  assert.deepEqual(ids({ model: { ...whole, ignore_merges: true } }, "ba"), [5]);
  assert.deepEqual(ids({ model: whole }, "ba"), [1, 0]);
});

test("added tokens are found in the text as it is before those found in the normalised text", () => {
  const tokens = [added({ content: "ca", normalized: true, special: false }), added({ content: "ab", id: 2 })];
  assert.deepEqual(ids({ added_tokens: tokens }, "cab"), [3, 2]);
  assert.deepEqual(ids({ added_tokens: [added({ content: "ca" }), tokens[1]] }, "cab"), [5, 1]);
});

test("truncation and padding change no ids", () => {
  const truncation = { direction: "Right", max_length: 1, strategy: "LongestFirst", stride: 0 };
  assert.deepEqual(ids({ truncation, padding: { strategy: { Fixed: 9 } } }, "acb"), [0, 3, 1]);
});

test("a file that leaves parts out is read as Python reads it", () => {
  assert.deepEqual(ids({ model: { vocab: model.vocab, merges: model.merges } }, "ab"), [2]);
});

const unfit: Record<string, [object, RegExp]> = {
  "a part that is not known": [{ extra: 1 }, /only known options in the tokenizer, found extra/],
  "a normaliser": [
    { normalizer: { type: "Lowercase" } },
    /one of NFC, Replace, Prepend, Sequence for normalizer.type, found "Lower/,
  ],
  "a pre-tokenizer": [
    { pre_tokenizer: { type: "Whitespace" } },
    /one of Split, Digits.* for pre_tokenizer.type, found "Whitespace"/,
  ],
  "a pre-tokenizer in a sequence": [
    steps(split, { type: "Punctuation" }),
    /for pre_tokenizer.pretokenizers.1.type, found "Punct/,
  ],
  "an option of a step": [{ pre_tokenizer: { ...split, x: 1 } }, /only known options in pre_tokenizer, found x/],
  "a behaviour": [{ pre_tokenizer: { ...split, behavior: "Nearby" } }, /for pre_tokenizer.behavior, found "Nearby"/],
  "a possessive quantifier": [
    pattern("a++"),
    /a pattern without the quantifier \+\+.* for pre_tokenizer.pattern.Regex, found "a\+\+"/,
  ],
  "an atomic group": [pattern("(?>a+)"), /a pattern without \(\?>a/],
  "a word sign": [pattern("\\w+"), /a pattern without \\w/],
  "a named class": [pattern("[[:alpha:]]"), /a pattern without \[\[/],
  "a reference to a group": [pattern("(a)\\1"), /a pattern without \\1/],
  "a property": [pattern("\\p{Greek}"), /a pattern without \\p\{Greek\}/],
  "letters in either case that one sign stands for": [pattern("(?i:'ss)"), /a pattern without \(\?i:…ss…\)/],
  "half a pattern": [pattern("(a"), /a pattern that is whole/],
  "a post-processor": [
    { post_processor: { type: "BertProcessing" } },
    /one of ByteLevel, TemplateProcessing.* found "BertProcessing"/,
  ],
  "a decoder": [{ decoder: { type: "CTC" } }, /for decoder.type, found "CTC"/],
  "a model": [{ model: { type: "Unigram", vocab: [] } }, /"BPE" for model.type, found "Unigram"/],
  "an option of the model": [{ model: { ...model, extra: 1 } }, /only known options in model, found extra/],
  "merges left out by chance": [{ model: { ...model, dropout: 0.1 } }, /0 for model.dropout, found 0.1/],
  "a merge of three": [{ model: { ...model, merges: ["a b c"] } }, /merges of two tokens for model.merges/],
  "a merge to no token": [
    { model: { ...model, merges: ["b a"] } },
    /merges of tokens in model.vocab to one in it, found b a/,
  ],
  "an id twice": [{ model: { ...model, vocab: { ...model.vocab, c: 2 } } }, /an id of its own for each token/],
  "an unknown token that is none": [
    { model: { ...model, unk_token: "?" } },
    /model.unk_token in model.vocab, found \?/,
  ],
  "an added token's id": [
    { added_tokens: [added({ id: 9 })] },
    /id 5 for added_tokens.0 \(<x>\), as Python gives it, found id 9/,
  ],
  "an added token's other id": [{ added_tokens: [added({ content: "ab" })] }, /id 2 for added_tokens.0 \(ab\)/],
  "an added token twice": [{ added_tokens: [added({}), added({ id: 6 })] }, /each token once in added_tokens/],
  "an option of an added token": [
    { added_tokens: [added({ extra: 1 })] },
    /only known options in added_tokens.0, found extra/,
  ],
};
for (const [what, [changes, why]] of Object.entries(unfit))
  test(`refused by name: ${what}`, () => {
    assert.throws(
      () => readTokenizerJson("t.json", { model, ...changes }),
      (error: Error) => why.test(error.message) && error.message.startsWith("t.json: expected "),
    );
  });
