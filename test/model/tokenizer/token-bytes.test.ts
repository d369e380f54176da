import assert from "node:assert/strict";
import { test } from "node:test";
import { loadTokenBytes, tokenBytesOf } from "../../../src/model/tokenizer/token-bytes.js";
import { loadTokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { cachedModel } from "../../helpers/cached-model.js";

const model = (vocab: Record<string, number>) => ({
  type: "BPE" as const,
  unk_token: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
  vocab,
  merges: [],
});
const named = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

test("byte-level: each sign is its byte; an added token and a name with another sign stand for themselves", () => {
  const decoder = { type: "ByteLevel" as const, add_prefix_space: false, trim_offsets: true, use_regex: true };
  const added_tokens = [{ ...named, id: 3, content: "<|Ġend|>" }];
  const bytesOf = tokenBytesOf("toy", { added_tokens, decoder, model: model({ Ġthe: 0, ðŁ: 1, Ċ: 2, 日: 4 }) });
  assert.equal(text(bytesOf(0)), " the");
  assert.deepEqual([...bytesOf(1)], [0xf0, 0x9f]);
  assert.equal(text(bytesOf(2)), "\n");
  assert.equal(Buffer.from(bytesOf(3)).toString(), "<|Ġend|>");
  assert.equal(Buffer.from(bytesOf(4)).toString(), "日");
  assert.throws(() => bytesOf(5), /toy: expected a token of its vocabulary, found the id 5/);
});

test("SentencePiece: ▁ is a space and <0xE2> a byte", () => {
  const replace = { type: "Replace" as const, pattern: { String: "▁" }, content: " " };
  const decoder = {
    type: "Sequence" as const,
    decoders: [replace, { type: "ByteFallback" as const }, { type: "Fuse" as const }],
  };
  const bytesOf = tokenBytesOf("toy", { added_tokens: [], decoder, model: model({ "▁a▁b": 0, "<0xE2>": 1 }) });
  assert.equal(text(bytesOf(0)), " a b");
  assert.deepEqual([...bytesOf(1)], [0xe2]);
});

test("SmolLM2: the bytes of a text's tokens, one after another, are the text's", async (t) => {
  const { file, missing } = await cachedModel();
  if (missing) return t.skip(missing);
  const [tokenizer, bytesOf] = await Promise.all([loadTokenizer(file), loadTokenBytes(file)]);
  const written = "  for (;;) { naïve('五百 🙂👩‍🚀') }\n\n\tשלום हिन्दी \u0000<|im_end|>";
  const ids = tokenizer.encode(written);
  assert.ok(ids.length > 20);
  assert.equal(Buffer.concat(Array.from(ids, bytesOf)).toString(), written);
});
