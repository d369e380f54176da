import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { type Frontier, readFrontier, removeFrontier, writeFrontier } from "../../src/frontier/document.js";
import { madeUpFrontier } from "../helpers/made-up-frontier.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-frontier-"));
after(() => rmSync(root, { recursive: true }));

test("frontier.json gives back what was written, and tells readers of the file the ranks at equal L0", async () => {
  const frontier: Frontier = madeUpFrontier();
  await writeFrontier(root, frontier);
  assert.deepEqual(await readFrontier(root), frontier);
  const { atEqualL0 } = JSON.parse(readFileSync(path.join(root, "frontier.json"), "utf8"));
  const at58 = atEqualL0.find(({ l0 }: { l0: number }) => l0 === 58);
  assert.deepEqual(
    at58.methods.map(({ rank, method }: { rank: number; method: string }) => [rank, method]),
    [
      [1, "relu"],
      [2, "run-9"],
    ],
  );
  assert.deepEqual(Object.keys(at58.methods[1].values), ["42", "43", "44"]);
});

test("a file that somebody changed is refused, one that is not there is none", async () => {
  const file = path.join(root, "frontier.json");
  writeFileSync(file, readFileSync(file, "utf8").replace('"layer": 14', '"layer": 15'));
  await assert.rejects(readFrontier(root), /frontier\.json: expected sha256 .*Run: snc frontier/);
  await removeFrontier(root);
  assert.equal(await readFrontier(root), undefined);
});
