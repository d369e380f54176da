/**
 * A researcher's session in an empty project: a variation on her own activations at four times their width, killed and
 * resumed, loaded, saved, exported, and drawn beside Run 0; the same experiment by flags, in a notebook and from the library.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stream } from "../../../src/base/random.js";
import { emptyProject, type Project, pack } from "./project.js";

const name = "selective-neural-competition";
const [rows, d_in] = [2000, 24];
let project: Project;

before(async () => {
  project = emptyProject("session");
  await project.npm("install", "--ignore-scripts", await pack());
  for (const layer of [6, 14]) writeFileSync(path.join(project.folder, `acts-${layer}.npy`), vectors(layer));
});

/** An .npy file of sums of few of 40 directions, each with a size of its own, and noise: [rows, d_in] in float32. */
function vectors(seed: number): Uint8Array {
  const random = stream(seed, "own vectors");
  const number = (): number => random.uniform();
  const directions = Array.from({ length: 40 }, () => Array.from({ length: d_in }, () => number() - 0.5));
  const values = new Float32Array(rows * d_in);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < d_in; j++) values[i * d_in + j] = 0.1 * number();
    for (const direction of directions)
      if (number() < 0.08) {
        const size = 1 + number();
        for (let j = 0; j < d_in; j++) values[i * d_in + j] += size * direction[j];
      }
  }
  const said = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${d_in}), }`;
  const header = `${said.padEnd(Math.ceil((said.length + 11) / 64) * 64 - 11)}\n`;
  const prefix = Buffer.from([0x93, ..."NUMPY".split("").map((c) => c.charCodeAt(0)), 1, 0, header.length, 0]);
  return Buffer.concat([prefix, Buffer.from(header), Buffer.from(values.buffer)]);
}

const size = ["--profile", "smoke", "--steps", "400", "--expansion", "4"];
const own = ["--activations", "acts-6.npy", "acts-14.npy", "--layers", "6,14", "--test-share", "0.25"];
const variation = ["--run", "7", "--set", "inhibit.gamma=1", "--set", "neighbours.rMax=16", "--name", "gamma-1"];
const spec = `{ profile: "smoke", steps: 400, expansion: 4, layers: [6, 14],
  activations: { files: [{ layer: 6, file: "acts-6.npy" }, { layer: 14, file: "acts-14.npy" }], testShare: 0.25 } }`;

/** The only result set there is. */
function resultSet(): string {
  const sets = readdirSync(path.join(project.folder, "results")).filter((file) => /^smoke-[0-9a-f]{8}$/.test(file));
  assert.equal(sets.length, 1, sets.join(", "));
  return path.join(project.folder, "results", sets[0]);
}
const below = (part: RegExp): string[] =>
  (readdirSync(path.join(project.folder, "results"), { recursive: true }) as string[]).filter((file) =>
    part.test(file),
  );

const ran = async (command: string, args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await project.run(command, args);
  assert.equal(code, 0, stderr);
  return stdout;
};

test("a variation on own activations at four times the width is killed, and goes on where it was", async () => {
  const whole = ["train", ...size, ...own, ...variation, "--jobs", "1"];
  const child = project.start("snc", whole);
  while (
    child.exitCode === null &&
    !(existsSync(path.join(project.folder, "results")) && below(/checkpoint\.bin$/).length)
  )
    await sleep(5);
  child.kill("SIGKILL");
  await once(child, "close");
  assert.equal(below(/gamma-1-[0-9a-f]{8}.seed-42.run\.json$/).length < 2, true, "it was killed in the middle");
  const resumed = await project.run("snc", whole);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /gamma-1.*going on from step \d+/);
  const [record] = below(/layer-14.gamma-1-[0-9a-f]{8}.seed-42.run\.json$/);
  const { run, d_in: wide, d_sae } = JSON.parse(readFileSync(path.join(project.folder, "results", record), "utf8"));
  assert.deepEqual([run.number, run.name, wide, d_sae], [7, "gamma-1", d_in, 4 * d_in]);
  assert.match(await ran("snc", ["train", "--list"]), /^14 +gamma-1, of Run 7 +42 +finished$/m);
});

test("by flags, from the library and in a notebook it is one result set", async () => {
  const [set, ...others] = [resultSet()];
  assert.deepEqual(others, []);
  project.write(
    "same.mjs",
    `import * as snc from "${name}";
const experiment = await snc.openExperiment(${spec});
const varied = snc.vary(experiment.run(7), "gamma-1", {
  inhibit: snc.mechanisms.winnerTakesAll({ gamma: 1 }), neighbours: snc.mechanisms.window({ rMax: 16 }) });
const { isNew } = await experiment.train(varied, 6, 42);
console.log(experiment.resultSet.name, isNew);`,
  );
  assert.equal(await ran("node", ["same.mjs"]), `${path.basename(set)} false\n`);
  const cell = (...source: string[]) => ({
    cell_type: "code",
    id: `c${source.length}`,
    execution_count: null,
    metadata: {},
    outputs: [],
    source,
  });
  const notebook = {
    cells: [
      cell(
        `import * as snc from "${name}";\n`,
        `const experiment = await snc.openExperiment(${spec.replaceAll("acts", `${project.folder}/acts`)});\n`,
        "console.log(experiment.resultSet.name);",
      ),
      cell(
        `const { record } = await experiment.train({ run: 7, name: "gamma-1", set: { "inhibit.gamma": 1, "neighbours.rMax": 16 } }, 6, 42);\n`,
        "console.log(record.run.name, record.d_sae);",
      ),
    ],
    metadata: {
      kernelspec: { display_name: "TypeScript", language: "typescript", name: "tslab" },
      language_info: { name: "typescript" },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
  project.write("mine.ipynb", JSON.stringify(notebook));
  await ran("snc", ["run", "mine.ipynb"]);
  const executed = readFileSync(path.join(project.folder, "results", "notebooks", "mine.ipynb"), "utf8");
  assert.ok(executed.includes(`${path.basename(set)}\\n`) && executed.includes(`gamma-1 ${4 * d_in}\\n`), executed);
  resultSet(); // still the only one
});

test("it is loaded, saved, loaded again and exported with the features it was trained with", async () => {
  project.write(
    "save.mjs",
    `import * as snc from "${name}";
import * as tf from "@tensorflow/tfjs";
const experiment = await snc.openExperiment(${spec});
const training = await experiment.train({ run: 7, name: "gamma-1", set: { "inhibit.gamma": 1, "neighbours.rMax": 16 } }, 14, 42);
const sae = await snc.loadTraining(training.folder);
const { test } = await experiment.activations(14);
const h = tf.tensor2d(test.subarray(0, 100 * ${d_in}), [100, ${d_in}]);
const activations = await experiment.activations(14);
const spec = await experiment.spec({ run: 7, name: "gamma-1", set: { "inhibit.gamma": 1, "neighbours.rMax": 16 } }, 14, 42);
const state = snc.startingState(${d_in}, spec);
const batch = snc.batches(activations, spec);
for (let t = 0; t < 20; t++) snc.trainStep(state, spec.run.method, batch(t), snc.optimizationOf(experiment.profile));
await snc.saveAutoencoder("mine", state, spec.run.method, { scaling: activations.scaling });
const mine = await snc.loadAutoencoder("mine");
const { fractionVarianceExplained } = snc.measure(state, spec.run.method, snc.prepareEvaluation(test, ${d_in}));
console.log(JSON.stringify({ fve: sae.evaluate(test).fractionVarianceExplained, expected: training.record.final.fractionVarianceExplained,
  features: sae.features(h).shape, own: [mine.evaluate(test).fractionVarianceExplained, fractionVarianceExplained] }));`,
  );
  const {
    fve,
    expected,
    features,
    own: saved,
  } = JSON.parse((await ran("node", ["save.mjs"])).trim().split("\n").at(-1)!);
  assert.ok(Math.abs(fve - expected) < 1e-6, `${fve} and ${expected}`);
  assert.deepEqual(features, [100, 4 * d_in]);
  assert.ok(Math.abs(saved[0] - saved[1]) < 1e-6, saved.join(" and "));
  await ran("snc", ["train", ...size, ...own, "--run", "0"]);
  await ran("snc", ["export", "sae-lens", "--run", "0", "--layer", "6", "--out", "sae-of-run-0"]);
  const { cfg } = { cfg: JSON.parse(readFileSync(path.join(project.folder, "sae-of-run-0", "cfg.json"), "utf8")) };
  assert.deepEqual([cfg.d_in, cfg.d_sae], [d_in, 4 * d_in]);
});

test("it is drawn beside Run 0", async () => {
  project.write(
    "draw.mjs",
    `import * as snc from "${name}";
const { resultSet } = await snc.openExperiment(${spec});
const tables = (await snc.readResultTables(resultSet.folder, { kind: "all" }))
  .filter(({ record }) => record.layer === 6 && (record.run.number === 0 || record.run.name === "gamma-1"));
const figure = snc.trainingLoss(snc.lossRows(tables), { scale: snc.scaleOf(tables, "own activations") });
await snc.saveFigure(figure, "beside.svg");
console.log(JSON.stringify(figure.data.map(({ name }) => name).filter(Boolean)));`,
  );
  const drawn = JSON.parse((await ran("node", ["draw.mjs"])).trim().split("\n").at(-1)!) as string[];
  assert.ok(drawn.includes("0 baseline") && drawn.includes("gamma-1, of Run 7"), drawn.join(", "));
});

test("a file that moved with its specification gives the same result set; what needs texts says that it has none", async () => {
  const file = path.join(resultSet(), "experiment.json");
  const { sha256: _, name: set, ...said } = JSON.parse(readFileSync(file, "utf8"));
  said.activations.files = said.activations.files.map(({ layer, file: at }: { layer: number; file: string }) => ({
    layer,
    file: path.basename(at),
  }));
  project.write("sent.json", JSON.stringify(said));
  assert.match(
    await ran("snc", ["train", "--experiment", "sent.json", "--run", "0", "--format", "json"]),
    new RegExp(`${set}.*"isNew": false`, "s"),
  );
  const { code, stderr } = await project.run("snc", ["export", "croissant", "--experiment", set]);
  assert.equal(code, 2);
  assert.match(stderr, /expected a model on texts, found activations of your own/);
});
