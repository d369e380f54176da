/** Images and editors set up what the package asks for, and what describes the package says what package.json says. */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../src/base/files.js";

const read = (file: string): string => readFileSync(path.join(packageFolder, file), "utf8");
const json = (file: string) => JSON.parse(read(file));
const manifest = json("package.json");

/** What a pattern's group finds in a file; fails where it finds nothing. */
function found(file: string, pattern: RegExp): string {
  const match = pattern.exec(read(file));
  assert.ok(match, `${file}: expected ${pattern}`);
  return match[1];
}

test("the image, Binder and the weekly job run one major version of Node.js, which package.json allows", () => {
  const major = found("Dockerfile", /^FROM node:(\d+)-bookworm-slim AS tools$/m);
  assert.equal(found(".binder/environment.yml", /- nodejs=(\d+)$/m), major);
  assert.equal(found(".github/workflows/default.yml", /node-version: "(\d+)"/), major);
  assert.match(manifest.engines.node, new RegExp(`(\\^|>=)${major}\\.`));
});

test("they have the JupyterLab of the browser suite, and a Python that the README allows", () => {
  const lab = found("test/suites/browser/requirements.txt", /^jupyterlab==(\S+)$/m);
  assert.equal(found("Dockerfile", /jupyterlab==(\S+)$/m), lab);
  assert.equal(found(".binder/environment.yml", /- jupyterlab=(\S+)$/m), lab);
  const least = Number(found("README.md", /Python ≥ 3\.(\d+)/));
  assert.ok(Number(found(".binder/environment.yml", /- python=3\.(\d+)$/m)) >= least);
});

test("all of them are set up by scripts/setup, and have the compiler that it needs", () => {
  const { build, postCreateCommand } = json(".devcontainer/devcontainer.json");
  assert.match(postCreateCommand, /^scripts\/setup && node dist\/cli\/main\.js kernel install$/);
  assert.match(read("Dockerfile"), new RegExp(`^FROM .* AS ${build.target}$`, "m"));
  assert.match(read("Dockerfile"), /^RUN scripts\/setup$/m);
  assert.match(read("Dockerfile"), /install .* g\+\+ /);
  assert.match(read(".binder/postBuild"), /^scripts\/setup$/m);
  assert.match(read(".binder/apt.txt"), /^g\+\+$/m);
  for (const file of [".binder/postBuild", ".binder/start"])
    assert.ok(statSync(path.join(packageFolder, file)).mode & 0o100, `${file}: expected to be executable`);
});

/** Of CodeMeta 2.0's terms (its JSON-LD context), those that are used here. */
const codemetaTerms = "@context @type name description version license author keywords programmingLanguage".split(" ");
codemetaTerms.push("runtimePlatform", "operatingSystem");

/** Of Zenodo's deposit metadata, what its documentation requires of software, and what is optional and used here. */
const zenodoRequired = ["upload_type", "title", "creators", "description", "access_right", "license"];
const zenodoOptional = ["version", "keywords"];

test("codemeta.json has terms of its context, and says what package.json says", () => {
  const meta = json("codemeta.json");
  assert.deepEqual(
    Object.keys(meta).filter((term) => !codemetaTerms.includes(term)),
    [],
  );
  assert.equal(meta["@context"], "https://doi.org/10.5063/schema/codemeta-2.0");
  assert.equal(meta["@type"], "SoftwareSourceCode");
  const { name, description, version, keywords, license } = manifest;
  assert.deepEqual([meta.name, meta.description, meta.version, meta.keywords], [name, description, version, keywords]);
  assert.equal(meta.license, `https://spdx.org/licenses/${license}`);
  assert.equal(meta.runtimePlatform, `Node.js ${manifest.engines.node}`);
});

test(".zenodo.json has what Zenodo requires, and says what package.json and CITATION.cff say", () => {
  const meta = json(".zenodo.json");
  assert.deepEqual(Object.keys(meta).sort(), [...zenodoRequired, ...zenodoOptional].sort());
  assert.deepEqual([meta.upload_type, meta.access_right], ["software", "open"]);
  const { description, version, keywords, license } = manifest;
  assert.deepEqual(
    [meta.description, meta.version, meta.keywords, meta.license],
    [description, version, keywords, license],
  );
  assert.equal(meta.title, found("CITATION.cff", /^title: "(.+)"$/m));
  const author = found("CITATION.cff", /^ {2}- name: "(.+)"$/m);
  assert.deepEqual(meta.creators, [{ name: author }]);
  assert.equal(json("codemeta.json").author[0].name, author);
});

test("CITATION.cff has the version and licence of package.json, and that name in its title", () => {
  assert.equal(found("CITATION.cff", /^version: (.+)$/m), manifest.version);
  assert.equal(found("CITATION.cff", /^license: (.+)$/m), manifest.license);
  assert.ok(found("CITATION.cff", /^title: "(.+)"$/m).startsWith(manifest.name));
});
