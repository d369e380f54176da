import { checked, unitInterval } from "../base/checks.js";

/** How many features fire how often on the test tokens; one row of density.arrow. Null: no such end. */
export interface DensityRow {
  /** log₁₀ of the share of test tokens on which these features fire, from here … */
  log10From: number | null;
  /** … to below here, the last bin's end included; null for features that never fire. */
  log10To: number | null;
  features: number;
}

/** The bins' edges, log₁₀: −5, −4.75 … 0. */
const edges = Array.from({ length: 21 }, (_, n) => -5 + n / 4);

/**
 * The feature density histogram of the SAE literature: the features of each firing frequency, a share of tokens in [0, 1].
 * Bins are the same whatever the data: never, below 10⁻⁵ but not never, and quarters of a decade up to every token.
 * Throws a usage error for a frequency outside [0, 1].
 */
export function featureDensity(frequencies: readonly number[]): DensityRow[] {
  const bins: DensityRow[] = [
    { log10From: null, log10To: null, features: 0 },
    { log10From: null, log10To: edges[0], features: 0 },
    ...edges.slice(1).map((log10To, n) => ({ log10From: edges[n], log10To, features: 0 })),
  ];
  for (const frequency of frequencies) {
    checked("featureDensity", { frequency }, { frequency: unitInterval });
    bins[binOf(frequency)].features++;
  }
  return bins;
}

/** Which of the bins above a frequency falls into. */
function binOf(frequency: number): number {
  if (frequency === 0) return 0;
  const edgesPassed = edges.filter((edge) => frequency >= 10 ** edge).length;
  return 1 + Math.min(edgesPassed, edges.length - 1);
}
