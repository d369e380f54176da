import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { type Build, cacheWith, findNative, namedBuild, nativeFiles } from "../../src/backend/native-files.js";

const root = mkdtempSync(path.join(os.tmpdir(), "snc-native-"));
after(() => rmSync(root, { recursive: true }));
const variables = ["SNC_CACHE", "XDG_CACHE_HOME", "SNC_TENSORFLOW"];
const before = variables.map((name) => [name, process.env[name]] as const);
afterEach(() => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

const isUnix = process.platform !== "win32" && process.platform !== "darwin";

/** Two cache folders, SNC_CACHE's and the user's, with nothing in them. */
function newCaches(): { named: string; own: string } {
  const folder = mkdtempSync(path.join(root, "case-"));
  const [named, user] = [path.join(folder, "named"), path.join(folder, "user")];
  Object.assign(process.env, { SNC_CACHE: named, XDG_CACHE_HOME: user, SNC_TENSORFLOW: "" });
  return { named, own: path.join(user, "selective-neural-competition") };
}

/** Lays down what a set-up leaves, but for what is left out. */
function setUp(cache: string, build: Build, without?: "library" | "tfjs" | "addon"): void {
  for (const part of ["library", "tfjs", "addon"] as const) {
    const place = nativeFiles(cache, build)[part];
    mkdirSync(path.dirname(place), { recursive: true });
    if (part !== without) writeFileSync(place, "");
  }
}

test("a build is looked for in SNC_CACHE, then in the user's cache folder", { skip: !isUnix }, () => {
  const { named, own } = newCaches();
  assert.equal(findNative(), undefined);
  setUp(own, "cpu");
  assert.equal(cacheWith("cpu"), own);
  setUp(named, "cpu");
  assert.deepEqual(findNative(), nativeFiles(named, "cpu"));
});

test("a build that is not complete is none", { skip: !isUnix }, () => {
  for (const part of ["library", "tfjs", "addon"] as const) {
    const { named } = newCaches();
    setUp(named, "cpu", part);
    assert.equal(cacheWith("cpu"), undefined, `without ${part}`);
  }
});

test("the other build computes where the wanted one is not there, unless one is named", { skip: !isUnix }, () => {
  const { own } = newCaches();
  setUp(own, "cuda");
  assert.equal(findNative()?.build, "cuda");
  process.env.SNC_TENSORFLOW = "cpu";
  assert.equal(findNative(), undefined);
  setUp(own, "cpu");
  assert.equal(findNative()?.build, "cpu");
});

test("SNC_TENSORFLOW names a build; another word is refused", () => {
  process.env.SNC_TENSORFLOW = "cuda";
  assert.equal(namedBuild(), "cuda");
  process.env.SNC_TENSORFLOW = "rocm";
  assert.throws(namedBuild, /^SncError: SNC_TENSORFLOW: expected cpu or cuda, found "rocm"/);
});

test("what is compiled has a name of all it is made of: another library, another name", () => {
  const [cpu, cuda, elsewhere] = [nativeFiles("/a", "cpu"), nativeFiles("/a", "cuda"), nativeFiles("/b", "cpu")];
  const names = [cpu, cuda, elsewhere].map(({ addon }) => path.basename(addon));
  assert.equal(new Set(names).size, 3, "the library's path is compiled in");
  assert.equal(cpu.tfjs.replace("/a", "/b"), elsewhere.tfjs);
  assert.equal(cuda.kernels, undefined, "our kernels are for the processor");
});
