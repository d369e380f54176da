import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { deserialize, serialize } from "node:v8";
import * as tf from "@tensorflow/tfjs";
import type { SncError } from "../../../src/base/errors.js";
import { packageFolder, sha256 } from "../../../src/base/files.js";
import { stream } from "../../../src/base/random.js";
import { readTable, rowsOf } from "../../../src/base/tables.js";
import type { HeldActivations } from "../../../src/data/activations/scale.js";
import { digestLength, headerIn, readCheckpointHeader } from "../../../src/experiment/training/checkpoint-header.js";
import { homeOf } from "../../../src/experiment/training/home.js";
import type { Training, TrainingSpec } from "../../../src/experiment/training/spec.js";
import { traceOf } from "../../../src/experiment/training/trace.js";
import { ensureTrained } from "../../../src/experiment/training/training.js";
import { prepareEvaluation } from "../../../src/measure/evaluation.js";
import type { Metrics } from "../../../src/measure/metrics.js";
import { methodNames } from "../../../src/methods/names.js";
import { openSafetensors } from "../../../src/model/safetensors.js";
import { requireFinite, type StepRecord } from "../../../src/train.js";
import { withBackend } from "../../helpers/backend.js";
import { actingSpec, methodSpec, smallSpec, stopAfter } from "../../helpers/small-training.js";

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-training-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => path.join(root, String(folders++));
const checkpointIn = async (folder: string, spec: TrainingSpec): Promise<string> =>
  path.join((await homeOf(folder, spec)).folder, "checkpoint.bin");

/** What a checkpoint holds behind its sha256 and its header. */
interface Stored {
  state: Record<string, unknown>;
}

const files = ["metrics.arrow", "trace.arrow", "features.arrow", "density.arrow", "weights.safetensors"];
const hashes = (folder: string): string[] => files.map((file) => sha256(readFileSync(path.join(folder, file))));

test("the same seed writes the same bytes, another seed others", async () => {
  const [a, b, c] = [
    await ensureTrained(newFolder(), smallSpec()),
    await ensureTrained(newFolder(), smallSpec()),
    await ensureTrained(newFolder(), smallSpec({ seed: 43 })),
  ];
  assert.deepEqual(hashes(a.folder), hashes(b.folder));
  assert.notDeepEqual(hashes(a.folder), hashes(c.folder));
});

test("a training's trace has a row for every step, which says whose it is", async () => {
  const training = await ensureTrained(newFolder(), smallSpec({ seed: 43, number: 1 }));
  const trace = await traceOf(training);
  assert.deepEqual(
    trace.map(({ step }) => step),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  const [{ run, runName, seed, layer }] = trace;
  assert.deepEqual({ run, runName, seed, layer }, { run: 1, runName: "selective-orthogonality", seed: 43, layer: 6 });
});

const resumed = {
  ...{ "Run 0": smallSpec(), "Run 9 with all that acts in it": actingSpec() },
  ...Object.fromEntries(methodNames.map((name) => [name, methodSpec(name)])),
};
for (const [name, spec] of Object.entries(resumed))
  test(`${name}, stopped after any step and run again, writes the bytes of an uninterrupted training`, async () => {
    const whole = await ensureTrained(newFolder(), spec);
    for (const steps of [1, 5, 7, 19, 20]) {
      const folder = newFolder();
      await assert.rejects(ensureTrained(folder, spec, stopAfter(steps)), { failure: "interrupted" });
      const resumed = await ensureTrained(folder, spec);
      assert.deepEqual(hashes(resumed.folder), hashes(whole.folder), `stopped after step ${steps}`);
      const [fates, same] = [resumed, whole].map((one) => readFileSync(path.join(one.folder, "fates.json"), "utf8"));
      assert.equal(fates, same, `stopped after step ${steps}`);
      assert.ok(!existsSync(path.join(resumed.folder, "checkpoint.bin")), "no checkpoint is left");
    }
  });

const measuredAt = async ({ folder }: Training): Promise<number[]> =>
  rowsOf<{ step: number }>(await readTable(path.join(folder, "metrics.arrow"))).map(({ step }) => step);

test("measured at both ends alone, a training takes the same steps, says so, and resumes to the same bytes", async () => {
  const spec = actingSpec();
  const ends: TrainingSpec = { ...spec, measured: "ends" };
  const [whole, atEnds] = [await ensureTrained(newFolder(), spec), await ensureTrained(newFolder(), ends)];
  assert.deepEqual(await measuredAt(atEnds), [0, 20]);
  assert.ok((await measuredAt(whole)).length > 2);
  assert.deepEqual([whole.record.measured, atEnds.record.measured], [undefined, "ends"]);
  const { importanceChange: _, ...final } = whole.record.final;
  assert.deepEqual(atEnds.record.final, { ...final, importanceChange: null });
  const [a, b] = [hashes(whole.folder), hashes(atEnds.folder)];
  const others = files.filter((_, i) => a[i] !== b[i]);
  assert.deepEqual(others, ["metrics.arrow", "weights.safetensors"], "of the weights, their key alone");
  const folder = newFolder();
  await assert.rejects(ensureTrained(folder, ends, stopAfter(7)), { failure: "interrupted" });
  assert.deepEqual(hashes((await ensureTrained(folder, ends)).folder), b);
});

test("between the first step and the last it is measured on some of many test vectors", async () => {
  const spec = smallSpec();
  const { d_in, train } = await spec.activations.load();
  const random = stream(1, "test vectors");
  const many = Float32Array.from({ length: 5000 * d_in }, () => random.normal() / Math.sqrt(d_in));
  const measuredOn = async (test: Float32Array) => {
    const activations = { key: `small, ${test.length} test numbers`, load: async () => ({ d_in, train, test }) };
    const { folder } = await ensureTrained(newFolder(), { ...spec, activations });
    return rowsOf<Metrics>(await readTable(path.join(folder, "metrics.arrow")));
  };
  const onSome = await measuredOn(prepareEvaluation(many, d_in).sample);
  const onAll = await measuredOn(many);
  assert.deepEqual(
    onAll.map((row, at) => row.reconstructionError === onSome[at].reconstructionError),
    [false, true, true, true, false],
  );
  assert.deepEqual(onAll.slice(1, -1), onSome.slice(1, -1));
});

test("a training measured at every interval serves one asked for at both ends, and not the other way round", async () => {
  const [spec, folder] = [smallSpec(), newFolder()];
  await ensureTrained(folder, spec);
  const found = await ensureTrained(folder, { ...spec, measured: "ends" });
  assert.deepEqual([found.isNew, (await measuredAt(found)).length > 2], [false, true]);
  const other = newFolder();
  await ensureTrained(other, { ...spec, measured: "ends" });
  const again = await ensureTrained(other, spec);
  assert.deepEqual([again.isNew, again.record.measured], [true, undefined]);
});

/** Parts of the state that only other methods read. */
const ofMethods = ["threshold", "silentSteps", "shuffle"];

for (const [name, spec] of Object.entries({ "Run 9": actingSpec(), "ort-sae": methodSpec("ort-sae") }))
  test(`${name}: a checkpoint that left out any part of the state that it reads would end in other bytes`, () =>
    everyPartCounts(spec, (part) => ofMethods.includes(part) === (name === "ort-sae")));

async function everyPartCounts(spec: TrainingSpec, reads: (part: string) => boolean): Promise<void> {
  const whole = hashes((await ensureTrained(newFolder(), spec)).folder);
  let header = Buffer.alloc(0);
  const stoppedAfter = async (steps: number): Promise<Stored> => {
    const folder = newFolder();
    await assert.rejects(ensureTrained(folder, spec, stopAfter(steps)), { failure: "interrupted" });
    const bytes = readFileSync(await checkpointIn(folder, spec));
    const { end } = headerIn(bytes)!;
    header = bytes.subarray(digestLength, end);
    return deserialize(bytes.subarray(end));
  };
  const resumedFrom = async (stored: Stored): Promise<string[]> => {
    const [folder, body] = [newFolder(), Buffer.concat([header, serialize(stored)])];
    const checkpoint = await checkpointIn(folder, spec);
    mkdirSync(path.dirname(checkpoint), { recursive: true });
    writeFileSync(checkpoint, Buffer.concat([Buffer.from(sha256(body)), body]));
    return hashes((await ensureTrained(folder, spec)).folder);
  };
  const [midway, end] = [await stoppedAfter(10), await stoppedAfter(20)];
  assert.deepEqual(await resumedFrom(midway), whole);
  for (const part of Object.keys(midway.state).filter(reads)) {
    const stored = part === "radius" ? end : midway; // a step begins with r: only measuring needs the last one's
    const { [part]: _, ...rest } = stored.state;
    const state = ["params", "m", "v"].includes(part) ? { ...rest, [part]: {} } : rest;
    assert.notDeepEqual(await resumedFrom({ ...stored, state }), whole, part);
  }
}

test("the time of the steps by part counts what was done before an interruption", async (t) => {
  let now = 0;
  t.mock.method(performance, "now", () => {
    now += 1000; // each reading is a second later: equal steps take equal times
    return now;
  });
  const spec = smallSpec({ number: 9 });
  const whole = await ensureTrained(newFolder(), spec);
  const folder = newFolder();
  await assert.rejects(ensureTrained(folder, spec, stopAfter(15))); // a checkpoint was just written
  const resumed = await ensureTrained(folder, spec);
  assert.equal(whole.record.secondsByPart.tau, 20);
  assert.deepEqual(resumed.record.secondsByPart, whole.record.secondsByPart);
});

test("trace.arrow has the losses, the adaptive quantities and the counts of a step, and nothing else", async () => {
  const { folder } = await ensureTrained(newFolder(), actingSpec());
  const table = await readTable(path.join(folder, "trace.arrow"));
  const ofMethods = ["auxiliaryLoss", "l0Penalty", "directionPenalty"];
  const losses = ["loss", "reconstruction", "sparsityPenalty", "orthogonalityPenalty", ...ofMethods];
  const thresholds = ["threshold", "keepThreshold", "dead"];
  const chosen = ["pairs", "pairsKept", ...thresholds, "meanRadius", "losers", "pruned", "reallocated"];
  const others = ["activeFraction", "l0", "learningRate", "lambda1", "tau"];
  assert.deepEqual(
    table.schema.fields.map(({ name }) => name),
    ["step", ...losses, ...others, ...chosen, "gradientNorm"],
  );
});

test("a run whose addition does nothing says so: its trajectory is that of the run before", async () => {
  const folder = newFolder();
  const flags = async (number: number) => (await ensureTrained(folder, smallSpec({ number }))).record.flags;
  assert.equal((await flags(0)).identicalToPredecessor, null, "Run 0 has no predecessor");
  assert.equal((await flags(1)).identicalToPredecessor, false);
  const eight = await flags(8);
  assert.equal(eight.identicalToPredecessor, null, "Run 7 was not trained");
  const nine = await flags(9); // every feature is important enough here: Run 9 reallocates nothing, so it is Run 8
  assert.deepEqual([nine.reallocated, nine.identicalToPredecessor], [0, true]);
});

test("a run that changes features in its last step alone is not said to have changed nothing", async () => {
  const folder = newFolder();
  const [three, four] = [
    await ensureTrained(folder, smallSpec({ steps: 5, number: 3 })),
    await ensureTrained(folder, smallSpec({ steps: 5, number: 4 })), // prunes at step 5, after its loss
  ];
  const losses = async (training: Training) => (await traceOf(training)).map(({ loss }) => loss);
  assert.deepEqual(await losses(four), await losses(three));
  assert.ok(four.record.flags.pruned > 0);
  assert.notEqual(four.record.final.loss, three.record.final.loss);
  assert.equal(four.record.flags.identicalToPredecessor, false);
});

test("killed by SIGKILL and run again, a training in which all acts writes the bytes of an uninterrupted one", async () => {
  const [steps, folder] = [200, newFolder()];
  const child = spawn(process.execPath, [
    "--import",
    "tsx",
    path.join(packageFolder, "test", "helpers", "training-child.ts"),
    folder,
    `${steps}`,
  ]);
  let seen = 0;
  const ended = await new Promise((resolve, reject) => {
    child.stdout.on("data", (text: Buffer) => {
      seen += String(text).split("\n").length - 1;
      if (seen > steps / 4) child.kill("SIGKILL");
    });
    child.on("exit", (_code, signal) => resolve(signal));
    child.on("error", reject);
  });
  assert.equal(ended, "SIGKILL");
  const said: string[] = [];
  const report = { line: (text: string) => said.push(text), bar: () => ({ advance() {}, finish() {} }) };
  const resumed = await ensureTrained(folder, actingSpec({ steps }), { report });
  const [, from] = said.join().match(/going on from step (\d+)/)!;
  const whole = await ensureTrained(newFolder(), actingSpec({ steps }));
  assert.deepEqual(hashes(resumed.folder), hashes(whole.folder));
  const trace = await traceOf(resumed);
  const [killed, last] = [trace[Number(from) - 1], trace[steps - 1]];
  for (const { losers, pairs } of [killed, last]) assert.ok(losers > 0 && pairs > 0);
  for (const count of ["pruned", "reallocated"] as const)
    assert.ok(killed[count] > 0 && last[count] > killed[count], `${count} on both sides of step ${from}`);
});

test("a finished training is loaded; one that would take its place is refused, unless it is to", async () => {
  const folder = newFolder();
  assert.equal((await ensureTrained(folder, smallSpec())).isNew, true);
  assert.equal((await ensureTrained(folder, smallSpec())).isNew, false);
  const spec = smallSpec();
  const other = { ...spec, activations: { ...spec.activations, key: "other" } };
  for (const [changed, found] of [
    [
      other,
      /run-0\/seed-42: expected the training that is there \(data "small"\), found one with data "other"\. Name another/,
    ],
    [
      smallSpec({ steps: 25 }),
      /expected the training that is there \(steps 20\), found one with steps 25\. Name another folder/,
    ],
  ] as const) {
    await assert.rejects(ensureTrained(folder, changed), { failure: "usage", message: found });
    assert.equal((await ensureTrained(folder, smallSpec())).isNew, false, "it is still there");
  }
  const forced = await ensureTrained(folder, smallSpec({ steps: 25 }), { force: true });
  assert.deepEqual([forced.isNew, forced.record.steps], [true, 25]);
});

test("a checkpoint says of which training it is and how far that has come, before all else", async () => {
  const [folder, spec] = [newFolder(), smallSpec({ number: 3 })];
  await assert.rejects(ensureTrained(folder, spec, stopAfter(12)));
  const { key, ...header } = (await readCheckpointHeader(await checkpointIn(folder, spec)))!;
  assert.match(key, /^[0-9a-f]{16}$/);
  assert.deepEqual(header, { run: { number: 3, name: "correlation-pairs" }, layer: 6, seed: 42, steps: 20, step: 10 });
  for (const text of ["", "no checkpoint", `${"0".repeat(64)}{"key": 1}\n`]) {
    const file = path.join(folder, "other");
    writeFileSync(file, text);
    assert.equal(await readCheckpointHeader(file), undefined, text);
  }
});

test("a damaged checkpoint is not believed: the training begins anew, with the same result", async () => {
  const folder = newFolder();
  await assert.rejects(ensureTrained(folder, smallSpec(), stopAfter(12)));
  const checkpoint = await checkpointIn(folder, smallSpec());
  const bytes = readFileSync(checkpoint);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(checkpoint, bytes);
  const resumed = await ensureTrained(folder, smallSpec());
  assert.deepEqual(hashes(resumed.folder), hashes((await ensureTrained(newFolder(), smallSpec())).folder));
});

test("training frees every tensor and every byte it took", async () => {
  await ensureTrained(newFolder(), smallSpec());
  const { numTensors, numBytes } = tf.memory();
  await ensureTrained(newFolder(), smallSpec({ steps: 50 }));
  assert.deepEqual([tf.memory().numTensors, tf.memory().numBytes], [numTensors, numBytes]);
});

test("a NaN among the vectors stops the training and names step and row: no rate would help", async () => {
  const spec = smallSpec();
  const load = async () => {
    const activations = await spec.activations.load();
    return { ...activations, train: activations.train.map(() => Number.NaN) };
  };
  await assert.rejects(ensureTrained(newFolder(), { ...spec, activations: { key: "nan", load } }), {
    failure: "usage",
    message: "step 1, h: expected finite numbers, found NaN in row 0",
  });
});

test("a loss that is not finite stops the training and names step and term", async () => {
  await assert.rejects(
    ensureTrained(newFolder(), onLongerVectors(smallSpec(), 1e25, "train")),
    (error: SncError) => error.exitCode === 7 && /step 1: reconstruction is Infinity/.test(error.message),
  );
});

test("of a step's quantities the first that is not finite is named; one that there is not is none", () => {
  const terms = { reconstruction: 1, sparsityPenalty: 2, orthogonalityPenalty: 3, threshold: null };
  requireFinite(7, terms);
  for (const name of Object.keys(terms))
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => requireFinite(7, { ...terms, [name]: value, loss: value }), {
        message: new RegExp(`^step 7: ${name} is ${value}\\.`),
        failure: "diverged",
      });
});

/** The training of `spec` on vectors that are this many times as long. */
function onLongerVectors(spec: TrainingSpec, factor: number, part: "train" | "test"): TrainingSpec {
  const load = async () => {
    const activations = (await spec.activations.load()) as HeldActivations;
    return { ...activations, [part]: activations[part].map((value) => value * factor) };
  };
  return { ...spec, activations: { key: `${factor} times`, load } };
}

test("a gradient that is not finite stops the training in its own step, be it the last and the loss finite", async () => {
  await assert.rejects(
    ensureTrained(newFolder(), onLongerVectors(smallSpec({ steps: 1 }), 1e18, "train")),
    (error: SncError) => error.exitCode === 7 && /step 1: gradientNorm is Infinity/.test(error.message),
  );
});

test("a measurement that is not finite stops the training", async () => {
  await assert.rejects(
    ensureTrained(newFolder(), onLongerVectors(smallSpec(), 1e20, "test")),
    (error: SncError) => error.exitCode === 7 && /step 0: loss is Infinity/.test(error.message),
  );
});

test("what is written agrees: trace has every step, metrics every interval, weights are the trained ones", async () => {
  const { folder, record } = await ensureTrained(newFolder(), smallSpec({ steps: 22 }));
  const trace = rowsOf<StepRecord>(await readTable(path.join(folder, "trace.arrow")));
  assert.deepEqual(
    trace.map((row) => row.step),
    Array.from({ length: 22 }, (_, i) => i + 1),
  );
  const metrics = rowsOf(await readTable(path.join(folder, "metrics.arrow")));
  assert.deepEqual(
    metrics.map((row) => row.step),
    [0, 5, 10, 15, 20, 22],
  );
  assert.equal(record.final.loss, metrics.at(-1)?.loss);
  const density = rowsOf(await readTable(path.join(folder, "density.arrow")));
  assert.equal(
    density.reduce((sum, bin) => sum + bin.features!, 0),
    record.d_sae,
    "each feature is in one bin",
  );
  assert.ok((metrics.at(-1)?.loss ?? 0) < (metrics[0].loss ?? 0), "training lowers the test loss");
  const weights = await openSafetensors(path.join(folder, "weights.safetensors"));
  const W_dec = await weights.readFloat32("W_dec");
  await weights.close();
  for (let row = 0; row < 12; row++)
    assert.ok(Math.abs(Math.hypot(...W_dec.subarray(row * 12, row * 12 + 12)) - 1) < 1e-5, "unit decoder rows");
});
