import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { assertInside } from "../../../src/notebook/plan/paths.js";
import { workFolder } from "../../helpers/runner.js";

const inside = path.join(workFolder, "inside");
const outside = path.join(workFolder, "outside");

before(async () => {
  await mkdir(path.join(inside, "folder"), { recursive: true });
  await mkdir(outside);
  await writeFile(path.join(outside, "file"), "");
  await symlink(path.join(outside, "file"), path.join(inside, "link-to-file"));
  await symlink(outside, path.join(inside, "link-to-folder"));
  await symlink(path.join(outside, "not-there"), path.join(inside, "link-to-nothing"));
  await symlink("folder", path.join(inside, "link-inside"));
  await symlink(inside, path.join(workFolder, "link-to-inside"));
});

for (const good of ["", "folder/new/file", "link-inside/file", "..file", "folder/../file"])
  test(`"${good}" stays inside`, () => assertInside(inside, path.join(inside, good)));

for (const bad of ["..", "../inside-too", "link-to-file", "link-to-folder/new", "link-to-nothing", "../outside/file"])
  test(`"${bad}" leads out`, async () => {
    await assert.rejects(assertInside(inside, `${inside}/${bad}`), { failure: "usage", message: /leads out of/ });
  });

test("a folder that is itself behind a link is as good as the folder", async () => {
  await assertInside(path.join(workFolder, "link-to-inside"), path.join(inside, "folder"));
  await assertInside(inside, path.join(workFolder, "link-to-inside", "new"));
});
