import { type Observed, type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

/** Reading R7: what ‖f_i‖ in Eq. 6 is, for each feature over the batch [d_sae]. */
export const importanceNorms = {
  batchL2: ({ f }: Observed) => f.norm(2, 0).dataSync<"float32">(),
  meanAbs: ({ f }: Observed) => f.mean(0).dataSync<"float32">(), // f ≥ 0
  rms: ({ f }: Observed) => f.square().mean(0).sqrt().dataSync<"float32">(),
  decoderNorm: (seen: Observed) => seen.decoderNorms(),
  frequency: ({ firing, tokens }: Observed) => Float64Array.from(firing, (count) => count / tokens), // exact: equal I tie
} as const;
export type ImportanceNorm = keyof typeof importanceNorms;

/** Eq. 6: I ← βI + (1 − β)‖f_i‖, starting at its first value. */
export const momentumImportance = ({
  beta = paper.importance.beta,
  norm = "batchL2",
}: {
  beta?: number;
  norm?: ImportanceNorm;
} = {}): Rule<Float64Array> =>
  rule("momentumImportance", "Eq. 6", { beta, norm }, ({ importance }, seen) => {
    const norms = Float64Array.from(importanceNorms[norm](seen));
    return importance ? norms.map((value, i) => beta * importance[i] + (1 - beta) * value) : norms;
  });
