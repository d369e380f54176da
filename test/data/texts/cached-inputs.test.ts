import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, beforeEach, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/files.js";
import { checkInputs, fetchInputs } from "../../../src/data/texts/fetch.js";
import { type InputResource, inputPath, inputsFolder, type Manifest } from "../../../src/data/texts/manifest.js";
import { countingReporter } from "../../helpers/counting-reporter.js";

/* What is done about inputs without npm and pip: neither is on this test's PATH. */

const root = mkdtempSync(path.join(tmpdir(), "snc-cached-"));
const { PATH } = process.env;
after(() => {
  process.env.PATH = PATH;
  rmSync(root, { recursive: true });
});
let caches = 0;
beforeEach(() => Object.assign(process.env, { PATH: "", SNC_CACHE: path.join(root, String(caches++)) }));

/** The content that is pinned of a resource. */
const contentOf = (name: string): string => `content of ${name}`;

function resource(name: string, ...bytes: number[]): InputResource {
  const pin = (size: number, i: number) => ({
    ...{ registry: "npm" as const, name: `package-${name}-${i}`, version: "1.0.0", files: ".", notice: "" },
    ...{ integrity: `sha512-${"A".repeat(86)}==`, bytes: size },
  });
  return {
    ...{ name, path: `text/${name}.jsonl`, bytes: contentOf(name).length, hash: `sha256:${sha256(contentOf(name))}` },
    licenses: [{ name: "CC0-1.0", title: "CC0", path: "https://example.org" }],
    sources: [{ title: "made for a test", path: "https://example.org" }],
    packages: bytes.map(pin),
  };
}

const manifest: Manifest = {
  ...{ name: "tiny", version: "0.0.1" },
  resources: [resource("books", 1000), resource("mail", 1001, 2500), resource("code", 1)],
};
const fileOf = (name: string): string => inputPath(manifest, name);

function put(name: string, content = contentOf(name)): void {
  mkdirSync(path.dirname(fileOf(name)), { recursive: true });
  writeFileSync(fileOf(name), content);
}

const isFailure =
  (exitCode: number, ...parts: string[]) =>
  (error: Error): boolean => {
    assert.ok(error instanceof SncError, String(error.stack));
    for (const part of parts) assert.ok(error.message.includes(part), `${part} is not in: ${error.message}`);
    return error.exitCode === exitCode;
  };

test("a check says of each input whether it is there, missing, or another, and by which hash", async () => {
  put("books");
  put("code", "changed");
  const of = (name: string) => ({
    ...{ name, file: fileOf(name), bytes: contentOf(name).length, sha256: sha256(contentOf(name)) },
  });
  const expected = [
    { ...of("books"), state: "present" },
    { ...of("mail"), state: "missing" },
    { ...of("code"), state: "differs", found: sha256("changed") },
  ];
  assert.deepEqual(await checkInputs(manifest), expected);
  assert.deepEqual(await checkInputs(manifest, { names: ["code", "books"] }), [expected[2], expected[0]]);
  await assert.rejects(checkInputs(manifest, { signal: AbortSignal.abort() }), isFailure(130));
});

test("where all is there nothing is started; a descriptor that lacks is written beside, one that is there stays", async () => {
  for (const name of ["books", "mail", "code"]) put(name);
  const descriptor = path.join(inputsFolder(manifest), "datapackage.json");
  for (const offline of [true, false]) {
    rmSync(descriptor, { force: true });
    const { report, lines, counted } = countingReporter();
    const states = await fetchInputs(manifest, { offline, report });
    assert.deepEqual(
      states.map(({ state }) => state),
      ["present", "present", "present"],
    );
    assert.deepEqual(
      lines,
      ["books", "mail", "code"].map((name) => `${name}: present, sha256 as pinned`),
    );
    assert.equal(counted.begun, 0);
    assert.deepEqual(JSON.parse(readFileSync(descriptor, "utf8")), manifest);
  }
  utimesSync(descriptor, 1, 1);
  await fetchInputs(manifest);
  assert.equal(statSync(descriptor).mtimeMs, 1000);
});

test("offline one that lacks or is another is an error with the file, both hashes and what to do", async () => {
  put("books");
  put("code", "changed");
  const { report, lines } = countingReporter();
  const says = isFailure(
    5,
    `${fileOf("mail")}: missing`,
    `${fileOf("code")}: sha256 is ${sha256("changed")}, datapackage.json says ${sha256(contentOf("code"))}`,
    "Run without --offline: snc inputs fetch",
  );
  await assert.rejects(fetchInputs(manifest, { offline: true, report }), (error: Error) => {
    assert.ok(!error.message.includes(fileOf("books")), "one that is there is not named");
    return says(error);
  });
  assert.deepEqual(lines, []);
  await fetchInputs(manifest, { offline: true, names: ["books"] });
  await assert.rejects(fetchInputs(manifest, { offline: true, names: ["books", "mail"] }), isFailure(5, "missing"));
});

test("a machine without npm is exit code 6; what was to be fetched is said, and how many kilobytes", async () => {
  put("books");
  put("code", "changed");
  const { report, lines, counted } = countingReporter();
  await assert.rejects(fetchInputs(manifest, { report }), isFailure(6, "npm"));
  assert.deepEqual(lines, [
    "books: present, sha256 as pinned",
    "mail: missing, to be fetched",
    "code: differs, to be fetched",
  ]);
  assert.deepEqual(counted, { total: 2 + 3 + 1, done: 0, begun: 1, finished: 1 }, "each package's rounded up");
  assert.ok(!existsSync(fileOf("mail")));
  assert.equal(readFileSync(fileOf("code"), "utf8"), "changed", "the old file stays until there is a new one");
});

test("folders that a killed fetch left over a day ago are removed, others are not", async () => {
  const inputs = path.join(process.env.SNC_CACHE!, "inputs");
  const hours = (name: string, age: number): string => {
    const folder = path.join(inputs, name);
    mkdirSync(path.join(folder, "deep"), { recursive: true });
    const at = Date.now() / 1000 - 3600 * age;
    utimesSync(folder, at, at);
    return folder;
  };
  const [old, recent, other, ending] = [
    hours(".fetch-old", 24.01),
    hours(".fetch-new", 23.99),
    hours("0.0.0", 1000),
    hours("old.fetch-", 1000),
  ];
  const alone = { ...manifest, resources: [manifest.resources[0]] };
  await assert.rejects(fetchInputs(alone), isFailure(6, "npm"));
  assert.deepEqual([old, recent, other, ending].map(existsSync), [false, true, true, true]);
});

test("an unknown name is a usage error that lists the names", async () => {
  await assert.rejects(fetchInputs(manifest, { names: ["brown"] }), isFailure(2, "books, mail, code"));
});
