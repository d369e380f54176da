/**
 * Methods other than the paper's against float64 traces of an independent implementation: every JSON in the folder METHOD_FIXTURES
 * (default test/fixtures/methods) is replayed in float32 and must agree to 1e-4 of each quantity's largest value. Chunks are taken
 * from the trace: what they were dealt by is not ours.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../src/backend/ops.js";
import { stream } from "../../src/base/random.js";
import { featuresOf } from "../../src/features.js";
import * as m from "../../src/mechanisms/index.js";
import { type Method, rule } from "../../src/method.js";
import { methodNamed } from "../../src/methods/index.js";
import { type MethodName, methodNames } from "../../src/methods/names.js";
import { decode } from "../../src/sae/forward.js";
import { type Params, type PerWeight, paramsOf } from "../../src/sae/params.js";
import { disposeState, initialState, readWeights, type TrainState } from "../../src/sae/state.js";
import { type StepRecord, trainStep } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";
import { fixtures } from "../helpers/paths.js";

const folder = process.env.METHOD_FIXTURES ?? path.join(fixtures, "methods");
const tolerance = 1e-4;

interface Weights {
  We: number[][];
  Wd: number[][];
  be: number[];
  bd: number[];
  theta?: number[];
}

interface Step {
  x: number[][];
  loss: number;
  recon: number;
  l1: number;
  pen: number;
  aux: number;
  l0: number;
  kept: number;
  dead?: number;
  frac: number;
  imp: number[];
  lr: number;
  gnorm: number;
  chunks?: number[][];
  threshold?: number;
}

interface Trace {
  cfg: Record<string, number | string | boolean>;
  init: Weights;
  steps: Step[];
  final: Weights;
  measured: { recon: number; l0: number };
}

withBackend();

const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
assert.ok(files.length > 0, `no traces in ${folder}`);
for (const file of files) {
  const trace: Trace = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
  test(file, () => replay(trace));
}

test(
  "every method has a trace",
  { skip: process.env.METHOD_FIXTURES !== undefined && "other traces were asked for" },
  () => assert.deepEqual(files.map((file) => path.basename(file, ".json")).sort(), [...methodNames].sort()),
);

const numberOf = (cfg: Trace["cfg"], name: string): number => {
  if (typeof cfg[name] !== "number") throw new Error(`cfg.${name}: expected a number, found ${cfg[name]}`);
  return cfg[name];
};

/** The method that a trace is of, with its constants; the chunks of a step are those that it names. */
function methodOf(cfg: Trace["cfg"], chunks: () => number[][]): Method {
  const number = (name: string): number => numberOf(cfg, name);
  const method = methodNamed(cfg.method as MethodName, { k: Number(cfg.k), lambda1: number("lambda1") });
  return {
    ...method,
    importance: m.momentumImportance({ beta: number("imp_beta"), norm: "batchL2" }),
    ...("theta0" in cfg && { keep: m.jumpRelu({ theta: number("theta0"), bandwidth: number("bandwidth") }) }),
    ...("sparsity_warmup" in cfg && { l0: m.l0Target({ k: number("k"), warmup: number("sparsity_warmup") }) }),
    ...("threshold_beta" in cfg && { keep: m.batchTopK({ k: number("k"), beta: number("threshold_beta") }) }),
    ...("deadAfter" in cfg && {
      auxiliary: m.reviveDead({ after: number("deadAfter"), weight: number("aux_weight") }),
    }),
    ...("kfrac" in cfg && { pairs: m.allPairs({ fraction: number("kfrac"), atLeast: number("kmin") }) }),
    ...("chunk_size" in cfg && { directions: chunksOf(number("chunk_size"), number("gamma_orth"), chunks) }),
  };
}

/** Our rule, its chunks those of the trace, which are as many and as large as ours would be. */
function chunksOf(size: number, gamma: number, chunks: () => number[][]): Method["directions"] {
  const ours = m.orthogonalChunks({ size, gamma });
  return rule(ours.ruleName, ours.source, ours.options, (s) => {
    const drawn = ours(s, undefined);
    assert.deepEqual(
      drawn?.chunks.map(({ length }) => length).sort(),
      chunks()
        .map(({ length }) => length)
        .sort(),
    );
    return drawn && { ...drawn, chunks: chunks().map((chunk) => Int32Array.from(chunk).sort()) };
  });
}

function replay({ cfg, init, steps, final, measured }: Trace): void {
  const number = (name: string): number => numberOf(cfg, name);
  const [beta1, beta2] = String(cfg.betas).split(",").map(Number);
  const optimization = {
    learningRate: number("lr"),
    warmupSteps: number("warmup"),
    beta1,
    beta2,
    epsilon: number("eps"),
  };
  let step = steps[0];
  const method = methodOf(cfg, () => step.chunks ?? []);
  const initial = tensors(init);
  const s = initialState(initial, {
    lambda1: number("lambda1"),
    tau: Number(cfg.tau0 ?? 0.1),
    activityWindow: 1000,
    random: stream(0, "rebirth").state(),
  });
  tf.dispose(Object.values(initial));
  for (const [i, expected] of steps.entries()) {
    step = expected;
    const h = tf.tensor2d(expected.x);
    agree(trainStep(s, method, h, optimization), expected, s, cfg, `step ${i + 1}`);
    h.dispose();
  }
  const weights = scoped(() =>
    Object.fromEntries(Object.entries(readWeights(s)).map(([name, w]) => [name, [...w.dataSync()]])),
  );
  for (const [name, value] of Object.entries(flat(final))) allNear(weights[name], [...value], `final ${name}`);
  scoped(() => {
    const h = tf.tensor2d(steps[steps.length - 1].x);
    const params = readWeights(s);
    const { f } = featuresOf(s, method, params, h);
    const error = tf.sum(tf.squaredDifference(h, decode(params, f))).dataSync()[0];
    near(error / h.shape[0], measured.recon, "measured: reconstruction");
    near(tf.sum(tf.cast(tf.greater(f, 0), "float32")).dataSync()[0] / h.shape[0], measured.l0, "measured: L0");
  });
  disposeState(s);
}

function agree(record: StepRecord, expected: Step, s: TrainState, cfg: Trace["cfg"], at: string): void {
  const d_sae = s.alive.length;
  near(record.reconstruction, expected.recon, `${at}: reconstruction`);
  near(record.sparsityPenalty, expected.l1, `${at}: sparsity penalty`);
  const pairs = (record.orthogonalityPenalty * Number(cfg.N_pairs ?? 0)) / Number(cfg.k_pairs ?? 1);
  near(pairs + record.l0Penalty + record.directionPenalty, expected.pen, `${at}: penalty`);
  near(record.auxiliaryLoss * Number(cfg.aux_weight ?? 0), expected.aux, `${at}: auxiliary loss`);
  near(record.loss, expected.loss, `${at}: loss`);
  assert.equal(Math.round(record.l0 * expected.x.length), expected.kept, `${at}: kept`);
  near(record.activeFraction * d_sae, expected.l0, `${at}: L0`);
  near(record.activeFraction, expected.frac, `${at}: active fraction`);
  assert.equal(record.dead ?? undefined, expected.dead, `${at}: dead`);
  near(record.learningRate, expected.lr, `${at}: learning rate`);
  near(record.gradientNorm, expected.gnorm, `${at}: gradient norm`);
  allNear([...s.importance!], expected.imp, `${at}: I`);
  if (expected.threshold !== undefined) near(record.keepThreshold!, expected.threshold, `${at}: θ of measuring`);
}

const flat = ({ We, Wd, be, bd, theta }: Weights): PerWeight<Float32Array> => ({
  ...{ W_enc: Float32Array.from(We.flat()), b_enc: Float32Array.from(be) },
  ...{ W_dec: Float32Array.from(Wd.flat()), b_dec: Float32Array.from(bd) },
  ...(theta && { theta: Float32Array.from(theta) }),
});

const tensors = (weights: Weights): Params =>
  paramsOf({ d_in: weights.bd.length, d_sae: weights.be.length, ...flat(weights) });

const near = (actual: number, expected: number, what: string): void => allNear([actual], [expected], what);

function allNear(actual: number[], expected: number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  const scale = Math.max(...expected.map(Math.abs), 1e-12);
  const differing = actual.findIndex((value, i) => !(Math.abs(value - expected[i]) <= tolerance * scale));
  assert.ok(
    differing < 0,
    `${what}: differs at ${differing}: expected ${expected[differing]}, found ${actual[differing]}`,
  );
}
