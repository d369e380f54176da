import assert from "node:assert/strict";
import { test } from "node:test";
import { packageNotebooks, withWhatTheyNeed } from "../../src/cli/notebooks.js";

test("the main job leaves out a notebook that needs what is not there, and says which command makes it", async () => {
  const all = await packageNotebooks();
  const without = await withWhatTheyNeed(all, { artifactHash: async () => undefined });
  assert.deepEqual(without.excluded, [
    { notebook: "notebooks/frontier.ipynb", reason: "frontier is not there. Run: snc frontier" },
    { notebook: "notebooks/multiverse.ipynb", reason: "multiverse is not there. Run: snc multiverse run" },
  ]);
  assert.deepEqual([...without.files, ...without.excluded.map(({ notebook }) => notebook)].sort(), all);
  const there = await withWhatTheyNeed(all, { artifactHash: async () => "0" });
  assert.deepEqual([there.files, there.excluded], [all, []]);
});
