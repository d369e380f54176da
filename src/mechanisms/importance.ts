import { belowOne, oneOf, optionsOf } from "../base/checks.js";
import { type Observed, type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

/** Reading R7: what ‖f_i‖ in Eq. 6 is, for each feature over the batch [d_sae]. */
export type ImportanceNorm = "batchL2" | "meanAbs" | "rms" | "decoderNorm" | "frequency";

const importanceNorms = {
  batchL2: ({ squares }: Observed) => squares.map(Math.sqrt),
  meanAbs: (seen: Observed) => sums(seen).map((sum) => sum / seen.tokens), // f ≥ 0
  rms: ({ squares, tokens }: Observed) => squares.map((sum) => Math.sqrt(sum / tokens)),
  decoderNorm: (seen: Observed) => Float64Array.from(seen.decoderNorms()),
  frequency: ({ firing, tokens }: Observed) => Float64Array.from(firing, (count) => count / tokens), // exact: equal I tie
} satisfies Record<ImportanceNorm, (seen: Observed) => Float64Array>;

const options = optionsOf("momentumImportance", { beta: belowOne, norm: oneOf(...Object.keys(importanceNorms)) });

/** Eq. 6: I ← βI + (1 − β)‖f_i‖, starting at its first value; β in [0, 1). */
export const momentumImportance = ({
  beta = paper.importance.beta,
  norm = "batchL2",
}: {
  beta?: number;
  norm?: ImportanceNorm;
} = {}): Rule<Float64Array> =>
  rule("momentumImportance", "Eq. 6", options({ beta, norm }), ({ importance }, seen) => {
    const norms = importanceNorms[norm](seen);
    return importance ? norms.map((value, i) => beta * importance[i] + (1 - beta) * value) : norms;
  });

/** Σ f of each feature over the batch [d_sae]. */
function sums({ values, firing }: Observed): Float64Array {
  const sums = new Float64Array(firing.length);
  for (let at = 0; at < values.length; ) for (let i = 0; i < sums.length; i++, at++) sums[i] += values[at];
  return sums;
}
