import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { loadTokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { fixtures } from "../../helpers/paths.js";

interface Form {
  model: { is: string };
}

/** Made by make_tokenizers.py with Hugging Face's tokenizers in Python. */
const read = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(path.join(fixtures, "tokenizers", name), "utf8"));

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-tokenizers-"));
});
after(() => rm(folder, { recursive: true }));

test("each published form of tokenizer.json gives Python's ids, on every text", async (t) => {
  const forms = await read<Record<string, Form>>("forms.json");
  const models = await read<Record<string, object>>("models.json");
  const texts = await read<string[]>("texts.json");
  const right = await read<Record<string, number[][]>>("ids.json");
  const column = (value: unknown) => String(value).padStart(14);
  t.diagnostic(`${"form".padEnd(18)}${["texts", "library alone", "differing"].map(column).join("")}`);
  for (const [name, form] of Object.entries(forms)) {
    const { is, ...options } = form.model;
    const json = { ...form, model: { ...options, ...models[is] } };
    await writeFile(path.join(folder, "tokenizer.json"), JSON.stringify(json));
    const tokenizer = await loadTokenizer(folder);
    const alone = new HuggingFaceTokenizer(json, {});
    const differs = (encode: (text: string) => Iterable<number>) =>
      texts.filter((text, i) => [...encode(text)].join() !== right[name][i].join());
    const before = differs((text) => alone.encode(text, { add_special_tokens: false }).ids);
    const differing = differs((text) => tokenizer.encode(text));
    t.diagnostic(`${name.padEnd(18)}${[texts.length, before.length, differing.length].map(column).join("")}`);
    assert.deepEqual(differing, [], name);
  }
});
