import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { SncError } from "../../src/base/errors.js";
import { silent } from "../../src/base/progress.js";
import { loadTraining } from "../../src/experiment/training/load.js";
import { cellsOf } from "../../src/known-features/cells.js";
import { readKnownFeatures } from "../../src/known-features/document.js";
import { openCell, openWorld } from "../../src/known-features/open.js";
import { scoresOf } from "../../src/known-features/score.js";
import { scoredOn } from "../../src/known-features/scored-on.js";
import { computeKnownFeatures, type KnownFeaturesStudy } from "../../src/known-features/study.js";
import { drawVectors } from "../../src/known-features/vectors.js";
import { worldFile } from "../../src/known-features/world-file.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

/* The study at the size of smoke, of the two methods whose steps take least. */

const root = mkdtempSync(path.join(tmpdir(), "snc-known-features-"));
after(() => rmSync(root, { recursive: true }));
let study: KnownFeaturesStudy;

before(async () => {
  process.env.SNC_RESULTS = path.join(root, "results");
  process.env.SNC_CACHE = path.join(root, "cache");
  study = await computeKnownFeatures("smoke", { methods: ["top-k", "frozen-random"], steps: [1000], jobs: 1 });
});

const told = () => {
  const lines: string[] = [];
  return { lines, report: { ...silent, line: (text: string) => void lines.push(text) } };
};

test("every cell has its trainings beside the nulls, and known-features.json says the same", async () => {
  const { points } = study.known;
  assert.deepEqual(
    points.map(({ method, d_sae, steps }) => [method, d_sae, steps]),
    [
      ...[64, 32].flatMap((d_sae) => [
        ["untrained", d_sae, 0],
        ["top-k", d_sae, 1000],
        ["frozen-random", d_sae, 1000],
      ]),
      ["readout", 64, 0],
      ["readout-threshold", 64, 0],
    ],
  );
  assert.deepEqual(await readKnownFeatures(study.folder), study.known);
});

test("a training that keeps two features is nearer to true features than directions that learned nothing", () => {
  const of = (method: string) => study.known.points.find((point) => point.method === method)!;
  assert.ok(Math.abs(of("top-k").l0 - 2) < 0.01);
  assert.ok(of("top-k").mcc! > of("untrained").mcc! + 0.1, `${of("top-k").mcc}, untrained ${of("untrained").mcc}`);
  assert.ok(of("top-k").f1! > of("frozen-random").f1! + 0.1, `${of("top-k").f1}, frozen ${of("frozen-random").f1}`);
  assert.equal(of("untrained").mcc, of("frozen-random").mcc, "the same directions");
  assert.equal(of("readout-threshold").recovered, 1);
});

test("a point is what the weights of its training score on the world's test vectors", async () => {
  const opened = await openWorld("smoke");
  const [cell] = cellsOf("smoke");
  const experiment = await openCell(opened, cell);
  const { test: h } = await experiment.activations(0);
  const { folder } = (await experiment.find({ method: "top-k", k: 2 }, 0, 42, { measured: "ends" }))!;
  const sae = await loadTraining(folder);
  const { z } = drawVectors(opened.world, "test");
  const scores = scoresOf(opened.world, z, scoredOn(sae, h.subarray(0, h.length)));
  sae.dispose();
  const point = study.known.points.find(({ method, d_sae }) => method === "top-k" && d_sae === 64)!;
  assert.deepEqual([point.recovered, point.mcc, point.f1], [scores.recovered, scores.mcc, scores.f1]);
});

test("row v of an experiment's test vectors is test vector v of the world", async () => {
  const opened = await openWorld("smoke");
  const { test: h, scaling } = await (await openCell(opened, cellsOf("smoke")[0])).activations(0);
  const { x } = drawVectors(opened.world, "test");
  const { mean, scale } = scaling!;
  assert.equal(h.length, x.length);
  const rows = h.subarray(0, h.length);
  for (let at = 0; at < x.length; at += 997) {
    const expected = (x[at] - mean[at % mean.length]) * scale;
    assert.ok(Math.abs(rows[at] - expected) < 1e-4, `${at}: ${rows[at]}, expected ${expected}`);
  }
});

test("called again nothing is trained or scored; what was asked for before stays beside what is new", async () => {
  const { lines, report } = told();
  let scored = -1;
  const bar = (label: string, total: number) => {
    if (label === "scoring") scored = total;
    return silent.bar(label, total);
  };
  const again = await computeKnownFeatures("smoke", { methods: ["top-k"], steps: [1000], report: { ...report, bar } });
  assert.deepEqual([again.known, scored], [study.known, 0]);
  assert.match(lines.join(), /known features: 0 of 2 trainings are missing/);
});

test("another seed comes beside the first; the next call, which does not name it, keeps it, and one that is stopped loses no score", async () => {
  const seedsOf = ({ known: { points } }: KnownFeaturesStudy) =>
    new Set(points.filter(({ method }) => method === "frozen-random").map(({ seed }) => seed));
  const asked = { methods: ["frozen-random"], steps: [1000] } as const;
  assert.deepEqual(seedsOf(await computeKnownFeatures("smoke", { ...asked, seeds: [43], jobs: 1 })), new Set([42, 43]));
  assert.deepEqual(seedsOf(await computeKnownFeatures("smoke", asked)), new Set([42, 43]));
  const stop = new AbortController();
  const advance = () => stop.abort(new SncError("interrupted", "stopped"));
  const bar = (label: string, total: number) => ({
    ...silent.bar(label, total),
    ...(label === "scoring" && { advance }),
  });
  const report = { ...silent, bar };
  writeFileSync(path.join(study.folder, "known-features.json"), "{}");
  await assert.rejects(computeKnownFeatures("smoke", { ...asked, report, signal: stop.signal }), /stopped/);
  assert.equal((await readKnownFeatures(study.folder))!.points.length, 1);
});

test("results/latest stays where it is", () => {
  assert.ok(!readdirSync(path.join(root, "results")).includes("latest"));
});

test("the file of the world is written once, and one that has changed is refused", async () => {
  const { world, file } = await openWorld("smoke");
  assert.equal(await worldFile(world), file);
  assert.equal(readdirSync(path.dirname(file)).filter((name) => name.endsWith(".arrow")).length, 1);
  appendFileSync(file, "x");
  await assert.rejects(worldFile(world), /world-.*\.arrow: expected sha256 .*Delete it and world-/s);
});
