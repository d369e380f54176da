import { startingSparsity } from "../mechanisms/sparsity.js";
import type { Run } from "../runs.js";
import type { RunChoice } from "./run-choice.js";
import type { VariationSpec } from "./spec.js";

/**
 * A run with λ₁ multiplied and nothing else: a constant λ₁; of one that adapts, where it starts and both ends of its range. Times 1 it
 * is the run itself.
 */
export const scaledSparsity = (run: Run, factor: number): RunChoice =>
  factor === 1
    ? run.number
    : { run: run.number, name: `run-${run.number}-lambda1-x-${inName(factor)}`, set: settings(run, factor) };

function settings({ method: { sparsity } }: Run, factor: number): VariationSpec["set"] {
  const { min, max } = sparsity.options;
  const start = startingSparsity(sparsity) * factor;
  if (typeof min !== "number" || typeof max !== "number") return { "sparsity.lambda1": start };
  return { "sparsity.min": min * factor, "sparsity.max": max * factor, "sparsity.start": start };
}

const inName = (value: number): string => String(value).replace(".", "-");
