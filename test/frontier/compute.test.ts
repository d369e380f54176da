import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { silent } from "../../src/base/progress.js";
import { stream } from "../../src/base/random.js";
import { type Experiment, openExperiment } from "../../src/experiment/experiment.js";
import { artifactHash } from "../../src/experiment/results/artifacts.js";
import { computeFrontier, refreshFrontier } from "../../src/frontier/compute.js";
import { readFrontier } from "../../src/frontier/document.js";
import { withBackend } from "../helpers/backend.js";
import { npyBytes } from "../helpers/own-files.js";

withBackend();

/* The frontier on made-up activations: no model and no text is needed. */

const root = mkdtempSync(path.join(tmpdir(), "snc-frontier-"));
after(() => rmSync(root, { recursive: true }));
const layer = 6;
let experiment: Experiment;
let folder: string;

before(async () => {
  process.env.SNC_RESULTS = path.join(root, "results");
  const random = stream(9, "activations");
  const file = path.join(root, "layer-6.npy");
  writeFileSync(file, npyBytes(Array.from({ length: 400 }, () => Array.from({ length: 12 }, () => random.normal()))));
  const sizes = { steps: 10, interval: 5, batchSize: 20, warmupSteps: 10 };
  const places = { layers: [layer], runs: [0, 9], seeds: [42, 43] };
  experiment = await openExperiment({
    profile: "smoke",
    ...sizes,
    activations: { files: [{ layer, file }] },
    ...places,
  });
  ({ folder } = experiment.resultSet);
});

/** What a reporter is told in lines. */
function told(): { lines: string[]; report: typeof silent } {
  const lines: string[] = [];
  return { lines, report: { ...silent, line: (text) => void lines.push(text) } };
}

const compute = (options: Parameters<typeof computeFrontier>[1]) =>
  computeFrontier(experiment, { jobs: 1, ...options });

test("without trainings of the frontier there is none: no file is written, and it is said what to run", async () => {
  await experiment.trainAll({ jobs: 1 });
  await assert.rejects(
    compute({ levels: "none" }),
    /expected trainings of the frontier on layer 6, found none.*snc frontier/,
  );
  assert.equal(await refreshFrontier(experiment, { levels: "none", report: silent }), undefined);
  assert.equal(await readFrontier(folder), undefined);
});

test("what is missing is trained: the paper's own as in the main job, others at both ends; how long it takes is told", async () => {
  const { lines, report } = told();
  const { points } = await compute({ methods: ["relu"], levels: "few", report });
  assert.match(
    lines.join(),
    /frontier: 4 of 6 trainings are missing, about [\d.e-]+ min at [\d.e-]+ s each, 1 at a time/,
  );
  const ofRelu = points.filter(({ method }) => method === "relu");
  assert.deepEqual(
    ofRelu.map(({ level, seed }) => `${level}, ${seed}`),
    ["λ₁ = 0.01, 42", "λ₁ = 0.01, 43", "λ₁ = 0.04, 42", "λ₁ = 0.04, 43", "λ₁ = 0.32, 42", "λ₁ = 0.32, 43"],
  );
  assert.ok(ofRelu[0].l0 > ofRelu[4].l0, "a larger λ₁ is sparser");
  const folders = readdirSync(path.join(folder, "runs", "layer-6")).map((name) => name.replace(/-[0-9a-f]{8}$/, ""));
  assert.deepEqual(folders.sort(), ["relu-0-01", "relu-0-32", "run-0", "run-9"]);
  assert.deepEqual((await readFrontier(folder))!.points, points);
});

test("called again nothing is trained; other curves are added to those that are there", async () => {
  const before = await artifactHash(experiment.resultSet, "frontier");
  const { lines, report } = told();
  await compute({ methods: ["relu"], levels: "few", report });
  assert.match(lines.join(), /frontier: 0 of 6 trainings are missing$/);
  assert.equal(await artifactHash(experiment.resultSet, "frontier"), before, "the same file");
  const { points } = await compute({ methods: ["run-9"], levels: "few", seeds: [42] });
  const count = (method: string): number => points.filter((point) => point.method === method).length;
  assert.deepEqual([count("relu"), count("run-9")], [6, 4], "Run 9 has seed 43 at its own level, from the main job");
});

test("the trainings of the frontier are no runs of the paper: what reads those is not outdated by them", async () => {
  const before = await artifactHash(experiment.resultSet, "runs/run-0");
  await compute({ methods: ["relu"], seeds: [42] });
  assert.equal(await artifactHash(experiment.resultSet, "runs/run-0"), before);
});

test("the main job reads the file off anew, trains nothing, and removes one without trainings", async () => {
  const there = await refreshFrontier(experiment, { levels: "none", report: silent });
  assert.deepEqual(await readFrontier(folder), there);
  for (const name of readdirSync(path.join(folder, "runs", "layer-6")))
    if (!/^run-\d$/.test(name)) rmSync(path.join(folder, "runs", "layer-6", name), { recursive: true });
  const { lines, report } = told();
  assert.equal(await refreshFrontier(experiment, { levels: "none", report }), undefined);
  assert.match(lines.join(), /^frontier: \d+ trainings are of another version of this package\. Run: snc frontier$/);
  assert.equal(await readFrontier(folder), undefined);
});
