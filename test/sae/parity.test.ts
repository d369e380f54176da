/**
 * The training step against float64 traces of an independent implementation: every JSON in the folder PARITY_FIXTURES
 * (default test/fixtures/parity) is replayed in float32 and must agree to 1e-4 of each quantity's largest value. Under
 * importance dec_norm every I is 1 up to rounding: from Run 4 on rounding decides who of a pair is pruned and who is above
 * the percentile, here and in the trace, and the two need not agree.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { stream } from "../../src/base/random.js";
import { type Method, type Observed, type Rule, rule } from "../../src/method.js";
import { coFiringCorrelations } from "../../src/sae/correlations/co-firing.js";
import { correlated, correlationReadings } from "../../src/sae/correlations/correlation.js";
import { countFiring } from "../../src/sae/correlations/firing.js";
import { correlationsOf } from "../../src/sae/correlations/selection.js";
import type { Params } from "../../src/sae/params.js";
import { disposeState, initialState, readWeights, type TrainState } from "../../src/sae/state.js";
import { trainStep } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";
import { fixtures } from "../helpers/paths.js";
import { compared, methodOf, type Trace, type Weights } from "../helpers/trace.js";

const folder = process.env.PARITY_FIXTURES ?? path.join(fixtures, "parity");
const tolerance = 1e-4;

withBackend();

const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
assert.ok(files.length > 0, `no traces in ${folder}`);
for (const file of files) {
  const trace: Trace = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
  test(file, () => compared(trace.cfg, () => replay(trace)));
  for (const way of ["co-firing", "dense"] as const)
    test(`${file}, T_k by the ${way} way`, () =>
      compared(trace.cfg, () => replay(trace, selectingBy(way, methodOf(trace.cfg)))));
}

test("a trace that asks for what the step does not do fails and says what that is", () => {
  const trace: Trace = JSON.parse(readFileSync(path.join(fixtures, "parity", "run-9.json"), "utf8"));
  const asking = { ...trace, cfg: { ...trace.cfg, imp_init: "zero", h_bias_correct: true } };
  asking.steps = trace.steps.map((expected) => ({ ...expected, imp: expected.imp.map((I) => I / 2) }));
  assert.throws(
    () => compared(asking.cfg, () => replay(asking)),
    /^AssertionError.*: not done here: cfg\.imp_init = zero, cfg\.h_bias_correct = true\. step 1: I: differs/,
  );
  const unknown = { ...trace, cfg: { ...trace.cfg, pen_f: "encoder" } };
  assert.throws(() => replay(unknown), /cfg\.pen_f: expected one of decoder,same, found encoder/);
});

/** The method with its correlations computed one way, whichever the number of pairs that fire together speaks for. */
function selectingBy(way: "co-firing" | "dense", method: Method): Method {
  const { vectors, divisors } = correlated[correlationReadings[method.correlation].select];
  if (!divisors) return method; // there is one way alone
  const seenBy = (seen: Observed): Observed => {
    const { values, f } = seen;
    const d_sae = f.shape[1];
    const chosen =
      way === "dense"
        ? correlationsOf(vectors(f, {} as Params).X)
        : coFiringCorrelations(values, d_sae, divisors(countFiring(values, d_sae).squares, values.length / d_sae));
    const penalised = method.correlation === "hybrid" ? seen.penalised : () => chosen;
    return { ...seen, correlations: () => chosen, penalised };
  };
  const seeing = <T>(decide: Rule<T>): Rule<T> =>
    rule(decide.ruleName, decide.source, decide.options, (s, seen) => decide(s, seenBy(seen)));
  return {
    ...method,
    pairs: seeing(method.pairs),
    tau: seeing(method.tau),
    prune: seeing(method.prune),
  };
}

function replay({ cfg, init, steps, final }: Trace, method = methodOf(cfg)): void {
  const { warmup, lr, eps, lambda1, tau0 } = cfg as Record<string, number>;
  const [beta1, beta2] = String(cfg.betas).split(",").map(Number);
  const initial = tensors(init);
  const s = initialState(initial, {
    lambda1,
    tau: tau0,
    activityWindow: 1000,
    random: stream(0, "rebirth").state(),
  });
  tf.dispose(Object.values(initial));

  for (const [i, expected] of steps.entries()) {
    const at = `step ${i + 1}`;
    const h = tf.tensor2d(expected.x);
    const optimization = { learningRate: lr, warmupSteps: warmup, beta1, beta2, epsilon: eps };
    const record = trainStep(s, method, h, optimization);
    h.dispose();
    near(record.reconstruction, expected.recon, `${at}: reconstruction`);
    near(record.sparsityPenalty, expected.l1, `${at}: sparsity penalty`);
    assert.deepEqual(pairsOf(s), expected.pairs, `${at}: T_k`);
    near(record.orthogonalityPenalty, expected.pen, `${at}: orthogonality penalty`);
    near(record.loss, expected.loss, `${at}: loss`);
    near(record.activeFraction, expected.frac, `${at}: active fraction`);
    near(record.learningRate, expected.lr, `${at}: learning rate`);
    near(record.gradientNorm, expected.gnorm, `${at}: gradient norm`);
    near(record.tau, expected.tau, `${at}: τ`);
    near(record.lambda1, expected.lambda1, `${at}: λ₁`);
    allNear([...s.importance!], expected.imp, `${at}: I`);
    assert.deepEqual([...s.alive], expected.alive.map(Number), `${at}: alive`);
    if (expected.H) allNear([...s.coactivation.values()], expected.H.flat(), `${at}: H`);
    if (expected.radius_mean !== null) near(record.meanRadius, expected.radius_mean, `${at}: mean radius`);
    assert.deepEqual(
      [record.pruned, record.reallocated],
      [expected.pruned, expected.realloc],
      `${at}: pruned, reallocated`,
    );
    if (expected.weights_after) continueFrom(s, expected.weights_after); // it drew other random directions
  }
  const found = tf.tidy(() => {
    const p = readWeights(s);
    return { We: p.W_enc.arraySync(), Wd: p.W_dec.arraySync(), be: p.b_enc.arraySync(), bd: p.b_dec.arraySync() };
  });
  for (const name of ["We", "Wd", "be", "bd"] as const)
    allNear(found[name].flat(), final[name].flat(), `final ${name}`);
  disposeState(s);
}

const pairsOf = ({ pairs: { i, j } }: TrainState): [number, number][] => Array.from(i, (first, p) => [first, j[p]]);

const tensors = ({ We, Wd, be, bd }: Weights): Params => ({
  W_enc: tf.tensor2d(We),
  W_dec: tf.tensor2d(Wd),
  b_enc: tf.tensor1d(be),
  b_dec: tf.tensor1d(bd),
});

function continueFrom(s: TrainState, weights: Weights): void {
  const values = tensors(weights);
  for (const name of ["W_enc", "W_dec", "b_enc", "b_dec"] as const) s.params[name].assign(values[name]);
  tf.dispose(Object.values(values));
}

const near = (actual: number, expected: number, what: string): void => allNear([actual], [expected], what);

/** Largest difference relative to the largest expected value. */
function allNear(actual: number[], expected: number[], what: string): void {
  assert.equal(actual.length, expected.length, what);
  const largest = Math.max(...expected.map(Math.abs));
  const difference = Math.max(...actual.map((a, i) => Math.abs(a - expected[i])));
  assert.ok(difference <= tolerance * largest, `${what}: differs by ${difference} where the largest is ${largest}`);
}
