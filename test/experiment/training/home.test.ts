import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { setPrecision } from "../../../src/backend/precision.js";
import { sha256 } from "../../../src/base/files.js";
import { writeSealed } from "../../../src/base/recorded.js";
import { paperRun } from "../../../src/experiment/paper-run.js";
import { sizesOf } from "../../../src/experiment/resolve.js";
import { experimentFile } from "../../../src/experiment/results/result-set.js";
import { readResultSet } from "../../../src/experiment/results/saved.js";
import { readResultTables, trainingsOf } from "../../../src/experiment/results/tables.js";
import type { RunAsked } from "../../../src/experiment/training/folders.js";
import { homeOf } from "../../../src/experiment/training/home.js";
import type { TrainingSpec } from "../../../src/experiment/training/spec.js";
import { activationsOfSet } from "../../../src/experiment/training/specified.js";
import { traceOf } from "../../../src/experiment/training/trace.js";
import { ensureTrained, findTraining } from "../../../src/experiment/training/training.js";
import { vary } from "../../../src/experiment/variation.js";
import * as m from "../../../src/mechanisms/index.js";
import { type Method, ownRule } from "../../../src/method.js";
import { readings } from "../../../src/readings.js";
import { type Run, run } from "../../../src/runs.js";
import { withBackend } from "../../helpers/backend.js";
import { smokeSpec } from "../../helpers/result-sets.js";
import { smallSpec } from "../../helpers/small-training.js";

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-home-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => path.join(root, String(folders++));

/** What the small training's result set says of itself. */
const specOf = (changes: Record<string, string> = {}) =>
  smokeSpec({
    ...{ steps: 20, batchSize: 10, interval: 5, warmupSteps: 20, d_in: 12, d_sae: 12 },
    readings: changes,
  });
const { profile } = sizesOf(specOf());
const ownRun = (number: number): Run => paperRun({ profile, readings: readings() }, number);

/** A result set of the small training's profile, and its training of a run. */
async function newSet(changes: Record<string, string> = {}) {
  const folder = newFolder();
  await writeSealed(experimentFile(folder), { name: "smoke-0", ...specOf(changes) });
  const { activations, ...spec } = smallSpec();
  const own = activationsOfSet(folder, spec.layer, activations);
  return { folder, spec: (of: Run): TrainingSpec => ({ ...spec, profile, d_sae: 12, run: of, activations: own }) };
}

const placeOf = async (folder: string, spec: TrainingSpec): Promise<string> =>
  path.relative(path.join(folder, "runs", "layer-6"), (await homeOf(folder, spec)).folder);

const changed = (of: Run, patch: Partial<Method>): Run => ({ ...of, method: { ...of.method, ...patch } });
const weak = { inhibit: m.winnerTakesAll({ gamma: 0.1 }) };

test("a run of the paper has its number's folder, a variation one of its name and eight hex digits of its method", async () => {
  const { folder, spec } = await newSet();
  for (const number of [0, 7, 9]) assert.equal(await placeOf(folder, spec(ownRun(number))), `run-${number}/seed-42`);
  const varied = vary(ownRun(7), "gamma-01", weak);
  const place = await placeOf(folder, spec(varied));
  assert.match(place, /^gamma-01-[0-9a-f]{8}\/seed-42$/);
  assert.equal(await placeOf(folder, { ...spec(varied), seed: 43 }), place.replace("seed-42", "seed-43"));
  assert.notEqual(await placeOf(folder, spec(vary(ownRun(7), "gamma-01", { penalty: "mean" }))), place);
  assert.notEqual(await placeOf(folder, spec(vary(ownRun(8), "gamma-01", weak))), place);
});

test("a result set is the same by another path to it", async () => {
  const { folder, spec } = await newSet();
  const link = path.join(root, "latest");
  symlinkSync(folder, link);
  assert.equal(await placeOf(link, spec(ownRun(7))), "run-7/seed-42");
});

test("a changed method goes to a folder of its own, never to that of its run", async () => {
  const { folder, spec } = await newSet();
  const seven = ownRun(7);
  const mutated = ownRun(7);
  mutated.method.inhibit = weak.inhibit;
  const others: Record<string, Run> = {
    "another rule": changed(seven, weak),
    "a rule put into the run's own method": mutated,
    "the run under another reading": run(7, { readings: readings({ inhibition: "halfMax" }), pruneEvery: 5 }),
    "the run at other intervals": run(7),
    "the method of another run": { ...seven, method: ownRun(8).method },
    "a rule of one's own by the name of the package's": changed(seven, {
      inhibit: ownRule("winnerTakesAll", "§4.2", { gamma: 0.3, inhibition: "scaleLosers" }, () => ({})),
    }),
  };
  const places = new Set<string>();
  for (const [name, of] of Object.entries(others)) {
    places.add(await placeOf(folder, spec(of)));
    assert.match(await placeOf(folder, spec(of)), /^local-competition-[0-9a-f]{8}\/seed-42$/, name);
  }
  assert.equal(places.size, Object.keys(others).length - 1, "the first two are the same method");
  assert.match(await placeOf(folder, spec({ ...seven, number: 3 })), /^local-competition-[0-9a-f]{8}\//);
  assert.match(await placeOf(folder, spec({ ...seven, name: "mine" })), /^mine-[0-9a-f]{8}\//);
});

test("under the folder's own readings a run is the paper's, and under none of the others", async () => {
  const { folder, spec } = await newSet({ inhibition: "halfMax" });
  const under = (inhibition: string) => paperRun({ profile, readings: readings({ inhibition }) }, 7);
  assert.equal(await placeOf(folder, spec(under("halfMax"))), "run-7/seed-42");
  assert.match(await placeOf(folder, spec(under("scaleLosers"))), /^local-competition-/);
});

test("in a folder that says nothing of itself a run is the paper's as it was given, under any readings", async () => {
  const folder = newFolder();
  const spec = (of: Run): TrainingSpec => ({ ...smallSpec(), run: of });
  for (const options of [{}, { pruneEvery: 5 }, { readings: readings({ neighbourhood: "blocks" }) }])
    assert.equal(await placeOf(folder, spec(run(7, options))), "run-7/seed-42");
  const mutated = run(7);
  mutated.method.inhibit = weak.inhibit;
  for (const of of [changed(run(7), weak), mutated, { ...run(7), number: 3 }])
    assert.match(await placeOf(folder, spec(of)), /^local-competition-[0-9a-f]{8}\//);
});

test("what only looks like a rule is refused: nothing says what it decides", async () => {
  const { folder, spec } = await newSet();
  const { inhibit } = ownRun(7).method;
  const { ruleName, source, options } = inhibit;
  const alike = Object.assign(() => ({}), { ruleName, source, options }) as Method["inhibit"];
  await assert.rejects(ensureTrained(folder, spec(changed(ownRun(7), { inhibit: alike }))), {
    failure: "usage",
    message:
      /^inhibit: expected a rule, as rule\(name, source, options, decide\) makes one, found a function that is none$/,
  });
  assert.throws(() => Object.assign(inhibit.options, { gamma: 1 }), TypeError, "options do not change any more");
  assert.throws(() => Object.assign(inhibit, { ruleName: "other" }), TypeError);
});

test("a result set refuses trainings of another kind, and says what to do", async () => {
  const { folder, spec } = await newSet();
  const own = spec(ownRun(7));
  const other = await newSet();
  const refused = async (what: Partial<TrainingSpec>, message: RegExp): Promise<void> => {
    for (const ask of [ensureTrained, findTraining])
      await assert.rejects(ask(folder, { ...own, ...what }), { failure: "usage", message });
  };
  await refused(
    { profile: { ...profile, steps: 12 } },
    /^steps: expected 20, as .*experiment\.json says of its trainings, found 12\. .* result set of their own: open an experiment/,
  );
  for (const [part, value] of Object.entries({
    batchSize: 9,
    interval: 4,
    warmupSteps: 1,
    tauStart: 0.5,
    momentum: 0.5,
  }))
    await refused({ profile: { ...profile, [part]: value } }, new RegExp(`^${part}: expected .*, found ${value}\\.`));
  await refused({ d_sae: 24 }, /^d_sae: expected 12, as .*, found 24\./);
  await refused({ init: "kaiming" }, /^init: expected tied, as .*, found kaiming\./);
  await refused(
    { activations: { key: "mine", load: own.activations.load } },
    /^activations: expected those that .* others \(mine\)/,
  );
  await refused(
    { activations: { ...own.activations } },
    /^activations: expected those that the experiment's spec\(\) gives/,
  );
  await refused(
    { activations: other.spec(ownRun(7)).activations },
    /^activations: expected those that .* others \(small\)/,
  );
  await refused({ layer: 14 }, /^activations: expected those of layer 14, as .*, found those of layer 6\./);
  await refused({ layer: -1 }, /^layer: expected a whole number from 0 on, found -1$/);
  await refused({ seed: 4.5 }, /^seed: expected a whole number from 0 on, found 4\.5$/);
  await refused({ run: { ...ownRun(7), name: "../run-7" } }, /^variation: expected a name of lower-case letters/);
  await refused({ run: { ...ownRun(7), number: 10 } }, /expected whole numbers from 0 to 9, found 10/);
  setPrecision("bfloat16");
  try {
    await refused({}, /^precision: expected float32, as .*, found bfloat16\./);
  } finally {
    setPrecision("float32");
  }
  assert.throws(() => Object.assign(own.activations, { key: "mine" }), TypeError);
  assert.ok(!existsSync(path.join(folder, "runs")), "nothing was begun");
});

test("a variation beside its run: neither takes the other's place, and the paper's runs stand alone unless asked", async () => {
  const { folder, spec } = await newSet();
  const paper = await ensureTrained(folder, spec(ownRun(7)));
  const bytes = (): string[] =>
    readdirSync(paper.folder).map((file) => sha256(readFileSync(path.join(paper.folder, file))));
  const before = bytes();
  const varied = await ensureTrained(folder, spec(vary(ownRun(7), "gamma-01", weak)));
  assert.deepEqual(bytes(), before);
  assert.deepEqual(paper.record.run, { number: 7, name: "local-competition" });
  const { variation, ...named } = varied.record.run;
  assert.deepEqual(named, { number: 7, name: "gamma-01" });
  assert.equal(path.basename(path.dirname(varied.folder)), `gamma-01-${variation}`);
  assert.equal((await ensureTrained(folder, spec(vary(ownRun(7), "gamma-01", weak)))).isNew, false);
  assert.notEqual(varied.record.final.loss, paper.record.final.loss);

  const tables = await readResultTables(folder);
  assert.deepEqual(
    tables.map(({ record }) => record),
    [paper.record],
  );
  const all = await readResultTables(folder, { kind: "all" });
  assert.deepEqual(
    all.map(({ record }) => record.run),
    [paper.record.run, varied.record.run],
  );
  assert.deepEqual(await readResultTables(folder, { kind: "variations" }), [all[1]]);
  const chosen = (...runs: RunAsked[]) =>
    trainingsOf(all, { layers: [6], runs, seeds: [42] }).map(({ record }) => record.run.name);
  assert.deepEqual(chosen(7), ["local-competition"]);
  assert.deepEqual([chosen("gamma-01"), chosen(`gamma-01-${variation}`)], [["gamma-01"], ["gamma-01"]]);
  assert.deepEqual([chosen(7, "gamma-01"), chosen("gamma")], [["local-competition", "gamma-01"], []]);
  const itself = vary(ownRun(7), "gamma-01", weak);
  assert.deepEqual([chosen(itself), chosen(ownRun(7))], [["gamma-01"], ["local-competition"]]);
  assert.deepEqual(chosen({ run: 7, name: "gamma-01", set: {} }), ["gamma-01"]);
  const set = await readResultSet(folder);
  assert.deepEqual([set.trainings, set.variations], [[paper.record], [varied.record]]);
  const [{ run: number, runName, variation: hash }] = await traceOf(varied);
  assert.deepEqual({ number, runName, hash }, { number: 7, runName: "gamma-01", hash: variation });
});

test("a variation that was broken off goes on from its checkpoint, to the bytes of one that was not", async () => {
  const weights = (at: string): string => sha256(readFileSync(path.join(at, "weights.safetensors")));
  const [whole, broken] = [await newSet(), await newSet()];
  const varied = vary(ownRun(9), "gamma-01", weak);
  const controller = new AbortController();
  let seen = 0;
  const advance = (): void => void (++seen === 12 && controller.abort());
  const report = { line: (text: string) => void said.push(text), bar: () => ({ advance, finish() {} }) };
  const said: string[] = [];
  const stopped = ensureTrained(broken.folder, broken.spec(varied), { report, signal: controller.signal });
  await assert.rejects(stopped, { failure: "interrupted" });
  const resumed = await ensureTrained(broken.folder, broken.spec(varied), { report });
  assert.deepEqual(said, ["gamma-01, of Run 9, layer 6, seed 42: going on from step 10"]);
  const { folder } = await ensureTrained(whole.folder, whole.spec(varied));
  assert.equal(weights(resumed.folder), weights(folder));
});

test("a variation says whether it took exactly the steps of the run that it varies, whichever is trained first", async () => {
  const idle = { prune: m.pruneCorrelated({ threshold: 1, every: 5 }) }; // no cosine passes 1: nothing is pruned
  const acts = { sparsity: m.constantSparsity(0.2) };
  for (const first of ["the run", "its variations"]) {
    const { folder, spec } = await newSet();
    const train = (...runs: Run[]) => runs.map((of) => () => ensureTrained(folder, spec(of)));
    const variations = train(vary(ownRun(3), "idle", idle), vary(ownRun(3), "acts", acts));
    const before = train(ownRun(3));
    for (const next of first === "the run" ? [...before, ...variations] : [...variations, ...before]) await next();
    const { trainings, variations: varied } = await readResultSet(folder);
    assert.deepEqual(
      varied.map(({ run: of, flags }) => [of.name, flags.identicalToPredecessor]),
      [
        ["acts", false],
        ["idle", true],
      ],
      `${first} first`,
    );
    assert.equal(trainings[0].flags.identicalToPredecessor, null, "Run 2 is not there");
  }
});

test("a folder that was copied to another place is not read as the training of that place", async () => {
  const { folder, spec } = await newSet();
  const six = await ensureTrained(folder, spec(ownRun(6)));
  const copy = six.folder.replace("run-6", "run-7");
  await cp(six.folder, copy, { recursive: true });
  const refused = {
    failure: "input",
    message: /run-7\/seed-42: expected the training that belongs there, found that of layer-6\/run-6\/seed-42\./,
  };
  await assert.rejects(readResultTables(folder), refused);
  await assert.rejects(readResultSet(folder), refused);
  const { record } = await ensureTrained(folder, spec(ownRun(8)));
  assert.equal(record.flags.identicalToPredecessor, null, "a copy of Run 6 is no Run 7");
  assert.equal((await ensureTrained(folder, spec(ownRun(7)))).record.run.number, 7);
  assert.deepEqual(
    (await readResultTables(folder)).map((tables) => tables.record.run.number),
    [6, 7, 8],
  );
});
