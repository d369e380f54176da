import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { inputPath, manifestFile, readManifest, violationsOfStandard } from "../../../src/data/texts/manifest.js";

const folder = mkdtemp(path.join(os.tmpdir(), "snc-manifest-"));
after(async () => rm(await folder, { recursive: true, force: true }));

type Descriptor = { version: string; resources: Record<string, unknown>[] };

/** Reads the committed manifest after one change. */
async function readChanged(change: (descriptor: Descriptor) => void) {
  const descriptor = JSON.parse(await readFile(manifestFile, "utf8"));
  change(descriptor);
  const file = path.join(await folder, "datapackage.json");
  await writeFile(file, JSON.stringify(descriptor));
  return readManifest(file);
}

test("the committed manifest keeps the standard and pins a model and eight text sources", async () => {
  const manifest = await readManifest();
  assert.deepEqual(
    manifest.resources.map((r) => r.name),
    ["smollm2-135m-instruct", "code", "mail", "speeches", "books", "legal", "dictionary", "multilingual", "maths"],
  );
  assert.equal(manifest.resources[0].hash, "sha256:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");
});

test("a package that two inputs use is pinned once: one version, one integrity", async () => {
  const packages = (await readManifest()).resources.flatMap((r) => r.packages);
  const pins = new Set(packages.map((p) => `${p.name} ${p.version} ${p.integrity} ${p.bytes}`));
  assert.equal(pins.size, new Set(packages.map((p) => p.name)).size);
});

test("WordNet's licence asks for its notice in every copy: the descriptor beside the data carries it", async () => {
  const dictionary = (await readManifest()).resources.find((r) => r.name === "dictionary");
  assert.match(dictionary!.packages[0].notice, /appear on ALL copies[\s\S]*Copyright 2011 by Princeton University/);
});

test("the manifest names no registry's address: npm and pip use the user's own", async () => {
  assert.doesNotMatch(await readFile(manifestFile, "utf8"), /registry\.|\/simple\/|:\/\/files\./);
});

test("the vendored schema is that of Data Package 2.0 and finds what breaks it", async () => {
  assert.deepEqual(await violationsOfStandard({ resources: [{ name: "a", path: "a.csv" }] }), []);
  assert.match((await violationsOfStandard({ name: "a" })).join(), /required property 'resources'/);
  assert.match((await violationsOfStandard({ resources: [{ name: "a", path: "../a.csv" }] })).join(), /path/);
});

const refused: [string, (descriptor: Descriptor) => void, RegExp][] = [
  ["a path out of the folder", (d) => Object.assign(d.resources[1], { path: "text/../../x" }), /resources/],
  ["an absolute path", (d) => Object.assign(d.resources[1], { path: "/etc/passwd" }), /resources/],
  ["a version out of the folder", (d) => Object.assign(d, { version: "../1" }), /version/],
  [
    "a hash that is not sha256",
    (d) => Object.assign(d.resources[1], { hash: "sha512:00" }),
    /resources\.1\.hash.*sha256/,
  ],
  ["an input without licence", (d) => delete d.resources[2].licenses, /resources\.2\.licenses/],
  ["an input without a source", (d) => Object.assign(d.resources[2], { sources: [] }), /resources[./]2[./]sources/],
  ["an empty list of licences", (d) => Object.assign(d.resources[2], { licenses: [] }), /resources[./]2[./]licenses/],
  ["an input of no package", (d) => Object.assign(d.resources[2], { packages: [] }), /resources[./]2[./]packages/],
  ["a list of no inputs", (d) => Object.assign(d, { resources: [] }), /resources/],
  [
    "a pattern that is no regular expression",
    (d) => Object.assign((d.resources[2].packages as object[])[0], { files: "(" }),
    /resources\.2\.packages\.0\.files: expected a regular expression/,
  ],
  ["two inputs of one name", (d) => Object.assign(d.resources[2], { name: "code" }), /one name/],
];
for (const [what, change, expected] of refused)
  test(`${what} is refused, naming file and place`, async () => {
    await assert.rejects(readChanged(change), (error: Error & { exitCode: number }) => {
      assert.match(error.message, /datapackage\.json/);
      assert.match(error.message, expected);
      return error.exitCode === 5;
    });
  });

test("what is broken is said: the standard, or what this package needs beyond it", async () => {
  await assert.rejects(
    readChanged((d) => Object.assign(d.resources[1], { path: "../x" })),
    /datapackage.json: does not keep Data Package 2.0:\n/,
  );
  await assert.rejects(
    readChanged((d) => Object.assign(d.resources[1], { hash: "sha512:00" })),
    /datapackage.json: does not keep what `snc inputs` needs:\n/,
  );
});

test("one input is enough", async () => {
  const manifest = await readChanged((d) => d.resources.splice(1));
  assert.equal(manifest.resources.length, 1);
});

test("all that is wrong with a manifest is said at once", async () => {
  await assert.rejects(
    readChanged((d) => {
      Object.assign(d.resources[1], { bytes: 0.5, hash: "none" });
      Object.assign(d, { version: 1 });
    }),
    (error: Error) => /bytes/.test(error.message) && /version/.test(error.message),
  );
  const violations = await violationsOfStandard({ resources: [{ path: 1 }, { name: 2 }] });
  assert.ok(violations.length > 1, violations.join("; "));
});

test("an input may have several licences, sources and packages", async () => {
  const twice = (list: unknown) => [...(list as object[]), ...(list as object[])];
  const manifest = await readChanged((d) => {
    const [, , one] = d.resources;
    for (const key of ["licenses", "sources", "packages"]) one[key] = twice(one[key]);
  });
  assert.ok(manifest.resources[2].licenses.length >= 2);
});

test("a file that is no JSON, or not there, is named with what was found", async () => {
  const file = path.join(await folder, "broken.json");
  await writeFile(file, "{");
  for (const name of [file, path.join(await folder, "absent.json")])
    await assert.rejects(
      readManifest(name),
      (error: Error & { exitCode: number }) =>
        error.message.startsWith(`${name}: expected JSON, found: `) && error.exitCode === 5,
    );
});

test("a package whose range is not one version, or whose integrity is cut, is refused", async () => {
  const pinned = (d: Descriptor) => (d.resources[3].packages as Record<string, string>[])[0];
  await assert.rejects(
    readChanged((d) => Object.assign(pinned(d), { version: "^0.2.3" })),
    /exact version/,
  );
  await assert.rejects(
    readChanged((d) => Object.assign(pinned(d), { integrity: "sha512-abc" })),
    /sha512/,
  );
});

test("an input lies below the cache folder, in the manifest's version", async () => {
  const manifest = await readManifest();
  process.env.SNC_CACHE = path.join(await folder, "cache");
  assert.equal(
    inputPath(manifest, "mail"),
    path.join(await folder, "cache", "inputs", manifest.version, "text", "mail.jsonl"),
  );
  assert.throws(() => inputPath(manifest, "brown"), /no input is named "brown".*mail, speeches/);
});
