import { stream } from "../../src/base/random.js";
import type { TrainingLossRow } from "../../src/figures/training-loss.js";

const names = [
  "baseline",
  "selective orthogonality",
  "adaptive constraint",
  "correlation pairs",
  "pruning",
  "importance",
  "adaptive sparsity",
  "local competition",
  "adaptive neighbourhoods",
  "reallocation",
];

/** Made-up losses that fall and jitter as a training does: `runs` runs of `seeds` seeds. */
export function lossTable(runs: number, seeds: number, steps: number): TrainingLossRow[] {
  const rows: TrainingLossRow[] = [];
  for (let run = 0; run < runs; run++)
    for (let seed = 42; seed < 42 + seeds; seed++) {
      const noise = stream(seed, `run ${run}`);
      for (let step = 1; step <= steps; step++) {
        const done = step / steps;
        const loss = 0.4 + 0.02 * run + 1.4 * Math.exp(-5 * done * done - done) + 0.02 * noise.normal();
        rows.push({ run, runName: names[run], seed, layer: 6, step, loss });
      }
    }
  return rows;
}
