import { type PointEstimate, pointEstimate } from "../claims/check.js";
import type { Claim } from "../claims/claim.js";
import type { Measurement } from "../claims/measure.js";
import type { TrainedTables } from "../experiment/results/tables.js";
import { describeFlags } from "../measure/idle.js";
import { paper } from "../paper.js";
import { type Readings, readings } from "../readings.js";
import { reportChoices } from "./choices.js";
import type { ComputedUniverse } from "./document.js";
import { plannedRuns, type Universe } from "./plan.js";
import { readingsOf } from "./runs.js";

/** The paper's layer whose claims are asked: the one in the middle. */
const askedLayer = paper.layers[1];

/** Claims about runs that every universe trains, on the layer in the middle, that the paper itself does not contradict. */
export const askedClaims = (claims: readonly Claim[]): Claim[] =>
  claims.filter(
    ({ layer, runs, kind, contradiction }) =>
      layer === askedLayer &&
      kind !== "frontier" &&
      contradiction === undefined &&
      runs.length > 0 &&
      runs.every((run) => plannedRuns.some((planned) => planned === run)),
  );

/** Whose tables they are, on which layer, and which runs diverged. */
interface Of {
  universe: Pick<Universe, "choices">;
  layer: number;
  lost: readonly number[];
}

/** What a universe says of each claim that its tables can answer, and which of its mechanisms did nothing. */
export function answersOf(
  claims: readonly Claim[],
  all: readonly TrainedTables[],
  { universe, layer, lost }: Of,
): Pick<ComputedUniverse, "answers" | "measures" | "idle"> {
  const tables = all.map(({ evaluation: _, ...of }) => of); // the default alone may have been evaluated
  const own = readingsOf(universe.choices);
  const ask = (under: Readings) => answers(claims, { tables, readings: under, scope: scopeOn(layer) }, lost);
  const byDefault = ask(own);
  const measures: ComputedUniverse["measures"] = {};
  for (const [reading, [, ...others]] of Object.entries(reportChoices))
    for (const value of others) {
      const under = ask(readings({ ...own, [reading]: value }));
      const changed = Object.entries(under).filter(([id, { value: found }]) => found !== byDefault[id]?.value);
      measures[`${reading} = ${value}`] = Object.fromEntries(changed);
    }
  // A universe's run is compared with the paper's of its number, which is no mechanism's doing.
  const alone = { identicalToPredecessor: null, firstActed: null };
  const idle = tables.map(
    ({ record: { run, flags } }) => [run.number, describeFlags({ ...flags, ...alone }, run)] as const,
  );
  return { answers: byDefault, measures, idle: Object.fromEntries(idle.filter(([, said]) => said.length > 0)) };
}

/** A claim of a run that diverged is not satisfied. */
function answers(
  claims: readonly Claim[],
  measurement: Measurement,
  lost: readonly number[],
): Record<string, PointEstimate> {
  const found: Record<string, PointEstimate> = {};
  for (const claim of claims) {
    const answer = claim.runs.some((run) => lost.includes(run))
      ? { value: null, isSo: false }
      : pointEstimate(claim, measurement);
    if (answer) found[claim.id] = answer;
  }
  return found;
}

const scopeOn = (layer: number): Measurement["scope"] => ({
  isPaperScale: false,
  text: "",
  layersOf: (of) => (of === askedLayer ? [layer] : []),
});
