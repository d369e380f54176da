import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { sealed } from "../../src/base/recorded.js";
import { resolveGiven, specGiven, specNamed } from "../../src/experiment/named.js";
import { essentialSpec, resolveExperiment, sizesOf } from "../../src/experiment/resolve.js";
import { resultSetOf } from "../../src/experiment/results/result-set.js";
import { type CompleteSpec, checkedSpec } from "../../src/experiment/spec.js";
import { profiles } from "../../src/profiles.js";
import { madeUpSpec } from "../helpers/result-sets.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-spec-"));
const before = process.env.SNC_RESULTS;
process.env.SNC_RESULTS = path.join(root, "results");
after(() => {
  rmSync(root, { recursive: true });
  if (before === undefined) delete process.env.SNC_RESULTS;
  else process.env.SNC_RESULTS = before;
});
const check = (given: unknown) => checkedSpec(given, { where: "here" });
const fileOf = (name: string, content: unknown): string => {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
  return file;
};

test("a profile completed says all, and its shortest form is its name", async () => {
  for (const name of ["smoke", "default"] as const) {
    const { spec, profile } = await resolveExperiment({ profile: name });
    const { steps, batchSize, warmupSteps, interval, layers, runs, seeds } = profiles[name];
    const { inputs, ...said } = spec;
    assert.deepEqual(said, {
      ...{ profile: name, layers, runs, seeds, steps, batchSize, warmupSteps, interval, d_in: 576, d_sae: 576 },
      ...{ readings: {}, precision: "float32" },
      sequences: [profiles[name].trainSequences, profiles[name].testSequences],
    });
    assert.ok(Object.keys(inputs).length > 5);
    assert.deepEqual(essentialSpec(spec), { profile: name });
    assert.deepEqual({ ...profile, tauStart: 0.1 }, { ...profiles[name], ...{ layers, runs, seeds } });
  }
});

test("what is completed comes to itself again, and so does its shortest form", async () => {
  const { spec } = await resolveExperiment({
    ...{ profile: "smoke", steps: 40, expansion: 4, batchSize: 64, readings: { warmup: "100", importance: "rms" } },
    ...{ sequences: [3, 2], layers: [6, 14], seeds: [1], runs: [0, 7], interval: 5 },
  });
  assert.equal(spec.d_sae, 4 * 576);
  assert.equal(spec.warmupSteps, 4, "the reading's tenth of the steps");
  assert.deepEqual((await resolveExperiment(spec)).spec, spec);
  const essential = essentialSpec(spec);
  assert.equal(essential.warmupSteps, undefined, "it follows from the reading");
  assert.deepEqual((await resolveExperiment(essential)).spec, spec);
});

test("fewer steps take warm-up and interval with them, unless these are said", () => {
  const of = (spec: Parameters<typeof sizesOf>[0]) => {
    const { steps, warmupSteps, interval } = sizesOf({ profile: "smoke", ...spec }).profile;
    return [steps, warmupSteps, interval];
  };
  assert.deepEqual(of({}), [90, 90, 15]);
  assert.deepEqual(of({ steps: 30 }), [30, 30, 5]);
  assert.deepEqual(of({ steps: 2 }), [2, 2, 1]);
  assert.deepEqual(of({ steps: 900 }), [900, 90, 15], "more steps leave them");
  assert.deepEqual(of({ steps: 30, warmupSteps: 60, interval: 10 }), [30, 60, 10]);
});

test("a name stands for what numbers depend on: not for layers, runs, seeds, or where inputs lie", () => {
  const named = (changes: Partial<CompleteSpec>): string => resultSetOf(madeUpSpec("paper", changes)).name;
  const own = named({});
  const variations = [{ run: 7, name: "gamma-1", set: { "inhibit.gamma": 1 } }];
  for (const changes of [{ layers: [5] }, { runs: [0] }, { seeds: [1, 2] }, { variations }, { modelDir: "/a" }])
    assert.equal(named(changes), own, JSON.stringify(changes));
  const others: Partial<CompleteSpec>[] = [
    ...[{ steps: 1 }, { sequences: [1, 1] as [number, number] }, { batchSize: 1 }, { warmupSteps: 1 }, { interval: 1 }],
    ...[{ d_sae: 1 }, { d_in: 1 }, { readings: { penalty: "mean" } }, { precision: "bfloat16" as const }],
    ...[{ buffer: 2 }, { store: "float16" as const }, { inputs: { model: "j" } }],
    { activations: { files: [{ layer: 6, file: "a.npy" }] } },
    { activations: { files: [{ layer: 6, file: "a.npy" }], testShare: 0.5 } },
  ];
  const names = others.map(named);
  assert.equal(new Set([own, ...names]).size, others.length + 1);
  assert.equal(
    named({ activations: { files: [{ layer: 6, file: "/elsewhere/a.npy" }] } }),
    named({ activations: { files: [{ layer: 6, file: "a.npy" }] } }),
  );
});

test("what there is not, is out of range or excludes something else is refused with its name", () => {
  const usage = (given: unknown, message: RegExp) => assert.throws(() => check(given), { failure: "usage", message });
  usage({ stepz: 3 }, /here: .*Unrecognized key: "stepz"\nA specification says: profile, modelDir, .*d_sae/s);
  for (const wrong of [0, -1, 1.5, Number.NaN, "3", null])
    for (const key of ["steps", "batchSize", "warmupSteps", "interval", "d_sae"])
      usage({ [key]: wrong }, new RegExp(key));
  for (const key of ["layers", "runs", "seeds"])
    for (const wrong of [[], [1, 1], [-1], [0.5], 3]) usage({ [key]: wrong }, new RegExp(key));
  usage({ expansion: 0 }, /expansion/);
  usage({ profile: "huge" }, /profile/);
  usage({ precision: "float16" }, /precision/);
  usage({ expansion: 2, d_sae: 3 }, /here: expansion: expected it or here: d_sae, found both/);
  for (const key of ["modelDir", "pileDir"]) usage({ [key]: "a" }, new RegExp(`${key}: expected the profile paper`));
  for (const [key, value] of [["buffer", 24] as const, ["store", "float16"] as const])
    usage({ profile: "smoke", [key]: value }, new RegExp(`here: ${key}: expected the profile paper, found smoke`));
  usage({ activations: ["a.npy"], sequences: [1, 1] }, /sequences: expected a model on texts/);
  usage({ activations: ["a.npy", "b.npy"], layers: [6] }, /activations.files\[1\].layer/);
});

test("files of activations are numbered by the layers that are said, else from 0", () => {
  const files = (given: object) => check(given).activations?.files;
  assert.deepEqual(files({ activations: "/a.npy" }), [{ layer: 0, file: "/a.npy" }]);
  const two = { activations: ["/a.npy", "/b.npy"], layers: [6, 14] };
  assert.deepEqual(files(two), [
    { layer: 6, file: "/a.npy" },
    { layer: 14, file: "/b.npy" },
  ]);
  assert.deepEqual(sizesOf(check({ activations: ["/a.npy", "/b.npy"] })).profile.layers, [0, 1]);
});

test("a text names a profile, a result set by name, folder or file, or a file whose paths are relative to it", async () => {
  assert.deepEqual(await specNamed("smoke"), { spec: { profile: "smoke" } });
  const spec = madeUpSpec("smoke", { steps: 20 });
  const { name, folder } = resultSetOf(spec);
  fileOf(path.join("results", name, "experiment.json"), sealed({ name, ...spec }));
  for (const text of [name, folder, path.relative("", folder), path.join(folder, "experiment.json")]) {
    const found = await specNamed(text);
    assert.deepEqual([found.spec, found.set?.folder], [spec, folder], text);
  }
  const file = fileOf("sent/mine.json", { profile: "smoke", activations: { files: [{ layer: 3, file: "v.npy" }] } });
  assert.deepEqual((await specNamed(file)).spec.activations?.files, [
    { layer: 3, file: path.join(root, "sent", "v.npy") },
  ]);
  await assert.rejects(specNamed("unheard-of"), {
    failure: "usage",
    message: new RegExp(`^unheard-of: expected a profile \\(smoke, default, paper\\), a result set \\(${name}\\)`),
  });
  const broken = fileOf("broken.json", { steps: 0 });
  await assert.rejects(specNamed(broken), { failure: "input", message: new RegExp(`^${broken}: .*steps`, "s") });
  writeFileSync(broken, "{");
  await assert.rejects(specNamed(broken), { failure: "input", message: /expected a specification in JSON/ });
});

test("a result set whose specification somebody changed is refused", async () => {
  const { name, ...spec } = { name: "smoke-changed", ...madeUpSpec("smoke") };
  const file = fileOf(path.join("results", name, "experiment.json"), sealed({ name, ...spec }));
  writeFileSync(file, readFileSync(file, "utf8").replace('"steps":90', '"steps":91'));
  await assert.rejects(specNamed(name), { failure: "input", message: /experiment\.json: expected sha256/ });
});

test("choices beside a name change what it says; what followed from the changed follows it still", async () => {
  const file = fileOf("wide.json", { profile: "smoke", expansion: 4, readings: { penalty: "mean" } });
  const { spec } = await specGiven({ profile: file, steps: 30, readings: { importance: "rms" } });
  assert.deepEqual(spec, {
    ...{ profile: "smoke", expansion: 4, steps: 30 },
    readings: { penalty: "mean", importance: "rms" },
  });
  assert.deepEqual((await specGiven({ profile: file, d_sae: 7 })).spec.expansion, undefined);
  const complete = madeUpSpec("smoke", { steps: 20 });
  const { name } = resultSetOf(complete);
  fileOf(path.join("results", name, "experiment.json"), sealed({ name, ...complete }));
  assert.equal(sizesOf((await specGiven({ profile: name, steps: 30 })).spec).profile.interval, 5);
});

test("a result set opened by its folder keeps its results there; with another choice it is another set", async () => {
  const { spec } = await resolveExperiment({ profile: "smoke", steps: 20 });
  const { name } = resultSetOf(spec);
  const moved = path.dirname(fileOf(path.join("moved", name, "experiment.json"), sealed({ name, ...spec })));
  assert.deepEqual((await resolveGiven(moved)).resultSet, { name, folder: moved });
  assert.deepEqual((await resolveGiven({ profile: moved, seeds: [7] })).resultSet, { name, folder: moved });
  const other = (await resolveGiven({ profile: moved, steps: 21 })).resultSet;
  assert.equal(path.dirname(other.folder), path.join(root, "results"));
  assert.notEqual(other.name, name);
});

test("inputs that are not what the specification says are named", async () => {
  const { spec } = await resolveExperiment({ profile: "smoke" });
  const [first] = Object.keys(spec.inputs);
  await assert.rejects(resolveExperiment({ ...spec, inputs: { ...spec.inputs, [first]: "sha256:0" } }), {
    failure: "input",
    message: new RegExp(`^${first}: expected sha256:0, as the experiment's specification says, found sha256:`),
  });
  await assert.rejects(resolveExperiment({ profile: "smoke", d_in: 5 }), {
    failure: "input",
    message: /^width of the activations: expected 5, .* found 576/,
  });
});
