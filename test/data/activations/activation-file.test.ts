import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/files.js";
import { recordHash, requireUnchanged } from "../../../src/data/activations/activation-file.js";

let file: string;
before(async () => {
  file = path.join(await mkdtemp(path.join(tmpdir(), "activations-")), "layer-6.arrow");
  await writeFile(file, "vectors");
});
after(() => rm(path.dirname(file), { recursive: true }));

test("an activation file is as it was captured, by the hash beside it", async () => {
  await recordHash(file);
  assert.equal(await readFile(`${file}.sha256`, "utf8"), `${sha256("vectors")}  layer-6.arrow\n`);
  await requireUnchanged(file);
});

test("one that was changed is refused with what to do, and its record stays", async () => {
  await writeFile(file, "vectorz");
  await recordHash(file);
  await assert.rejects(requireUnchanged(file), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input");
    assert.match(
      error.message,
      /layer-6\.arrow: expected sha256 .*… as it was captured, found .*…\. Delete it.*Run: snc activations/,
    );
    return true;
  });
});
