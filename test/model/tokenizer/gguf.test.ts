import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { loadTokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { boolean, int32s, makeGguf, string, strings, uint32 } from "../../helpers/make-gguf.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-tokenizer-gguf-"));
});
after(() => rm(folder, { recursive: true }));

/** GGUF's kinds of tokens: a normal one, an unknown one, one of control, one that a user defined, an unused one, a byte. */
const kinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 };

// "Ġ" stands for a space. No merge makes token 6, <ab>: only as a whole is it found.
const tokens = ["<s>", "a", "b", "<", ">", "ab", "<ab>"];

/** A tokenizer whose last token is of this kind. */
async function tokenizerOf(kind: number) {
  const file = path.join(folder, `kind-${kind}.gguf`);
  const metadata = {
    "tokenizer.ggml.model": string("gpt2"),
    "tokenizer.ggml.pre": string("smollm"),
    "tokenizer.ggml.tokens": strings(tokens),
    "tokenizer.ggml.token_type": int32s([kinds.control, 1, 1, 1, 1, 1, kind]),
    "tokenizer.ggml.merges": strings(["a b"]),
    "tokenizer.ggml.bos_token_id": uint32(0),
    "tokenizer.ggml.add_bos_token": boolean(false),
  };
  await writeFile(file, makeGguf({ metadata }));
  return loadTokenizer(file);
}

for (const [name, kind] of Object.entries(kinds)) {
  const isWhole = name === "userDefined" || name === "control";
  test(`a token of kind ${kind} (${name}) is ${isWhole ? "found as a whole" : "cut and merged like any text"}`, async () => {
    const tokenizer = await tokenizerOf(kind);
    const ids = [...tokenizer.encode("a<ab>b")];
    assert.deepEqual(ids, isWhole ? [1, 6, 2] : [1, 3, 5, 4, 2]);
    assert.equal(tokenizer.decode(ids), "a<ab>b");
  });
}
