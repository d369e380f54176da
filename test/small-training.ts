import { profiles } from "../src/profiles.js";
import { stream } from "../src/random.js";
import { run } from "../src/runs.js";
import type { TrainingSpec } from "../src/training.js";

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
