import type { TrainedTables } from "../experiment/results/tables.js";
import { checkClaims, fells } from "./check.js";
import type { Claim, FrontierClaim, MeasuredClaim, StatementClaim } from "./claim.js";
import { plantedFrontier } from "./frontier.js";
import type { Measurement } from "./measure.js";
import { fewestSeeds } from "./numbers.js";
import { quantity } from "./quantities.js";
import { statements } from "./statements.js";
import type { Verdict } from "./verdict.js";

/** One mutation of the tables and the verdict it must lead to. */
export interface SelfTestRow {
  claim: string;
  mutation: string;
  expected: string;
  found: Verdict;
  passed: boolean;
}

/**
 * Mutates measured tables and checks that verdicts turn: a claim holds where its quantity is as claimed, differs where it
 * is not, and is left open with too few seeds or seeds too far apart. Contradictions, which no table decides, are left out.
 */
export function selfTest(claims: readonly Claim[], measurement: Measurement): SelfTestRow[] {
  const complete = completed(measurement);
  return claims.flatMap((claim) => {
    const alone = { ...claim, contradiction: undefined, controls: undefined };
    return mutationsOf(claim, complete).map(({ mutation, expected, ...changed }) => {
      const [{ verdict }] = checkClaims([alone], [alone], { ...complete, ...changed });
      return { claim: claim.id, mutation, expected, found: verdict, passed: expected === verdict };
    });
  });
}

function mutationsOf(claim: Claim, complete: Measurement): Mutation[] {
  if (claim.kind === "statement") return statementMutations(claim, complete);
  return claim.kind === "frontier" ? frontierMutations(claim, complete) : measuredMutations(claim, complete);
}

/** The controls of one claim: how many it is put to, how many could have failed, and what it is worth after them. */
export interface ControlRow {
  claim: string;
  verdict: Verdict;
  computed: number;
  couldFail: number;
  failed: number;
  /** The controls that it falls to; "survived", or "untested" where no control could have made it fail. */
  result: string;
}

/** To how many controls each claim was put, on the tables as they were measured. */
export function controlRows(claims: readonly Claim[], measurement: Measurement): ControlRow[] {
  return checkClaims(claims, claims, { ...measurement, study: undefined }).map(({ claim, verdict, controls }) => {
    const computed = controls.filter((finding) => finding.verdict !== null);
    const couldFail = computed.filter((finding) => finding.couldFail);
    const failed = controls.filter(fells);
    const unfailed =
      couldFail.length > 0 ? "survived" : computed.length < controls.length ? "not computed" : "untested";
    const result = failed.map(({ control }) => control).join(", ") || unfailed;
    return {
      claim: claim.id,
      verdict,
      computed: computed.length,
      couldFail: couldFail.length,
      failed: failed.length,
      result,
    };
  });
}

interface Mutation extends Partial<Pick<Measurement, "tables" | "frontier">> {
  mutation: string;
  expected: Verdict;
}

/** The tables with copies in place of runs, layers and seeds that were not trained, so that every claim can be measured. */
function completed({ tables, scope, readings }: Measurement): Measurement {
  const seeds = Array.from({ length: fewestSeeds }, (_, i) => i);
  const copies = scope.layersOf("all").flatMap((layer) =>
    Array.from({ length: 10 }, (_, number) => {
      const ofRun = tables.filter(({ record }) => record.run.number === number);
      const like = ofRun.find(({ record }) => record.layer === layer) ?? ofRun[0] ?? tables[0];
      return seeds.map((seed) => ({
        ...like,
        record: { ...like.record, layer, seed, run: { ...like.record.run, number } },
      }));
    }).flat(),
  );
  return { readings, scope, tables: copies };
}

function statementMutations({ test, runs }: StatementClaim, { tables }: Measurement): Mutation[] {
  if (test === null) return [];
  return [
    { mutation: "broken", expected: "differs", tables: statements[test].broken(tables) },
    { mutation: "a run missing", expected: "not measurable here", tables: without(tables, runs[0]) },
  ];
}

function frontierMutations(claim: FrontierClaim, { scope, tables }: Measurement): Mutation[] {
  const [layer] = scope.layersOf(claim.layer);
  const planted = (ahead: number) => plantedFrontier({ layer, d_sae: tables[0].record.d_sae }, claim, ahead);
  const { points, ...of } = planted(0.1);
  return [
    { mutation: "as claimed", expected: "holds", frontier: planted(0.1) },
    { mutation: "contrary", expected: "differs", frontier: planted(-0.1) },
    { mutation: "all alike", expected: "inconclusive", frontier: planted(0) },
    {
      mutation: "a seed missing",
      expected: "inconclusive",
      frontier: { ...of, points: points.filter(({ seed }) => seed !== 0) },
    },
    {
      mutation: "a method missing",
      expected: "inconclusive",
      frontier: { ...of, points: points.filter(({ method }) => method !== claim.than[0]) },
    },
    { mutation: "nothing trained", expected: "not measurable here", frontier: undefined },
  ];
}

const without = (tables: readonly TrainedTables[], run: number): TrainedTables[] =>
  tables.filter(({ record }) => record.run.number !== run);

function measuredMutations(claim: MeasuredClaim, measurement: Measurement): Mutation[] {
  const { claimed, contrary } = extremes(claim);
  const plantedIn = (tables: TrainedTables, value: number): TrainedTables =>
    quantity(claim.quantity).planted(tables, value, measurement.readings);
  const planted = (valuesOf: (seed: number) => Values): TrainedTables[] =>
    measurement.tables.map((tables) => {
      const { run, layer, seed } = tables.record;
      const layerAt = measurement.scope.layersOf(claim.layer).indexOf(layer);
      return plantedIn(tables, valuesOf(seed)(run.number, layerAt));
    });
  const asClaimed = planted(() => claimed);
  const mutations: Mutation[] = [
    { mutation: "as claimed", expected: "holds", tables: asClaimed },
    { mutation: "contrary", expected: "differs", tables: planted(() => contrary) },
    { mutation: "a run missing", expected: "not measurable here", tables: without(asClaimed, claim.runs[0]) },
  ];
  if (claim.kind === "exact") return mutations;
  return [
    ...mutations,
    { mutation: "seeds apart", expected: "inconclusive", tables: planted((seed) => (seed === 0 ? contrary : claimed)) },
    {
      mutation: "a seed missing",
      expected: "inconclusive",
      tables: asClaimed.filter(({ record }) => record.seed !== 0),
    },
  ];
}

/** The value a quantity is given in a run, on the layer at this place of the claim's. */
type Values = (run: number, layerAt: number) => number;

/** Values under which a claim must hold, and under which it must differ. */
function extremes(claim: MeasuredClaim): { claimed: Values; contrary: Values } {
  if (claim.kind === "order") {
    const groupOf = (run: number): number => claim.order.findIndex((runs) => runs.includes(run));
    const values = claim.stated?.values ?? claim.order.map((_, group) => 0.2 + 0.1 * group);
    return { claimed: (run) => values[groupOf(run)], contrary: (run) => values[values.length - 1 - groupOf(run)] };
  }
  if (claim.kind === "bound") {
    const [below, above] = claim.value === 0 ? [0, 0.5] : [claim.value / 2, claim.value * 2];
    const at = (value: number): Values =>
      claim.over === "range" ? (_run, layerAt) => 0.3 + (layerAt > 0 ? value : 0) : () => value;
    const [inside, outside] = claim.operator.startsWith("<") ? [below, above] : [above, below];
    return { claimed: at(inside), contrary: at(outside) };
  }
  const [value, far] =
    claim.kind === "close" ? [claim.stated, claim.stated + 3 * claim.tolerance] : [claim.value, 2 * claim.value];
  return { claimed: () => value, contrary: () => far };
}
