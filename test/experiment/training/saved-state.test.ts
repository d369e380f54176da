import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { serialize } from "node:v8";
import * as tf from "@tensorflow/tfjs";
import { sha256 } from "../../../src/base/files.js";
import { loadState, saveState } from "../../../src/experiment/training/saved-state.js";
import { batches, optimizationOf, startingState } from "../../../src/experiment/training/steps.js";
import { disposeState, type TrainState } from "../../../src/sae/state.js";
import { type StepRecord, train } from "../../../src/train.js";
import { withBackend } from "../../helpers/backend.js";
import { actingSpec } from "../../helpers/small-training.js";

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-state-"));
after(() => rmSync(root, { recursive: true }));
const file = path.join(root, "state.bin");

const spec = actingSpec({ steps: 20 });
const { method } = spec.run;

/** Steps of a run in which every mechanism acts, from where a state stands. */
async function stepsOf(state: TrainState, to: number): Promise<StepRecord[]> {
  const batch = batches(await spec.activations.load(), spec);
  return [...train(state, method, batch, { ...optimizationOf(spec.profile), steps: to })];
}

test("a state saved after any step goes on as if it had never been saved, with what was recorded beside it", async () => {
  const whole = startingState(12, spec);
  const expected = await stepsOf(whole, 20);
  disposeState(whole);
  assert.ok(expected[19].pruned > 0 && expected[19].reallocated > 0, "features are switched off and started again");
  for (const after of [1, 5, 13]) {
    const first = startingState(12, spec);
    const records = await stepsOf(first, after);
    await saveState(file, first, { key: "mine", records });
    disposeState(first);
    const saved = (await loadState<StepRecord[]>(file, "mine"))!;
    assert.equal(saved.state.step, after);
    assert.deepEqual([...saved.records, ...(await stepsOf(saved.state, 20))], expected);
    disposeState(saved.state);
  }
});

test("loading takes no more memory than the state that it returns", async () => {
  const before = tf.memory().numTensors;
  const state = startingState(12, spec);
  await saveState(file, state, { key: "", records: null });
  const saved = (await loadState(file, ""))!;
  for (const each of [saved.state, state]) disposeState(each);
  assert.equal(tf.memory().numTensors, before);
});

test("where nothing is saved there is no state; one of another key, a damaged or another file is refused and stays", async () => {
  assert.equal(await loadState(path.join(root, "none"), "mine"), undefined);
  const state = startingState(12, spec);
  await saveState(file, state, { key: "seed 1", records: [] });
  disposeState(state);
  await assert.rejects(loadState(file, "seed 2"), {
    failure: "usage",
    message: `${file}: expected the state of seed 2, found that of seed 1. Name another file`,
  });
  const bytes = readFileSync(file);
  const flipped = Buffer.from(bytes);
  flipped[bytes.length >> 1] ^= 1;
  const body = serialize({ key: "seed 1", state: { alive: new Float32Array(3) }, recorded: [] });
  const others = [flipped, bytes.subarray(0, 200), Buffer.from("no state"), Buffer.alloc(0)];
  for (const content of [...others, Buffer.concat([Buffer.from(sha256(body)), body])]) {
    writeFileSync(file, content);
    await assert.rejects(loadState(file, "seed 1"), {
      failure: "input",
      message: `${file}: expected a state that saveState saved, found a damaged or other file. Delete it`,
    });
    assert.ok(existsSync(file));
  }
});
