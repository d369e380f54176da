import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { changedLeaves, diffResultSets, readComparedSet } from "../../src/report/diff.js";
import { type MadeUp, training, writeResultSet } from "../helpers/result-sets.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-diff-"));
after(() => rmSync(root, { recursive: true }));
let sets = 0;
const made = (difference?: MadeUp) => readComparedSet(writeResultSet(path.join(root, `set-${sets++}`), difference));

const nothing = { options: [], inputs: [], environment: [], trainings: [], metrics: [], verdicts: [] };

test("result sets that differ in nothing, not even where the time that trainings took does", async () => {
  const slow = { ...training(0, 6, 42, { loss: 2, dead: 0 }), seconds: 99 };
  assert.deepEqual(diffResultSets(await made(), await made({ trainings: [slow] })), nothing);
});

test("options, inputs, environment and verdicts: what differs, by its path", async () => {
  const other = await made({ steps: 100, input: "j", cores: 8, verdicts: { abstract: "holds" } });
  assert.deepEqual(diffResultSets(await made({ verdicts: { abstract: "differs", table: "holds" } }), other), {
    ...nothing,
    options: [{ what: "profile.steps", a: 90, b: 100 }],
    inputs: [{ what: "model", a: "i", b: "j" }],
    environment: [{ what: "cores", a: 2, b: 8 }],
    verdicts: [
      { what: "abstract", a: "differs", b: "holds" },
      { what: "table", a: "holds", b: null },
    ],
  });
});

test("metrics of each training: absolute difference, and relative to the size of the first", async () => {
  const a = await made({ trainings: [training(0, 6, 42, { loss: -2, dead: 0, l0: 5, tau: null })] });
  const b = await made({ trainings: [training(0, 6, 42, { loss: -1, dead: 3, l0: 5, tau: 0.1 })] });
  const where = { run: 0, layer: 6, seed: 42 };
  assert.deepEqual(diffResultSets(a, b).metrics, [
    { ...where, metric: "loss", a: -2, b: -1, difference: 1, relative: 0.5 },
    { ...where, metric: "dead", a: 0, b: 3, difference: 3, relative: null },
    { ...where, metric: "tau", a: null, b: 0.1, difference: null, relative: null },
  ]);
});

test("a training that only one has is named, and its metrics are compared with nothing", async () => {
  const final = { loss: 2, dead: 0 };
  const both = await made({ trainings: [training(0, 6, 42, final), training(1, 6, 43, final)] });
  const { trainings, metrics } = diffResultSets(both, await made());
  assert.deepEqual(trainings, [{ what: "run 1, layer 6, seed 43", a: "present", b: null }]);
  assert.deepEqual(metrics, []);
});

test("a list is compared as a whole, a value with a missing one as different", () => {
  assert.deepEqual(changedLeaves({ a: [1, 2], b: 1 }, { a: [1, 3] }), [
    { what: "a", a: "[1,2]", b: "[1,3]" },
    { what: "b", a: 1, b: null },
  ]);
});
