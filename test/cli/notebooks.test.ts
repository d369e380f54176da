import assert from "node:assert/strict";
import { test } from "node:test";
import { packageNotebooks, withWhatTheyNeed } from "../../src/cli/notebooks.js";

test("the main job leaves out a notebook that needs what is not there, and says which command makes it", async () => {
  const all = await packageNotebooks();
  const without = await withWhatTheyNeed(all, { artifactHash: async () => undefined });
  assert.deepEqual(without.excluded, [
    { notebook: "notebooks/frontier.ipynb", reason: "frontier is not there. Run: snc frontier" },
  ]);
  assert.deepEqual([...without.files, "notebooks/frontier.ipynb"].sort(), all);
  const there = await withWhatTheyNeed(all, { artifactHash: async (name) => (name === "frontier" ? "0" : undefined) });
  assert.deepEqual([there.files, there.excluded], [all, []]);
});
