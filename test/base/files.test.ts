import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { SncError } from "../../src/base/errors.js";
import {
  cacheFolder,
  cacheFolders,
  exists,
  homeFolder,
  makeFolder,
  readJson,
  replaceFile,
  replaceFolder,
  sha256OfFile,
  writeFileAtomic,
} from "../../src/base/files.js";
import { resultsFolder } from "../../src/experiment/results/result-set.js";

const root = mkdtempSync(path.join(os.tmpdir(), "snc-files-"));
after(() => rmSync(root, { recursive: true }));
const variables = ["HOME", "SNC_CACHE", "SNC_RESULTS", "XDG_CACHE_HOME"];
const before = variables.map((name) => [name, process.env[name]] as const);
afterEach(() => {
  for (const [name, value] of before)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

/** A new folder, and in it a file, a link to nothing, and links in a circle. */
function newFolder() {
  const folder = mkdtempSync(path.join(root, "case-"));
  const [file, dangling, circle] = ["file", "dangling", "circle"].map((name) => path.join(folder, name));
  writeFileSync(file, "old");
  symlinkSync("nothing", dangling);
  symlinkSync("circle", circle);
  return { folder, file, dangling, circle };
}

/** An environment error whose message begins with this path. */
const faultOf =
  (file: string, says: RegExp = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof SncError, String((error as Error).stack));
    assert.equal(error.failure, "environment");
    assert.ok(error.message.startsWith(`${file}: `), error.message);
    assert.match(error.message, says);
    return true;
  };

const isUnix = process.platform !== "win32" && process.platform !== "darwin";

test("an empty variable counts as none, and so does a relative XDG_CACHE_HOME", { skip: !isUnix }, () => {
  const usual = path.join(homeFolder(), ".cache", "selective-neural-competition");
  process.env.SNC_CACHE = "";
  for (const folder of ["", "below/here"]) {
    process.env.XDG_CACHE_HOME = folder;
    assert.equal(cacheFolder(), usual, `"${folder}"`);
  }
  process.env.XDG_CACHE_HOME = "/of/the/user";
  assert.equal(cacheFolder(), "/of/the/user/selective-neural-competition");
  process.env.SNC_CACHE = "mine";
  assert.equal(cacheFolder(), path.resolve("mine"));
  process.env.SNC_RESULTS = "";
  assert.equal(path.basename(resultsFolder()), "results");
  assert.notEqual(resultsFolder(), process.cwd());
});

test("without HOME the system's list of users has the home; a relative one is refused", { skip: !isUnix }, () => {
  process.env.HOME = "";
  assert.equal(homeFolder(), os.userInfo().homedir);
  Object.assign(process.env, { HOME: "somewhere", SNC_CACHE: "", XDG_CACHE_HOME: "" });
  assert.throws(cacheFolder, /^SncError: HOME: expected the user's folder, found somewhere\. Set HOME, or SNC_CACHE/);
  process.env.XDG_CACHE_HOME = "/cache";
  assert.equal(cacheFolder(), "/cache/selective-neural-competition", "no home is needed where none is asked for");
});

test("what is set up once a machine is looked for in SNC_CACHE and in the user's cache folder", {
  skip: !isUnix,
}, () => {
  Object.assign(process.env, { SNC_CACHE: "/named", XDG_CACHE_HOME: "/user" });
  assert.deepEqual(cacheFolders(), ["/named", "/user/selective-neural-competition"]);
  process.env.SNC_CACHE = "";
  assert.deepEqual(cacheFolders(), ["/user/selective-neural-competition"]);
  Object.assign(process.env, { SNC_CACHE: "/named", XDG_CACHE_HOME: "", HOME: "somewhere" });
  assert.deepEqual(cacheFolders(), ["/named"], "no home is needed where another folder is named");
});

test("a folder is made with those above it, once or again, also by several at a time", async () => {
  const { folder } = newFolder();
  const deep = path.join(folder, "a", "b", "c");
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(deep)));
  await makeFolder(deep);
  assert.deepEqual(readdirSync(path.dirname(deep)), ["c"]);
});

test("a folder that cannot be made is an error with its path and the reason, and comes to an end", async () => {
  const { file, dangling, circle } = newFolder();
  await assert.rejects(makeFolder(file), faultOf(file, /EEXIST/));
  await assert.rejects(makeFolder(path.join(file, "b")), faultOf(path.join(file, "b"), /ENOTDIR/));
  await assert.rejects(makeFolder(path.join(dangling, "b")), faultOf(dangling));
  await assert.rejects(makeFolder(path.join(circle, "b")), faultOf(path.join(circle, "b"), /ELOOP/));
  const long = path.join(root, "x".repeat(300));
  await assert.rejects(makeFolder(long), faultOf(long, /ENAMETOOLONG/));
  // Node's own recursive mkdir does not come back from there.
  if (existsSync("/proc/self")) await assert.rejects(makeFolder("/proc/none/deep"), faultOf("/proc/none", /ENOENT/));
});

test("what may not be looked at is not called missing", async () => {
  const { file, dangling, circle } = newFolder();
  assert.equal(await exists(file), true);
  assert.equal(await exists(dangling), false);
  assert.equal(await exists(path.join(file, "below")), false);
  await assert.rejects(exists(circle), faultOf(circle, /ELOOP/));
});

test("a write that fails leaves the old file, no temporary one, and names the file", async () => {
  const { folder, file } = newFolder();
  const noSpace = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
    syscall: "write",
  });
  const failing = replaceFile(file, async (temporary) => {
    await writeFile(temporary, "ne");
    throw noSpace;
  });
  await assert.rejects(failing, faultOf(file, /ENOSPC.*finished work is kept/));
  assert.equal(readFileSync(file, "utf8"), "old");
  assert.deepEqual(readdirSync(folder).sort(), ["circle", "dangling", "file"]);
});

test("an error that is not the machine's comes through a write as it is", async () => {
  const { file } = newFolder();
  const mistake = new TypeError("a mistake");
  await assert.rejects(
    replaceFile(file, () => Promise.reject(mistake)),
    (error) => error === mistake,
  );
});

test("a folder or a device in the place of a file is refused before anything is written, and stays", async () => {
  const { folder, file } = newFolder();
  const taken = path.join(folder, "folder");
  mkdirSync(taken);
  const refused = replaceFile(taken, () => assert.fail("nothing is made for it"));
  await assert.rejects(refused, faultOf(taken, /expected a file to write, found a folder/));
  await assert.rejects(writeFileAtomic(path.join(file, "below"), "x"), faultOf(file, /EEXIST/));
  if (existsSync("/dev/null"))
    await assert.rejects(writeFileAtomic("/dev/null", "x"), faultOf("/dev/null", /found a device/));
});

test("a new folder whose writing fails leaves the old one whole", async () => {
  const { folder } = newFolder();
  const set = path.join(folder, "set");
  await replaceFolder(set, (temporary) => writeFile(path.join(temporary, "a"), "old"));
  const failing = replaceFolder(set, async (temporary) => {
    await writeFile(path.join(temporary, "b"), "new");
    throw Object.assign(new Error("EDQUOT: quota"), { code: "EDQUOT", syscall: "write" });
  });
  await assert.rejects(failing, faultOf(set, /EDQUOT/));
  assert.deepEqual(readdirSync(set), ["a"]);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("a folder that is read as a file is named, though the system does not name it", async () => {
  const { folder } = newFolder();
  for (const read of [readJson, sha256OfFile]) await assert.rejects(read(folder), { code: "EISDIR", path: folder });
});
