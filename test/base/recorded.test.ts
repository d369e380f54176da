import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { z } from "zod";
import { SncError } from "../../src/base/errors.js";
import { sha256 } from "../../src/base/files.js";
import {
  isRecorded,
  readRecorded,
  readSealed,
  recordHash,
  recordHashes,
  requireRecorded,
  requireSealed,
  sha256Once,
  writeSealed,
} from "../../src/base/recorded.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-recorded-"));
  process.env.SNC_CACHE = path.join(folder, "cache");
});
after(() => rm(folder, { recursive: true }));

const made = { by: "snc knit", next: "Run: snc knit" };
const at = (name: string): string => path.join(folder, name);

/** Whether the error is one of input that says all of this. */
const saying =
  (...words: string[]) =>
  (error: Error): boolean => {
    assert.ok(error instanceof SncError && error.failure === "input", String(error.stack));
    for (const word of words) assert.ok(error.message.includes(word), `${word} in: ${error.message}`);
    return true;
  };

test("a file's sha256 lies beside it, and is asked for: of bytes read at once, and of files read in parts", async () => {
  const file = at("a.arrow");
  await writeFile(file, "vectors");
  assert.equal(isRecorded(file), false);
  await assert.rejects(
    requireRecorded(file, made),
    saying("a.arrow: expected the sha256 that snc knit recorded", "Run: snc knit"),
  );
  await recordHash(file);
  assert.equal(await readFile(`${file}.sha256`, "utf8"), `${sha256("vectors")}  a.arrow\n`);
  assert.equal(isRecorded(file), true);
  await requireRecorded(file, made);
  assert.equal(Buffer.from(readRecorded(file, made)).toString(), "vectors");
  await writeFile(file, "vectorz");
  const changed = saying(
    `a.arrow: expected sha256 ${sha256("vectors").slice(0, 8)}…, as snc knit wrote it`,
    `found ${sha256("vectorz").slice(0, 8)}…`,
  );
  await assert.rejects(requireRecorded(file, made), changed);
  assert.throws(() => readRecorded(file, made), changed);
  await rm(file);
  assert.equal(isRecorded(file), false);
  await assert.rejects(requireRecorded(file, made), saying("expected what snc knit wrote, found no such file"));
  assert.throws(() => readRecorded(file, made), saying("expected what snc knit wrote, found no such file"));
});

test("a folder's SHA256SUMS has several; what it says of others stays", async () => {
  for (const name of ["b", "c"]) await writeFile(at(name), name);
  await recordHashes(folder, ["c"]);
  await recordHashes(folder, ["b"]);
  assert.equal(await readFile(at("SHA256SUMS"), "utf8"), `${sha256("b")}  b\n${sha256("c")}  c\n`);
  await requireRecorded(at("b"), made);
  await writeFile(at("c"), "d");
  await assert.rejects(requireRecorded(at("c"), made), saying("c: expected sha256"));
  await recordHashes(folder, ["c"]);
  await requireRecorded(at("c"), made);
});

test("bytes that change while their time of change is set back are noticed", async () => {
  const file = at("times.arrow");
  await writeFile(file, "vectors");
  await recordHash(file);
  readRecorded(file, made);
  const { atime, mtime } = await stat(file);
  await writeFile(file, "vectorz");
  await utimes(file, atime, mtime);
  assert.throws(() => readRecorded(file, made), saying("times.arrow: expected sha256"));
});

test("a large file is hashed once for each change, and again where the cache has forgotten or cannot remember", async () => {
  const file = at("large.arrow");
  const bytes = Buffer.alloc(2 ** 24 + 1, 7);
  await writeFile(file, bytes);
  assert.equal(await sha256Once(file), sha256(bytes));
  const memory = at("cache/hashes");
  const [name] = await readdir(memory);
  const entry = path.join(memory, name);
  const { state } = JSON.parse(await readFile(entry, "utf8"));
  await writeFile(entry, JSON.stringify({ state, sha256: "remembered" }));
  assert.equal(await sha256Once(file), "remembered");
  await writeFile(entry, "");
  assert.equal(await sha256Once(file), sha256(bytes));
  bytes[5] = 8;
  await writeFile(file, bytes);
  assert.equal(await sha256Once(file), sha256(bytes));
  await rm(memory, { recursive: true });
  await writeFile(memory, "a file where the folder should be");
  assert.equal(await sha256Once(file), sha256(bytes));
});

const schema = z.object({ n: z.number(), more: z.array(z.string()) });

test("a sealed file says its own sha256, and is refused where one character of what it says is another", async () => {
  const file = at("sealed.json");
  const value = { n: 0.1, more: ["é", "b"], left: undefined };
  await writeSealed(file, value);
  assert.deepEqual(await readSealed(file, schema, made), { n: 0.1, more: ["é", "b"] });
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("0.1", "0.2"));
  await assert.rejects(
    readSealed(file, schema, made),
    saying("sealed.json: expected sha256", "as snc knit wrote it", "Run: snc knit"),
  );
  await writeFile(file, text.replaceAll("\n", " ")); // how it is laid out says nothing
  assert.deepEqual(await readSealed(file, schema, made), { n: 0.1, more: ["é", "b"] });
  for (const [broken, found] of [
    ["", "Unexpected end of JSON input"],
    [text.slice(0, -9), "JSON"],
    ["[]", "expected an object"],
    ["null", "expected an object"],
  ]) {
    await writeFile(file, broken);
    await assert.rejects(
      readSealed(file, schema, made),
      saying("sealed.json: expected", "as snc knit wrote it", found),
    );
  }
  await writeSealed(file, { n: "0.1", more: [] });
  await assert.rejects(readSealed(file, schema, made), saying("expected other content", "n"));
});

test("a file from before there were seals is nobody's fault, unless it must have one", async () => {
  await writeFile(at("old.json"), JSON.stringify({ n: 1, more: [] }));
  assert.equal(await readSealed(at("old.json"), schema, made), undefined);
  await assert.rejects(
    requireSealed(at("old.json"), schema, made),
    saying("old.json: expected the sha256 that snc knit recorded of it, found none"),
  );
});
