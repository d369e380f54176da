import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { canonicalJson, sha256 } from "../../../src/base/files.js";
import { localInputs } from "../../../src/data/texts/local-inputs.js";
import { profiles } from "../../../src/profiles.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-local-"));
after(() => rmSync(root, { recursive: true }));

/** Folders of their own for each test. */
let [modelDir, pileDir, cache] = ["", "", ""];
let folders = 0;
beforeEach(() => {
  const folder = path.join(root, String(folders++));
  [modelDir, pileDir, cache] = ["model", "pile", "cache"].map((name) => path.join(folder, name));
  for (const made of [modelDir, pileDir, cache]) mkdirSync(made, { recursive: true });
  Object.assign(process.env, { SNC_MODEL_DIR: modelDir, SNC_PILE_DIR: pileDir, SNC_CACHE: cache });
});

const inputs = () => localInputs(profiles.paper);

/** Writes files below a folder, each of its own name's words. */
function write(folder: string, ...names: string[]): void {
  for (const name of names) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), `content of ${name}`);
  }
}

/** A link below a folder. */
function link(folder: string, name: string, target: string): void {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  symlinkSync(target, path.join(folder, name));
}

const indexFile = "model.safetensors.index.json";

/** An index that names these files. */
function writeIndex(...shards: string[]): void {
  const weight_map = Object.fromEntries(shards.map((shard, i) => [`tensor.${i}`, shard]));
  writeFileSync(path.join(modelDir, indexFile), JSON.stringify({ weight_map }));
}

/** The names of the model's files that are hashed. */
const hashed = async (): Promise<string[]> => {
  const { hashes } = await inputs();
  return Object.keys(hashes).flatMap((name) => (name.startsWith("gemma-2-2b/") ? [name.slice(11)] : []));
};

const refused = (promise: Promise<unknown>, ...parts: string[]): Promise<void> =>
  assert.rejects(promise, (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
    for (const part of parts) assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
    return true;
  });

test("of a model in shards its configuration, its tokenizer, the index and the shards that it names are hashed, no other file", async () => {
  write(pileDir, "00.jsonl");
  const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const read = ["config.json", "tokenizer.json", "tokenizer_config.json", ...shards];
  write(modelDir, ...read, "model-00003.safetensors", `._${shards[0]}`, "._model.safetensors", "README.md");
  write(modelDir, "generation_config.json", "original/model.safetensors", "model.safetensors.bak");
  writeIndex(shards[1], shards[0], shards[1]);
  assert.deepEqual(await hashed(), [...read, indexFile].sort());
  const { hashes } = await inputs();
  for (const name of read) assert.equal(hashes[`gemma-2-2b/${name}`], `sha256:${sha256(`content of ${name}`)}`);
});

test("of a model in one file that file is hashed, with what there is of a tokenizer", async () => {
  write(pileDir, "00.jsonl");
  write(
    modelDir,
    "config.json",
    "tokenizer.json",
    "model.safetensors",
    "._model.safetensors",
    "model-00003.safetensors",
  );
  assert.deepEqual(await hashed(), ["config.json", "model.safetensors", "tokenizer.json"]);
});

test("a folder without config.json is no model: it is named, with what to do", async () => {
  write(pileDir, "00.jsonl");
  write(modelDir, "model.safetensors");
  await refused(inputs(), `${modelDir}: expected Gemma-2-2B (config.json`, "--model-dir");
});

/** A model of two files, where the texts alone matter. */
const writeModel = (): void => write(modelDir, "config.json", "model.safetensors");

test("texts are *.jsonl and *.jsonl.zst below the folder, at any depth, in the order of their paths", async () => {
  writeModel();
  write(
    pileDir,
    "train/10.jsonl.zst",
    "train/9.jsonl",
    "b.jsonl",
    "a/b/c.jsonl",
    "val.jsonl.zst",
    "B.jsonl",
    "a.jsonl",
  );
  write(pileDir, "notes.txt", "00.json", "00.jsonl.gz", "00.jsonl.zst.part", "jsonl", "xjsonl");
  const { pileFiles, ...found } = await inputs();
  const expected = [
    "B.jsonl",
    "a.jsonl",
    "a/b/c.jsonl",
    "b.jsonl",
    "train/10.jsonl.zst",
    "train/9.jsonl",
    "val.jsonl.zst",
  ];
  assert.deepEqual(pileFiles, expected);
  assert.deepEqual([found.modelDir, found.pileDir], [modelDir, pileDir]);
});

test("texts are found through links to files and to folders, the folder itself may be one", async () => {
  writeModel();
  const elsewhere = path.join(pileDir, "..", "elsewhere");
  write(elsewhere, "disk/01.jsonl", "disk/deep/02.jsonl", "one.jsonl");
  link(elsewhere, "linked/disk", path.join(elsewhere, "disk"));
  link(elsewhere, "linked/00.jsonl", path.join(elsewhere, "one.jsonl"));
  link(elsewhere, "linked/relative.jsonl", "../one.jsonl");
  rmSync(pileDir, { recursive: true });
  symlinkSync(path.join(elsewhere, "linked"), pileDir);
  const { pileFiles } = await inputs();
  assert.deepEqual(pileFiles, ["00.jsonl", "disk/01.jsonl", "disk/deep/02.jsonl", "relative.jsonl"]);
});

test("a folder may be linked twice: its texts are found under both names", async () => {
  writeModel();
  write(pileDir, "disk/01.jsonl");
  link(pileDir, "again", path.join(pileDir, "disk"));
  assert.deepEqual((await inputs()).pileFiles, ["again/01.jsonl", "disk/01.jsonl"]);
});

test("a circle of links ends, whether to the folder itself, to one above or to each other", async () => {
  writeModel();
  write(pileDir, "00.jsonl", "a/01.jsonl", "b/02.jsonl");
  link(pileDir, "self", ".");
  link(pileDir, "a/up", "..");
  link(pileDir, "a/b", "../b");
  link(pileDir, "b/a", "../a");
  const { pileFiles } = await inputs();
  assert.deepEqual(pileFiles, ["00.jsonl", "a/01.jsonl", "a/b/02.jsonl", "b/02.jsonl", "b/a/01.jsonl"]);
});

test("a link to nowhere is refused by its name, at any depth: a text would be missing", async () => {
  writeModel();
  write(pileDir, "00.jsonl");
  link(pileDir, "train/01.jsonl", "gone.jsonl");
  await refused(
    inputs(),
    `${path.join(pileDir, "train", "01.jsonl")}: expected a file or folder, found ENOENT`,
    "remove it",
  );
});

test("links that only lead to each other are refused by name", async () => {
  writeModel();
  write(pileDir, "00.jsonl");
  link(pileDir, "x.jsonl", "y.jsonl");
  link(pileDir, "y.jsonl", "x.jsonl");
  await refused(inputs(), `.jsonl: expected a file or folder, found ELOOP`);
});

test("a folder whose name is a text's is walked into and not read as a file", async () => {
  writeModel();
  write(pileDir, "x.jsonl/00.jsonl", "y.jsonl.zst/notes.txt");
  assert.deepEqual((await inputs()).pileFiles, ["x.jsonl/00.jsonl"]);
});

test("what other systems leave beside files is passed over: ._00.jsonl, __MACOSX, hidden folders, links that are hidden", async () => {
  writeModel();
  write(pileDir, "00.jsonl", "._00.jsonl", "__MACOSX/00.jsonl", "train/__MACOSX/01.jsonl", "train/._01.jsonl");
  write(pileDir, "train/01.jsonl", ".cache/02.jsonl", "ends.with.dot.", "__MACOSX.jsonl");
  link(pileDir, ".lock.jsonl", "gone");
  assert.deepEqual((await inputs()).pileFiles, ["00.jsonl", "__MACOSX.jsonl", "train/01.jsonl"]);
});

test("a folder without texts, and one that is not there, are named with what to do", async () => {
  writeModel();
  write(pileDir, "._00.jsonl", "notes.txt");
  await refused(inputs(), `${pileDir}: expected the Pile's texts (*.jsonl or *.jsonl.zst), found none`, "--pile-dir");
  rmSync(pileDir, { recursive: true });
  await refused(inputs(), `${pileDir}: expected the Pile's texts`);
});

test("without options model and texts lie in the cache", async () => {
  delete process.env.SNC_MODEL_DIR;
  delete process.env.SNC_PILE_DIR;
  const [model, pile] = [path.join(cache, "models", "gemma-2-2b"), path.join(cache, "pile")];
  write(model, "config.json", "model.safetensors");
  write(pile, "00.jsonl");
  const found = await inputs();
  assert.deepEqual([found.modelDir, found.pileDir, found.pileFiles], [model, pile, ["00.jsonl"]]);
});

test("the Pile's fingerprint does not depend on the order in which a file system lists, nor on where the folder lies", async () => {
  writeModel();
  const names = ["b.jsonl", "a.jsonl", "c/d.jsonl"];
  write(pileDir, ...names);
  const { pile } = (await inputs()).hashes;
  assert.match(pile, /^fingerprint:[0-9a-f]{64}$/);
  const other = path.join(pileDir, "..", "other");
  write(other, ...names.toReversed());
  process.env.SNC_PILE_DIR = other;
  assert.equal((await inputs()).hashes.pile, pile);
});

test("the Pile's fingerprint changes with a name, a size, and what a file begins or ends with, not with its middle", async () => {
  writeModel();
  const mebibyte = 2 ** 20;
  const size = 3 * mebibyte;
  const file = path.join(pileDir, "00.jsonl");
  const print = async (): Promise<string> => (await inputs()).hashes.pile;
  writeFileSync(file, "");
  truncateSync(file, size);
  const seen = [await print()];
  const changed = async (what: string): Promise<void> => {
    const found = await print();
    assert.ok(!seen.includes(found), what);
    seen.push(found);
  };
  const put = async (at: number, text: string): Promise<void> => {
    const handle = await open(file, "r+");
    await handle.write(text, at);
    await handle.close();
  };
  for (const middle of [mebibyte, size - mebibyte - 1]) {
    await put(middle, "x");
    assert.equal(await print(), seen[0], `byte ${middle} is in the middle`);
  }
  for (const end of [0, mebibyte - 1, size - mebibyte, size - 1]) {
    await put(end, "x");
    await changed(`byte ${end}`);
  }
  truncateSync(file, size + 1);
  await changed("a byte more");
  appendFileSync(path.join(pileDir, "01.jsonl"), "");
  await changed("one more file");
  rmSync(path.join(pileDir, "01.jsonl"));
  writeFileSync(path.join(pileDir, "02.jsonl"), "");
  await changed("another name");
});

test("a text shorter than what is hashed of a long one has a fingerprint of its own content", async () => {
  writeModel();
  const print = async (text: string): Promise<string> => {
    writeFileSync(path.join(pileDir, "00.jsonl"), text);
    return (await inputs()).hashes.pile;
  };
  const prints = [await print("ab"), await print("ba"), await print("a"), await print("")];
  assert.equal(new Set(prints).size, 4);
  assert.equal(await print("ab"), prints[0]);
});

test("a fingerprint is that of names, sizes, and the hash of first and last MiB: result sets of other days hold it", async () => {
  writeModel();
  const long = `${"first ".repeat(200_000)}${"last ".repeat(200_000)}`; // 2.2 MB
  writeFileSync(path.join(pileDir, "00.jsonl"), "short");
  writeFileSync(path.join(pileDir, "01.jsonl"), long);
  const prints = [
    { file: "00.jsonl", size: 5, ends: sha256("shortshort") },
    { file: "01.jsonl", size: long.length, ends: sha256(long.slice(0, 2 ** 20) + long.slice(-(2 ** 20))) },
  ];
  assert.equal((await inputs()).hashes.pile, `fingerprint:${sha256(canonicalJson(prints))}`);
});

/** A file of a model as large as those whose hash is remembered; a hole, which takes no room on disk. */
function writeLarge(): string {
  const file = path.join(modelDir, "model.safetensors");
  writeFileSync(file, "weights");
  truncateSync(file, 2 ** 24);
  return file;
}

test("a large file of the model is hashed once for each change", async () => {
  write(modelDir, "config.json");
  write(pileDir, "00.jsonl");
  const file = writeLarge();
  const name = "gemma-2-2b/model.safetensors";
  const first = (await inputs()).hashes[name];
  const [remembered] = readdirSync(path.join(cache, "hashes"));
  assert.equal(readdirSync(path.join(cache, "hashes")).length, 1, "small files are not worth it");
  // What is remembered is believed: another hash in its place comes back.
  const memory = path.join(cache, "hashes", remembered);
  const other = "0".repeat(64);
  writeFileSync(memory, readFileSync(memory, "utf8").replace(first.slice("sha256:".length), other));
  assert.equal((await inputs()).hashes[name], `sha256:${other}`);
  utimesSync(file, 1, 1); // touched, and no byte another
  assert.equal((await inputs()).hashes[name], first, "after a change it is hashed again");
});
