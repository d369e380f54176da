import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { tinyShape, writeMadeUpPile, writeRandomGemma } from "../../proofs/paper-inputs.js";
import { isNative } from "../../src/backend/native.js";
import { sha256 } from "../../src/base/files.js";
import { measurementOf } from "../../src/claims/result-set.js";
import { readPiece } from "../../src/data/activations/pieces.js";
import { openExperiment } from "../../src/experiment/experiment.js";
import { batches } from "../../src/experiment/training/steps.js";
import { withBackend } from "../helpers/backend.js";
import { snc } from "../helpers/command-line.js";
import { program } from "../helpers/paths.js";

/*
 * The paper's profile from the command line to finished trainings, on a random Gemma-2 as deep as layer 19 and 32 wide, and
 * made-up texts in the Pile's form. `npm run proof:paper` does the same at Gemma-2-2B's width.
 */

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-paper-"));
after(() => rmSync(root, { recursive: true }));
const [modelDir, pileDir] = [path.join(root, "model"), path.join(root, "pile")];
before(async () => {
  await writeRandomGemma(modelDir, tinyShape, 60_000); // in several files
  await writeMadeUpPile(path.join(pileDir, "00.jsonl"), 12);
});

const folders = ["--model-dir", modelDir, "--pile-dir", pileDir];
/** A first fill of 24 contexts is 3048 vectors: a refill comes after 13 of 30 steps, and one more. */
const size = ["--sequences", "16,4", "--buffer", "24"];
const train = (...args: string[]): string[] => {
  const common = ["--seed", "42", "--jobs", "1", ...(args.includes("--steps") ? [] : ["--steps", "30"])];
  return ["train", "--profile", "paper", ...folders, ...size, ...common, ...args];
};

/** A cache and a folder of results of their own. */
const environment = (name: string) => ({
  SNC_CACHE: path.join(root, name, "cache"),
  SNC_RESULTS: path.join(root, name, "results"),
});

async function trained(name: string, ...args: string[]) {
  const ended = await snc(train(...args), environment(name));
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

const setOf = (name: string): string => path.join(root, name, "results", "latest");
const trace = (name: string, place: string): string =>
  sha256(readFileSync(path.join(setOf(name), "runs", place, "seed-42", "trace.arrow")));
/** The pieces of a layer that are in the cache. */
function piecesOf(name: string, layer: number, split: string): string[] {
  const activations = path.join(root, name, "cache", "activations");
  const [key] = readdirSync(activations);
  return readdirSync(path.join(activations, key, `layer-${layer}`)).filter(
    (file) => file.startsWith(split) && file.endsWith(".arrow"),
  );
}

test("the paper's profile trains on its three layers, from a first fill and refills, in float32", async () => {
  const { stderr } = await trained("stream", "--run", "0,9");
  assert.match(stderr, /activations: 64 sequences in float32, \S+ GB a layer, \S+ GB for 3/);
  const said = stderr.split("\n").filter((line) => /GB for 3|^activations of layer/.test(line));
  assert.match(said[0], /GB for 3/, "the size is said first");
  assert.match(
    said[1],
    /layer 5, 12, 19: 8192\/8192/,
    "32 sequences for the first fill and 32 for testing in one pass",
  );
  assert.match(said[2], /layer 5, 12, 19: 4096\/4096/, "32 more for a refill while training, for all layers");
  assert.equal(said.length, 3, "then they are there for every other training");
  const identity = JSON.parse(readFileSync(path.join(setOf("stream"), "experiment.json"), "utf8"));
  const { steps, sequences, buffer, d_in, d_sae } = identity;
  assert.deepEqual([steps, sequences, buffer, d_in, d_sae], [30, [16, 4], 24, 32, 32]);
  assert.match(identity.inputs["gemma-2-2b/model-00002-of-00006.safetensors"], /^sha256:[0-9a-f]{64}$/);
  for (const layer of [5, 12, 19]) {
    const record = path.join(setOf("stream"), "runs", `layer-${layer}`, "run-9", "seed-42", "run.json");
    const { d_in, d_sae, steps } = JSON.parse(readFileSync(record, "utf8"));
    assert.deepEqual([d_in, d_sae, steps], [32, 32, 30]);
    assert.equal(piecesOf("stream", layer, "train").length, 2);
    assert.equal(piecesOf("stream", layer, "test").length, 1);
  }
});

test("stored as a whole in float32 or streamed: the same steps; stored in bfloat16: others, near them", async () => {
  await trained("stored", "--run", "0", "--layer", "12", "--store", "float32");
  assert.equal(piecesOf("stored", 12, "train").length, 4, "128 sequences in passes of 32");
  assert.equal(trace("stored", "layer-12/run-0"), trace("stream", "layer-12/run-0"));
  await trained("half", "--run", "0", "--layer", "12", "--store", "bfloat16");
  assert.notEqual(trace("half", "layer-12/run-0"), trace("stream", "layer-12/run-0"));
  const final = (name: string): number =>
    JSON.parse(readFileSync(path.join(setOf(name), "runs/layer-12/run-0/seed-42/run.json"), "utf8")).final.loss;
  assert.ok(Math.abs(final("half") / final("stream") - 1) < 0.01, `${final("half")} and ${final("stream")}`);
});

test("the model's vectors in bfloat16 products are others, near them, and never pass for those in float32", async (t) => {
  if (!isNative()) return t.skip("no bfloat16 here");
  const captured = async (precision: string) => {
    const command = ["activations", "--profile", "paper", ...folders, ...size, "--layers", "12", "--format", "json"];
    const { code, stdout, stderr } = await snc([...command, "--precision", precision], environment("precision"));
    assert.equal(code, 0, stderr);
    const { key, layers } = JSON.parse(stdout);
    return { key, vectors: readPiece(path.join(layers[0].folder, "test-00000.arrow"), 32) };
  };
  const [exact, rounded] = [await captured("float32"), await captured("bfloat16")];
  assert.notEqual(exact.key, rounded.key);
  const norm = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
  const off = norm(rounded.vectors.map((x, i) => x - exact.vectors[i])) / norm(exact.vectors);
  assert.ok(off > 2 ** -10 && off < 0.1, `${off}`);
});

/** Runs the training and kills it as soon as `isTime`. */
async function killedWhen(name: string, isTime: () => boolean, args: string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, ...environment(name) },
    stdio: "ignore",
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on("exit", (_, signal) => resolve(signal)));
  while (child.exitCode === null && !isTime()) await sleep(1);
  child.kill("SIGKILL");
  assert.equal(await ended, "SIGKILL", "it was still at work");
}

/** Whether a file of this name is below a folder, into which a process is writing: what goes while it is read is not there. */
function below(folder: string, pattern: RegExp): boolean {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).some((file) => pattern.test(file));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOENT");
    return false;
  }
}

test("killed while it captures, then while it trains, and run again: the bytes of an uninterrupted training", async () => {
  const cut = train("--run", "9", "--steps", "60", "--layer", "12");
  const whole = await snc(cut, environment("whole"));
  assert.equal(whole.code, 0, whole.stderr);
  const { SNC_CACHE: cache, SNC_RESULTS: results } = environment("killed");
  await killedWhen("killed", () => below(cache, /layer-12.test-00000.arrow$/), cut);
  assert.ok(!below(results, /trace.arrow$/));
  await killedWhen("killed", () => below(results, /layer-12.*checkpoint.bin$/), cut);
  assert.ok(!below(results, /layer-12.*trace.arrow$/));
  const resumed = await snc(cut, environment("killed"));
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stderr, /layer 12, seed 42: going on from step \d+/);
  assert.equal(trace("killed", "layer-12/run-9"), trace("whole", "layer-12/run-9"));
});

test("the first fill is centred and E‖h‖² = 1 over it; no verdict is at the paper's scale: these are not its weights", async () => {
  const given = {
    ...environment("stream"),
    ...{ SNC_MODEL_DIR: modelDir, SNC_PILE_DIR: pileDir },
  };
  Object.assign(process.env, given);
  after(() => {
    for (const name of Object.keys(given)) delete process.env[name];
  });
  const experiment = await openExperiment({ profile: "paper", steps: 30, sequences: [16, 4], buffer: 24 });
  const activations = await experiment.activations(12);
  const [d, rows] = [activations.d_in, activations.train.length / activations.d_in];
  assert.deepEqual([d, rows, activations.test.length / d], [32, 24 * 127, 32 * 127]); // without <bos>
  let square = 0;
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let i = 0; i < rows; i++) mean += activations.train[i * d + j] / rows;
    assert.ok(Math.abs(mean) < 1e-5, `mean ${mean}`);
  }
  for (const h of activations.train) square += h * h;
  assert.ok(Math.abs(square / rows - 1) < 1e-5, String(square / rows));
  const piecewise = activations.test.subarray(31 * d, 33 * d);
  assert.deepEqual(piecewise, activations.test.subarray().subarray(31 * d, 33 * d));
  const batch = batches(activations, await experiment.spec(0, 12, 42))(0);
  assert.deepEqual(batch.shape, [125, 32]);
  batch.dispose();
  const { scope, tables } = await measurementOf(experiment);
  assert.ok(tables.length > 0);
  assert.equal(scope.isPaperScale, false);
  assert.equal(scope.text, "at the scale of a model that is not Gemma-2-2B, 30 steps");
});

test("what is only for the paper's profile is refused elsewhere, and folders without what they should have are named", async () => {
  const elsewhere = await snc(["train", "--profile", "smoke", "--model-dir", modelDir], environment("none"));
  assert.equal(elsewhere.code, 2);
  assert.match(elsewhere.stderr, /^--model-dir: expected the profile paper, found smoke$/m);
  const without = await snc(
    ["train", "--profile", "paper", "--model-dir", modelDir, "--pile-dir", path.join(root, "none")],
    environment("none"),
  );
  assert.equal(without.code, 5);
  assert.match(without.stderr, /none: expected the Pile's texts/);
  const short = await snc(["train", "--profile", "paper", ...folders], environment("none"));
  assert.equal(short.code, 5);
  assert.match(short.stderr, /Github: \d+ and \d+ in 12 documents/);
});
