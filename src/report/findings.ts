import { mean } from "../base/mean.js";
import type { CheckedClaim } from "../claims/check.js";
import { short } from "../claims/numbers.js";
import { verdictNames } from "../claims/verdict.js";
import type { ReportedFeatures } from "./features.js";
import type { RunSummary } from "./trainings.js";

/** What findings are drawn from: a part of the report's content. */
export interface FindingSources {
  claims: readonly Pick<CheckedClaim, "claim" | "verdict">[];
  runs: readonly RunSummary[];
  /** Undefined where nothing was evaluated. */
  features: Pick<ReportedFeatures, "evaluated"> | undefined;
  /** The layer that they are of. */
  layer: number;
}

/**
 * What was found, in at most three short paragraphs, each with the numbers of this result set: what became of the central claims,
 * what the last run costs beside the first, and what its correlations and idle mechanisms show. What was not measured is left out.
 */
export function findingsOf(sources: FindingSources): string[] {
  const ofLayer = sources.runs.filter(({ run, layer }) => layer === sources.layer && run.variation === undefined);
  const runs = [...ofLayer].sort((a, b) => a.run.number - b.run.number);
  const paragraphs = [
    [centralClaims(sources.claims)],
    [reconstruction(runs, sources.layer), prediction(runs, sources)],
    [correlation(runs, sources.layer), idleRuns(runs, sources.layer)],
  ];
  return paragraphs.map((sentences) => sentences.filter(Boolean).join(" ")).filter(Boolean);
}

function centralClaims(claims: FindingSources["claims"]): string {
  const central = claims.filter(({ claim }) => claim.weight === "central");
  if (central.length === 0) return "";
  const counts = verdictNames
    .map((name) => ({ name, count: central.filter(({ verdict }) => verdict === name).length }))
    .filter(({ name, count }) => name !== "holds" && count > 0)
    .map(({ name, count }) => `${name} ${count}`);
  const holding = central.filter(({ verdict }) => verdict === "holds").length;
  const others = counts.length === 0 ? "" : ` The verdicts on the others: ${counts.join(", ")}.`;
  return `Of ${central.length} central ${central.length === 1 ? "sentence" : "sentences"} ${holding === 0 ? "none" : holding} ${holding > 1 ? "hold" : "holds"}.${others}`;
}

/** The first run and the last; undefined where there are not two. */
const endsOf = (runs: readonly RunSummary[]): [RunSummary, RunSummary] | undefined =>
  runs.length < 2 ? undefined : [runs[0], runs[runs.length - 1]];

function reconstruction(runs: readonly RunSummary[], layer: number): string {
  const [first, last] = (endsOf(runs) ?? []).map(({ run, final }) => {
    const { fractionVarianceExplained: explained, l0 } = final;
    return explained && l0 && { run: run.number, explained: short(explained.mean), l0: short(l0.mean) };
  });
  if (!first || !last) return "";
  return (
    `On layer ${layer}, Run ${first.run} explains ${first.explained} of the variance with ${first.l0} active features a token; ` +
    `Run ${last.run} explains ${last.explained} with ${last.l0}.`
  );
}

/** What the reconstructions are worth to the model: of the same two runs. */
function prediction(runs: readonly RunSummary[], { features, layer }: FindingSources): string {
  const [first, last] = (endsOf(runs) ?? []).map(({ run: { number } }) => {
    const recovered = (features?.evaluated ?? [])
      .filter(({ training: { record }, isUntrained }) => {
        const { run } = record;
        return !isUntrained && record.layer === layer && run.number === number && run.variation === undefined;
      })
      .flatMap(({ evaluation: { values } }) => values.ceRecovered ?? []);
    return recovered.length === 0 ? undefined : { run: number, recovered: short(mean(recovered)) };
  });
  if (!first || !last) return "";
  return (
    `Run ${first.run} gives the model back ${first.recovered} of the cross entropy that zeros in place of its activations cost, ` +
    `Run ${last.run} ${last.recovered}.`
  );
}

function correlation(runs: readonly RunSummary[], layer: number): string {
  const { run, final } = runs[runs.length - 1] ?? {};
  const { meanActivationCosine: measured, nullActivationCosine: shuffled } = final ?? {};
  if (!run || !measured || !shuffled) return "";
  return (
    `Run ${run.number}'s mean correlation on layer ${layer} is ${short(measured.mean)}. With each feature shuffled over the tokens, ` +
    `which destroys every relation between features, it is ${short(shuffled.mean)}.`
  );
}

function idleRuns(runs: readonly RunSummary[], layer: number): string {
  const idle = runs.filter(({ sameSteps, seeds }) => sameSteps === seeds.length).map(({ run }) => run.number);
  if (idle.length === 0) return "";
  const [who, what] = idle.length === 1 ? ["Run", "takes"] : ["Runs", "take"];
  return `${who} ${idle.join(", ")} on layer ${layer} ${what} exactly the steps of the run before: the added mechanism did nothing.`;
}
