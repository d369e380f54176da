import { stream } from "../../src/base/random.js";
import type { TrainingOptions, TrainingSpec } from "../../src/experiment/training/spec.js";
import * as m from "../../src/mechanisms/index.js";
import type { Method } from "../../src/method.js";
import { methodNamed } from "../../src/methods/index.js";
import type { MethodName } from "../../src/methods/names.js";
import { profiles } from "../../src/profiles.js";
import { run } from "../../src/runs.js";

const d_in = 12;

/** A training small enough for a unit test: 12 wide, batches of 10, a checkpoint every 5 steps. */
export function smallSpec({ steps = 20, seed = 42, number = 0 } = {}): TrainingSpec {
  const random = stream(9, "activations");
  const vectors = (count: number): Float32Array =>
    Float32Array.from({ length: count * d_in }, () => random.normal() / Math.sqrt(d_in));
  const activations = { d_in, train: vectors(64), test: vectors(30) };
  return {
    run: run(number, { pruneEvery: 5, reallocateAfter: 5 }),
    layer: 6,
    seed,
    init: "tied",
    profile: { ...profiles.smoke, steps, batchSize: 10, interval: 5, warmupSteps: steps },
    activations: { key: "small", load: async () => activations },
  };
}

/** Run 9 with constants by which every mechanism acts within a few steps of so few features, and goes on to. */
export function actingSpec(options: { steps?: number; seed?: number } = {}): TrainingSpec {
  const spec = smallSpec({ ...options, number: 9 });
  const method: Method = {
    ...spec.run.method,
    sparsity: m.adaptiveSparsity({ momentum: 0.9 }),
    importance: m.momentumImportance({ beta: 0.5 }),
    prune: m.pruneCorrelated({ threshold: 0.6, every: 5, protectAbove: 0.9 }),
    coactivation: m.momentumCoactivation({ beta: 0.8 }),
    radius: m.adaptiveRadius({ rMax: 6 }),
    reallocate: m.reallocateInactive({ theta: 0.1, after: 4 }),
  };
  return { ...spec, run: { ...spec.run, method } };
}

/** Another method at these sizes, with constants by which all that it has acts within a few steps. */
export function methodSpec(name: MethodName): TrainingSpec {
  const spec = smallSpec();
  const method = methodNamed(name, { k: 1, steps: 20, interval: 4 });
  const acting: Partial<Method> = {
    ...(name === "jump-relu" && { keep: m.jumpRelu({ theta: 0.05, bandwidth: 0.1 }) }),
    ...(name === "ort-sae" && { directions: m.orthogonalChunks({ gamma: 1, size: 5 }) }),
  };
  return { ...spec, run: { number: 0, name: `small-${name}`, method: { ...method, ...acting } } };
}

/** Stops a training after this many of its steps. */
export function stopAfter(steps: number): TrainingOptions {
  const controller = new AbortController();
  let seen = 0;
  const advance = (): void => {
    if (++seen === steps) controller.abort();
  };
  return { signal: controller.signal, report: { line() {}, bar: () => ({ advance, finish() {} }) } };
}
