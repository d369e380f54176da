import type * as tf from "@tensorflow/tfjs";
import { type Method, type Rule, rule } from "../method.js";
import type { TrainState } from "../sae/state.js";
import { type Optimization, type StepRecord, train } from "../train.js";

/** Seconds of a training's steps by part: the slots of its method, `batch` (drawing it) and `autoencoder` (all else). */
export type SecondsByPart = Record<string, number>;

/** The same method with work beside its decisions, done by `aside`: its time counts for no part. */
export type Beside = (method: Method, aside: (work: () => void) => void) => Method;

/** `train`, step for step the same; adds to `seconds` where the time of its steps goes. */
export function* trainTimed(
  s: TrainState,
  method: Method,
  batch: (t: number) => tf.Tensor2D,
  optimization: Optimization & { steps: number },
  seconds: SecondsByPart,
  beside: Beside = (alone) => alone,
): Generator<StepRecord, void, void> {
  const during = stopwatch(seconds);
  const watched = beside(timed(method, during), (work) => during(undefined, work));
  const steps = train(s, watched, (t) => during("batch", () => batch(t)), optimization);
  while (true) {
    const next = during("autoencoder", () => steps.next());
    if (next.done) return;
    yield next.value;
  }
}

type During = <T>(part: string | undefined, compute: () => T) => T;

/** Runs a part's work and adds its time to `seconds`; while a part inside it runs, only that one's time goes on. No part: none does. */
export function stopwatch(seconds: SecondsByPart): During {
  let running: string | undefined;
  let since = 0;
  const turnTo = (part: string | undefined): void => {
    const now = performance.now();
    if (running !== undefined) seconds[running] = (seconds[running] ?? 0) + (now - since) / 1000;
    [running, since] = [part, now];
  };
  return (part, compute) => {
    const outer = running;
    turnTo(part);
    try {
      return compute();
    } finally {
      turnTo(outer);
    }
  };
}

/**
 * The same method, the time of each rule counted for its slot. What is computed when first asked for, as correlations are,
 * counts for the slot that asks. On a GPU, calls return early: time counts where a result is read back.
 */
export function timed(method: Method, during: During): Method {
  const timedRule = (slot: string, decide: Rule<unknown, unknown>): Rule<unknown, unknown> =>
    rule(decide.ruleName, decide.source, decide.options, (s, seen) => during(slot, () => decide(s, seen)));
  return Object.fromEntries(
    Object.entries(method).map(([slot, value]) => [slot, typeof value === "function" ? timedRule(slot, value) : value]),
  ) as unknown as Method;
}
