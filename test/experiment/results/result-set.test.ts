import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { exists, sha256 } from "../../../src/base/files.js";
import { refreshChecksums, writeChecksums } from "../../../src/experiment/results/result-set.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "results-"));
  await mkdir(path.join(folder, "logs"));
  await mkdir(path.join(folder, "figures"));
  for (const file of ["claims.json", "figures/a.svg", "logs/a.log", "report.html.tmp"])
    await writeFile(path.join(folder, file), `what ${file} says`);
});
after(() => rm(folder, { recursive: true }));

const sums = async (): Promise<string[]> =>
  (await readFile(path.join(folder, "SHA256SUMS"), "utf8")).trim().split("\n");

test("SHA256SUMS has the hash of every file but logs and files in the making", async () => {
  await refreshChecksums(folder);
  assert.equal(await exists(path.join(folder, "SHA256SUMS")), false, "where there was none there is none");
  await writeChecksums(folder);
  assert.deepEqual(
    await sums(),
    ["claims.json", "figures/a.svg"].map((file) => `${sha256(`what ${file} says`)}  ${file}`),
  );
});

test("SHA256SUMS is right again after a file has been written anew", async () => {
  await writeFile(path.join(folder, "claims.json"), "other verdicts");
  await refreshChecksums(folder);
  assert.equal((await sums())[0], `${sha256("other verdicts")}  claims.json`);
});
