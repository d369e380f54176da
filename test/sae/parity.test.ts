/**
 * The training step against float64 traces of an independent implementation: every JSON in the folder PARITY_FIXTURES
 * (default test/fixtures/parity) is replayed in float32 and must agree to 1e-4 of each quantity's largest value.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import * as m from "../../src/mechanisms/index.js";
import type { Method } from "../../src/method.js";
import type { Params } from "../../src/sae/params.js";
import { disposeState, initialState, readParams } from "../../src/sae/state.js";
import { trainStep } from "../../src/train.js";
import { withBackend } from "../backend.js";

interface Weights {
  We: number[][];
  Wd: number[][];
  be: number[];
  bd: number[];
}
interface Trace {
  cfg: Record<string, number | string | boolean>;
  init: Weights;
  steps: (Record<"loss" | "recon" | "l1" | "frac" | "lr" | "lambda1" | "gnorm", number> & {
    x: number[][];
    imp: number[];
  })[];
  final: Weights;
}

const folder = process.env.PARITY_FIXTURES ?? path.join(__dirname, "..", "fixtures", "parity");
const tolerance = 1e-4;

withBackend();

const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
assert.ok(files.length > 0, `no traces in ${folder}`);
for (const file of files)
  test(file, (t) => {
    const trace: Trace = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
    if (trace.cfg.run !== 0) return t.skip("only Run 0 is implemented");
    const { warmup, lr, eps, lambda1 } = trace.cfg as Record<string, number>;
    const [beta1, beta2] = String(trace.cfg.betas).split(",").map(Number);
    const method = methodOf(trace.cfg);
    const initial = tensors(trace.init);
    const s = initialState(initial, { lambda1, activityWindow: 1000 });
    tf.dispose(Object.values(initial));

    for (const [i, expected] of trace.steps.entries()) {
      const h = tf.tensor2d(expected.x);
      const optimization = { learningRate: lr, warmupSteps: warmup, beta1, beta2, epsilon: eps };
      const record = trainStep(s, method, h, optimization);
      h.dispose();
      const at = `step ${i + 1}`;
      near(record.loss, expected.loss, `${at}: loss`);
      near(record.reconstruction, expected.recon, `${at}: reconstruction`);
      near(record.sparsityPenalty, expected.l1, `${at}: sparsity penalty`);
      near(record.activeFraction, expected.frac, `${at}: active fraction`);
      near(record.learningRate, expected.lr, `${at}: learning rate`);
      near(record.gradientNorm, expected.gnorm, `${at}: gradient norm`);
      near(record.lambda1, expected.lambda1, `${at}: λ₁`);
      allNear([...s.importance!], expected.imp, `${at}: I`);
    }
    const final = tf.tidy(() => {
      const p = readParams(s);
      return { We: p.W_enc.arraySync(), Wd: p.W_dec.arraySync(), be: p.b_enc.arraySync(), bd: p.b_dec.arraySync() };
    });
    for (const name of ["We", "Wd", "be", "bd"] as const)
      allNear(final[name].flat(), trace.final[name].flat(), `final ${name}`);
    disposeState(s);
  });

/** The method that a trace's constants describe. */
function methodOf(cfg: Trace["cfg"]): Method {
  const reconstructions = { sq_sum: "squared", l2: "norm", sq_mean: "meanSquared" } as const;
  return {
    sparsity: m.constantSparsity(cfg.lambda1 as number),
    importance: m.momentumImportance({ beta: cfg.imp_beta as number }),
    reconstruction: reconstructions[cfg.recon as keyof typeof reconstructions],
  };
}

const tensors = ({ We, Wd, be, bd }: Weights): Params => ({
  W_enc: tf.tensor2d(We),
  W_dec: tf.tensor2d(Wd),
  b_enc: tf.tensor1d(be),
  b_dec: tf.tensor1d(bd),
});

const near = (actual: number, expected: number, what: string): void => allNear([actual], [expected], what);

/** Largest difference relative to the largest expected value. */
function allNear(actual: number[], expected: number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...actual.map((a, i) => Math.abs(a - expected[i])));
  assert.ok(difference <= tolerance * largest, `${what}: differs by ${difference} where the largest is ${largest}`);
}
