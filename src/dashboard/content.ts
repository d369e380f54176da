import { readEvaluation, type SourceProbe } from "../experiment/results/evaluation.js";
import { loadTokenBytes } from "../model/tokenizer/token-bytes.js";
import type { DashboardContent, ProbingWeight } from "./page-data.js";
import type { TrainingFeatures } from "./training.js";

/** All that the page of these features shows. */
export async function contentOf({ dashboard, texts, folder }: TrainingFeatures): Promise<DashboardContent> {
  const evaluation = await readEvaluation(folder);
  const probing = evaluation && probingWeights(evaluation.record.probes, dashboard.features.length);
  return { dashboard, bytesOf: await loadTokenBytes(texts.model), probing };
}

/** Of each feature the largest weight, by size, that a probe of one source gave it; null where none chose it. */
function probingWeights(probes: readonly SourceProbe[], count: number): (ProbingWeight | null)[] {
  const largest: (ProbingWeight | null)[] = new Array(count).fill(null);
  for (const { source, features, weights } of probes)
    for (const [i, feature] of features.entries())
      if (Math.abs(weights[i]) > Math.abs(largest[feature]?.weight ?? 0))
        largest[feature] = { source, weight: weights[i] };
  return largest;
}
