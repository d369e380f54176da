import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { batches, optimizationOf, startingState } from "../../src/experiment/training/steps.js";
import { type SecondsByPart, stopwatch, timed, trainTimed } from "../../src/measure/timing.js";
import { describe, type Method, type Observed, rule } from "../../src/method.js";
import { run } from "../../src/runs.js";
import { disposeState, type TrainState } from "../../src/sae/state.js";
import { train } from "../../src/train.js";
import { withBackend } from "../helpers/backend.js";
import { smallSpec } from "../helpers/small-training.js";

withBackend();

/** A clock that only `work` moves. */
function fakeClock(t: TestContext): (milliseconds: number) => void {
  let now = 0;
  t.mock.method(performance, "now", () => now);
  return (milliseconds) => {
    now += milliseconds;
  };
}

test("a stopwatch counts each moment for the innermost part alone, also when that throws", (t) => {
  const work = fakeClock(t);
  const seconds: SecondsByPart = { outer: 1 };
  const during = stopwatch(seconds);
  const value = during("outer", () => {
    work(250);
    assert.throws(() =>
      during("inner", () => {
        work(4000);
        throw new Error("stops");
      }),
    );
    work(500);
    return during("inner", () => 7);
  });
  work(1000); // in no part
  assert.equal(value, 7);
  assert.deepEqual(seconds, { outer: 1.75, inner: 4 });
});

test("a timed method is the same method; what its rules ask for counts for the slot that asks first", (t) => {
  const work = fakeClock(t);
  let computed = false;
  const correlations = (): void => {
    if (!computed) work(500);
    computed = true;
  };
  const asking = <T>(value: T) =>
    rule("asking", "", { value: 1 }, (): T => {
      correlations();
      work(250);
      return value;
    });
  const sparsity = { lambda1: 0.04, activeFraction: undefined };
  const method: Method = { ...run(0).method, tau: asking(0.3), sparsity: asking(sparsity) };
  const seconds: SecondsByPart = {};
  const measured = timed(method, stopwatch(seconds));
  assert.deepEqual(describe(measured), describe(method));
  assert.equal(measured.tau({} as TrainState, {} as Observed), 0.3);
  assert.equal(measured.sparsity({} as TrainState, {} as Observed), sparsity);
  assert.deepEqual(seconds, { tau: 0.75, sparsity: 0.25 });
});

test("trainTimed takes the steps of train, and its parts add up to the time they took", async () => {
  const spec = smallSpec({ number: 9 });
  const activations = await spec.activations.load();
  const optimization = { ...optimizationOf(spec.profile), steps: 12 };
  const [a, b] = [startingState(activations.d_in, spec), startingState(activations.d_in, spec)];
  const plain = [...train(a, spec.run.method, batches(activations, spec), optimization)];
  const seconds: SecondsByPart = {};
  const startedAt = performance.now();
  const timedSteps = [...trainTimed(b, spec.run.method, batches(activations, spec), optimization, seconds)];
  const took = (performance.now() - startedAt) / 1000;
  assert.deepEqual(timedSteps, plain);
  const slots = Object.entries(spec.run.method).filter(([, value]) => typeof value === "function");
  assert.deepEqual(Object.keys(seconds).sort(), [...slots.map(([slot]) => slot), "autoencoder", "batch"].sort());
  const sum = Object.values(seconds).reduce((total, part) => total + part, 0);
  assert.ok(sum <= took && sum > took / 2, `${sum} s of ${took} s`);
  disposeState(a);
  disposeState(b);
});
