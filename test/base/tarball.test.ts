import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import * as tar from "tar";
import { unpackTarball } from "../../src/base/tarball.js";

let root: string;
before(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "snc-tarball-"));
  await writeFile(path.join(root, "a.txt"), "a");
});
after(() => rm(root, { recursive: true, force: true }));

/** A tarball whose entry for a.txt has another name. */
async function tarballWith(entryName: string): Promise<string> {
  const file = path.join(await mkdtemp(path.join(root, "tarball-")), "package.tgz");
  const rename = (entry: { path: string }) => {
    entry.path = entryName;
  };
  await tar.c({ gzip: true, cwd: root, file, preservePaths: true, onWriteEntry: rename }, ["a.txt"]);
  return file;
}

const unpackAll = async (file: string): Promise<string[]> => {
  const folder = path.join(path.dirname(file), "deep", "folder");
  await unpackTarball(file, folder, () => true);
  return readdir(folder, { recursive: true });
};

test("files are written below the folder, without npm's package/", async () => {
  assert.deepEqual(await unpackAll(await tarballWith("package/lib.txt")), ["lib.txt"]);
});

for (const name of ["package/../../escaped.txt", "package/../../../../escaped.txt", "package/lib/../../../escaped.txt"])
  test(`an entry named ${name} does not leave the folder`, async () => {
    const file = await tarballWith(name);
    await assert.rejects(unpackAll(file), /\.\./);
    assert.deepEqual(
      (await readdir(root, { recursive: true })).filter((f) => f.includes("escaped")),
      [],
    );
  });

test("links are not unpacked", async () => {
  const source = await mkdtemp(path.join(root, "links-"));
  await symlink("/etc", path.join(source, "link"));
  await writeFile(path.join(source, "file"), "f");
  const file = path.join(source, "package.tgz");
  await tar.c({ gzip: true, cwd: path.dirname(source), file }, [path.basename(source)]);
  const folder = path.join(source, "out");
  await unpackTarball(file, folder, (name) => name !== "package.tgz");
  assert.deepEqual(await readdir(folder), ["file"]);
});

test("a tarball that is cut short is an error", async () => {
  const file = path.join(root, "cut.tgz");
  await writeFile(file, "not gzip");
  await assert.rejects(unpackTarball(file, path.join(root, "cut"), () => true));
});

test("what is wanted is asked for by the path inside the package, without its first folder", async () => {
  const source = await mkdtemp(path.join(root, "wanted-"));
  await mkdir(path.join(source, "other-name", "lib"), { recursive: true });
  for (const name of ["a.txt", "lib/b.txt", "lib/c.md"]) await writeFile(path.join(source, "other-name", name), name);
  const file = path.join(source, "package.tgz");
  await tar.c({ gzip: true, cwd: source, file }, ["other-name"]);
  const asked: string[] = [];
  const folder = path.join(source, "out");
  await unpackTarball(file, folder, (name) => {
    asked.push(name);
    return name.endsWith(".txt");
  });
  assert.deepEqual(asked.sort(), ["a.txt", "lib/b.txt", "lib/c.md"], "files alone are asked for");
  assert.deepEqual((await readdir(folder, { recursive: true })).sort(), ["a.txt", "lib", path.join("lib", "b.txt")]);
  assert.equal(await readFile(path.join(folder, "lib", "b.txt"), "utf8"), "lib/b.txt");
});

test("an interrupted unpacking ends", async () => {
  const file = await tarballWith("package/lib.txt");
  await assert.rejects(
    unpackTarball(file, path.join(root, "stopped"), () => true, AbortSignal.abort()),
    /abort/i,
  );
});
