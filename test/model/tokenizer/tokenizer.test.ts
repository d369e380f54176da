import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { tokenizerJsonOf } from "../../../src/model/tokenizer/gguf.js";
import { loadTokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { cachedModel } from "../../helpers/cached-model.js";
import { boolean, int32s, makeGguf, string, strings, uint32, type Value } from "../../helpers/make-gguf.js";
import { fixtures } from "../../helpers/paths.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-tokenizer-"));
});
after(() => rm(folder, { recursive: true }));

/** Made by make_reference.py with Hugging Face's tokenizers in Python. */
const reference = async (): Promise<{ text: string; ids: number[] }[]> =>
  JSON.parse(await readFile(path.join(fixtures, "smollm2", "tokens.json"), "utf8"));

test("SmolLM2: digits, scripts, code, white space, emoji and special tokens get the ids that Python gives them", async (t) => {
  const { file, missing } = await cachedModel();
  if (missing) return t.skip(missing);
  const tokenizer = await loadTokenizer(file);
  for (const { text, ids } of await reference())
    assert.deepEqual([...tokenizer.encode(text)], ids, JSON.stringify(text));
  assert.equal(tokenizer.bos, null);
});

test("SmolLM2: decoding gives the text back", async (t) => {
  const { file, missing } = await cachedModel();
  if (missing) return t.skip(missing);
  const tokenizer = await loadTokenizer(file);
  const text = "  for (let i = 0; i < 12; i++) { naïve('五百 🙂') }\n\n\t<|im_end|>";
  assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
  assert.equal(tokenizer.decode([]), "");
});

// "Ġ" stands for a space. Ids: 0 <s>, 1–6 single signs, then merges in order of rank.
const toy = (changes: Record<string, Value> = {}): Record<string, Value> => ({
  "tokenizer.ggml.model": string("gpt2"),
  "tokenizer.ggml.pre": string("smollm"),
  "tokenizer.ggml.tokens": strings(["<s>", "Ġ", "a", "b", "1", "2", "12", "ab", "Ġab", "ba", "Ġa", "__proto__"]),
  "tokenizer.ggml.token_type": int32s([3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
  "tokenizer.ggml.merges": strings(["1 2", "a b", "Ġ ab", "b a", "Ġ a"]),
  "tokenizer.ggml.bos_token_id": uint32(0),
  "tokenizer.ggml.add_bos_token": boolean(false),
  ...changes,
});

async function toyFile(metadata: Record<string, Value>): Promise<string> {
  const file = path.join(folder, "toy.gguf");
  await writeFile(file, makeGguf({ metadata }));
  return file;
}

test("merges are taken by rank, digits stay single, special tokens are found in the text", async () => {
  const tokenizer = await loadTokenizer(await toyFile(toy()));
  const ids = (text: string) => [...tokenizer.encode(text)];
  assert.deepEqual(ids("ab ab"), [7, 8]); // a b → ab first, then Ġ ab
  assert.deepEqual(ids("bab"), [3, 7]); // a b before b a
  assert.deepEqual(ids("12"), [4, 5]); // the merge 1 2 never applies: digits are cut apart before
  assert.deepEqual(ids("a<s>b"), [2, 0, 3]);
  assert.deepEqual(ids(""), []);
  assert.equal(tokenizer.bos, null);
  const withBos = await loadTokenizer(await toyFile(toy({ "tokenizer.ggml.add_bos_token": boolean(true) })));
  assert.equal(withBos.bos, 0);
  assert.deepEqual([...withBos.encode("a")], [2]);
});

test("a GGUF's metadata that says nothing of ids changes nothing", async () => {
  const beside = {
    "tokenizer.ggml.add_space_prefix": boolean(false),
    "tokenizer.ggml.eos_token_id": uint32(0),
    "tokenizer.ggml.padding_token_id": uint32(0),
    "tokenizer.chat_template": string("{{ messages }}"),
  };
  const tokenizer = await loadTokenizer(await toyFile(toy(beside)));
  assert.deepEqual([...tokenizer.encode("ab ab")], [7, 8]);
});

test("a tokenizer.json beside the weights is read as it is, and tells which token begins a sequence", async () => {
  const json = tokenizerJsonOf({
    file: "toy",
    metadata: new Map<string, never>(
      Object.entries({
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": ["<s>", "a"],
        "tokenizer.ggml.token_type": [3, 1],
        "tokenizer.ggml.merges": [],
      }) as never,
    ),
  });
  const post_processor = {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [],
    special_tokens: { "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] } },
  };
  await writeFile(path.join(folder, "tokenizer.json"), JSON.stringify({ ...json, post_processor }));
  const tokenizer = await loadTokenizer(folder);
  assert.deepEqual([...tokenizer.encode("aa")], [1, 1]);
  assert.equal(tokenizer.bos, 0);
  await assert.rejects(loadTokenizer(path.join(folder, "none")), /tokenizer.json: expected the model's tokenizer/);
});

const unfit: Record<string, [Record<string, Value>, RegExp]> = {
  "another kind of model": [{ "tokenizer.ggml.model": string("llama") }, /"gpt2".*found llama/],
  "another way to cut": [{ "tokenizer.ggml.pre": string("constructor") }, /smollm, found constructor/],
  "tokens that are numbers": [{ "tokenizer.ggml.tokens": int32s([1]) }, /a list for tokenizer.ggml.tokens/],
  "a token twice": [{ "tokenizer.ggml.tokens": strings(new Array(12).fill("a")) }, /each token once/],
  "too few types": [{ "tokenizer.ggml.token_type": int32s([1]) }, /12 token types, found 1/],
  "a type that there is not": [
    { "tokenizer.ggml.token_type": int32s([3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7]) },
    /types from 1 \(normal\) to 6 \(byte\), found 7/,
  ],
  "a space put before every text": [{ "tokenizer.ggml.add_space_prefix": boolean(true) }, /add_space_prefix = true/],
  "white space taken out": [
    { "tokenizer.ggml.remove_extra_whitespaces": boolean(true) },
    /remove_extra_whitespaces = true/,
  ],
  "a merge of three": [{ "tokenizer.ggml.merges": strings(["a b a"]) }, /merges of two tokens, found a b a/],
};
for (const [what, [changes, why]] of Object.entries(unfit))
  test(`refused: ${what}`, async () => {
    await assert.rejects(loadTokenizer(await toyFile(toy(changes))), why);
  });
