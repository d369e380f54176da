import { canonicalJson } from "../base/files.js";
import { spreadOf } from "../base/interval.js";
import type { TrainedTables } from "../experiment/results/tables.js";
import type { Frontier } from "../frontier/document.js";
import type { FrontierMethod } from "../frontier/levels.js";
import { firstOtherStep } from "../measure/idle.js";
import { paper } from "../paper.js";
import type { Readings } from "../readings.js";
import { short } from "./numbers.js";
import { pairsOf, selectedOf } from "./pair-counts.js";
import { publishedModels } from "./published-models.js";

/** Whether a statement is so, null where what it speaks of did not happen; and what was found. */
interface Finding {
  isSo: boolean | null;
  found: string;
}

/** Every training was optimized alike, at the stated rate and batch size, and those of a layer on the same activations. */
function sameHyperparameters(tables: readonly TrainedTables[]): Finding {
  const records = tables.map(({ record }) => record);
  const settings = new Set(
    records.map(({ optimization, batchSize, steps, init }) => canonicalJson({ optimization, batchSize, steps, init })),
  );
  const layers = new Set(records.map(({ layer }) => layer));
  const data = new Set(records.map((record) => `${record.layer} ${record.data}`));
  const asStated = records.every(
    ({ optimization, batchSize }) => optimization.learningRate === paper.learningRate && batchSize === paper.batchSize,
  );
  return {
    isSo: settings.size === 1 && data.size === layers.size && asStated,
    found:
      `${counted(settings.size, "setting")} of optimizer, batch size, steps and start in ${counted(tables.length, "training")}, ` +
      `${asStated ? "at" : "not at"} the stated rate and batch size; ${counted(data.size, "set")} of activations, ` +
      `texts and contexts in one, for ${counted(layers.size, "layer")}`,
  };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** No run takes exactly the steps of the run before: what each adds acts. */
function everyRunDiffers(tables: readonly TrainedTables[]): Finding {
  const traces = new Map(tables.map(({ record, trace }) => [placeOf(record), trace]));
  const idle = tables.filter(({ record, trace }) => {
    const before = traces.get(placeOf(record, -1));
    return before !== undefined && firstOtherStep(trace, before) === null;
  });
  const runs = [...new Set(idle.map(({ record }) => record.run.number))];
  return {
    isSo: runs.length === 0,
    found:
      runs.length === 0
        ? "every run took other steps than the run before"
        : `took exactly the steps of the run before, in ${idle.length} trainings: Run ${runs.join(", ")}`,
  };
}

const placeOf = ({ run, layer, seed }: TrainedTables["record"], runsOn = 0): string =>
  `${run.number + runsOn} ${layer} ${seed}`;

/** Where features stay inactive, some are reallocated; where none does, there is nothing to reallocate. */
function reallocatesInactive(tables: readonly TrainedTables[]): Finding {
  const reallocated = tables.map(({ trace }) => trace[trace.length - 1]?.reallocated ?? 0);
  const inactive = tables.map(({ metrics }) =>
    Math.min(...metrics.slice(-2).map((row) => (row.inactive ?? 0) + row.pruned)),
  );
  const left = tables.filter((_, i) => reallocated[i] === 0 && inactive[i] > 0).length;
  return {
    isSo: left > 0 ? false : reallocated.every((count) => count > 0) ? true : null,
    found: `${reallocated.join(", ")} features reallocated; ${inactive.join(", ")} inactive at both of the last two measurements`,
  };
}

/** c̄ of Eq. 3 at every step, where the readings let the penalty's own term say it; null elsewhere. */
function meanCorrelations({ trace }: TrainedTables, { penalty, meanCorrelation }: Readings): number[] | null {
  if (meanCorrelation !== "selected") return null;
  return trace.map(({ pairs, orthogonalityPenalty }) =>
    pairs === 0 ? 0 : penalty === "sum" ? orthogonalityPenalty / pairs : orthogonalityPenalty,
  );
}

/** Beside rounding: a c̄ so near to the target says neither. */
const nearTarget = 1e-3;

/** τ rises only where c̄ is above its target and falls only where it is below, and both happen in every training. */
function tauFollowsCorrelation(tables: readonly TrainedTables[], readings: Readings): Finding {
  const { target, min, max } = paper.tau;
  const counts = tables.map((table) => {
    const correlations = meanCorrelations(table, readings);
    if (correlations === null) return null;
    const steps = table.trace.slice(1).map(({ tau }, i) => ({
      moved: Math.sign(tau - table.trace[i].tau),
      wanted: Math.abs(correlations[i + 1] / target - 1) < nearTarget ? 0 : Math.sign(correlations[i + 1] - target),
    }));
    const count = (is: (step: { moved: number; wanted: number }) => boolean): number => steps.filter(is).length;
    return {
      steps: steps.length,
      against: count(({ moved, wanted }) => moved * wanted < 0),
      below: count(({ wanted }) => wanted < 0),
      rises: count(({ moved, wanted }) => moved > 0 && wanted > 0),
      falls: count(({ moved, wanted }) => moved < 0 && wanted < 0),
    };
  });
  const known = counts.filter((count) => count !== null);
  if (known.length < counts.length) return { isSo: null, found: "c̄ over all pairs (R5) is not recorded" };
  const sum = (of: "steps" | "against" | "below" | "rises" | "falls"): number =>
    known.reduce((total, count) => total + count[of], 0);
  const both = known.every(({ rises, falls }) => rises > 0 && falls > 0);
  return {
    isSo: sum("against") > 0 ? false : both ? true : null,
    found:
      `of ${sum("steps")} steps τ rose in ${sum("rises")} with c̄ above ${target} and fell in ${sum("falls")} with c̄ below; it went ` +
      `against c̄ in ${sum("against")}. c̄ was below ${target} in ${sum("below")}; elsewhere τ stood at an end of [${min}, ${max}]`,
  };
}

/** τ changes, still does in the second half, and never leaves its range. One that stands at an end of it adjusts nothing. */
function tauAdjusts(tables: readonly TrainedTables[]): Finding {
  const { min, max } = paper.tau;
  const changes = tables.map(({ trace }) =>
    trace.flatMap(({ tau, step }, i) => (i > 0 && tau !== trace[i - 1].tau ? [step] : [])),
  );
  const taus = tables.flatMap(({ trace }) => trace.map(({ tau }) => tau));
  const isInside = taus.every((tau) => tau >= min - 1e-6 && tau <= max + 1e-6);
  const lasts = tables.every(({ trace }, i) => (changes[i].at(-1) ?? 0) > trace.length / 2);
  const [low, high] = [taus.reduce((a, b) => Math.min(a, b)), taus.reduce((a, b) => Math.max(a, b))];
  const last = Math.max(0, ...changes.map((steps) => steps.at(-1) ?? 0));
  return {
    isSo: !isInside || changes.some((steps) => steps.length === 0) ? false : lasts ? true : null,
    found: `τ lay within [${short(low)}, ${short(high)}], claimed [${min}, ${max}], and changed last after step ${last} of ${tables[0].trace.length}`,
  };
}

/** Nine runs that each add something to the one before: Run 0 is what they start from. */
function nineRunsAdd(tables: readonly TrainedTables[]): Finding {
  const methods = new Map(tables.map(({ record }) => [record.run.number, canonicalJson(record.method)]));
  const adding = [...methods.keys()].filter((run) => run > 0 && methods.get(run) !== methods.get(run - 1)).sort();
  return {
    isSo: adding.length === 9,
    found: `${adding.length} runs add something to the run before: ${adding.join(", ")}; Run 0 is the baseline, ten in all`,
  };
}

/** T_k of the runs that rank alone holds ten pairs or more at every step: k = max(10, …) is the least it takes. */
function holdsAtLeastTen(tables: readonly TrainedTables[]): Finding {
  const fewest = (of: readonly TrainedTables[]): number =>
    of.flatMap(({ trace }) => trace).reduce((least, { pairs }) => Math.min(least, pairs), Number.POSITIVE_INFINITY);
  const ranking = tables.filter(({ record }) => record.run.number < 3);
  const filtering = tables.filter(({ record }) => record.run.number >= 3);
  const others =
    filtering.length === 0 ? "" : `; from Run 3 on pairs also have to pass μ + 2σ: ${fewest(filtering)} at least`;
  return {
    isSo: fewest(ranking) >= paper.pairs.atLeast,
    found: `T_k held ${fewest(ranking)} pairs at least where it takes the k largest${others}`,
  };
}

/**
 * The share of the multiply-adds of penalising every pair that is left when T_k alone is penalised: for each pair its c_ij, and
 * twice as much for the gradient. All c_ij by the Gram matrix; or those alone of pairs that fire together, which are p² of all.
 */
export function computationLeft(
  d_sae: number,
  activeFraction: number,
): { gram: number; coFiring: number; penalty: number } {
  const penalty = selectedOf(d_sae) / pairsOf(d_sae);
  return { gram: 1 / 3 + penalty, coFiring: activeFraction ** 2 / 3 + penalty, penalty };
}

/** At most a thousandth of the computation is left, by the cheapest way to find T_k exactly that is known here. */
function leavesAThousandth(tables: readonly TrainedTables[], _readings: Readings, frontier?: Frontier): Finding {
  const claimed = 0.001;
  const { target } = paper.adaptiveSparsity;
  const active = tables.map(({ metrics }) => metrics[metrics.length - 1].activeFraction);
  const mean = active.reduce((sum, share) => sum + share, 0) / active.length;
  const at = (d_sae: number, share: number): string => {
    const { gram, coFiring } = computationLeft(d_sae, share);
    const over = (left: number): string => `${percent(left)}, ${short(left / claimed)} times the claim`;
    return `${d_sae} features, ${percent(share)} active: by the Gram matrix ${over(gram)}; among pairs that fire together ${over(coFiring)}`;
  };
  const { width } = publishedModels["Gemma-2-2B"];
  const widths = [tables[0].record.d_sae, width, 8 * width];
  const shares = [target, mean];
  return {
    isSo: Math.min(...shares.map((share) => computationLeft(width, share).coFiring)) <= claimed,
    found:
      `left of the multiply-adds of penalising every pair, claimed ${percent(claimed)}: ` +
      `${widths.flatMap((d_sae) => shares.map((share) => at(d_sae, share))).join(". ")}. ` +
      `Charitably, the penalty's own terms are counted alone: ${percent(computationLeft(width, target).penalty)}, as claimed, once T_k is known. ` +
      `The audit notebook measures the time that is left${frontier ? `. ${timeLeft(frontier)}` : ""}`,
  };
}

const percent = (share: number): string => `${short(100 * share)} %`;

/** What choosing and penalising T_k adds to the time of a step, beside what penalising every pair adds, at the λ₁ of the runs. */
function timeLeft({ points }: Frontier): string {
  const milliseconds = (method: FrontierMethod, at: string): number | undefined => {
    const times = points.flatMap((point) =>
      point.method === method && point.level.endsWith(at) ? (point.millisecondsPerStep ?? []) : [],
    );
    return times.length === 0 ? undefined : spreadOf(times).mean;
  };
  const [relu, all] = (["relu", "all-pairs"] as const).map((of) => milliseconds(of, ` ${paper.sparsityPenalty}`));
  const chosen = milliseconds("run-1", "× 1");
  if (relu === undefined || all === undefined || chosen === undefined)
    return "On the frontier these steps were not timed side by side";
  return (
    `On the frontier a step takes ${short(all)} ms with every pair penalised, ${short(chosen)} with T_k, ${short(relu)} with neither: ` +
    `${percent((chosen - relu) / (all - relu))} of the time is left`
  );
}

/** A statement's test, and tables changed so that it must fail: what the self-test mutates. */
interface StatementTest {
  test(tables: readonly TrainedTables[], readings: Readings, frontier?: Frontier): Finding;
  broken(tables: readonly TrainedTables[]): TrainedTables[];
}

const withTrace = (
  tables: readonly TrainedTables[],
  changes: (i: number) => Partial<TrainedTables["trace"][number]>,
): TrainedTables[] =>
  tables.map((table) => ({ ...table, trace: table.trace.map((row, i) => ({ ...row, ...changes(i) })) }));

/** The tests of statements, by name. */
export const statements = {
  sameHyperparameters: {
    test: sameHyperparameters,
    broken: ([first, ...others]) => [
      { ...first, record: { ...first.record, batchSize: 2 * first.record.batchSize } },
      ...others,
    ],
  },
  everyRunDiffers: {
    test: everyRunDiffers,
    broken: (tables) => tables.map((table) => ({ ...table, trace: tables[0].trace })),
  },
  tauFollowsCorrelation: {
    test: tauFollowsCorrelation,
    // τ rises all the time, and no pair is correlated.
    broken: (tables) => withTrace(tables, (i) => ({ tau: 0.1 + 1e-6 * i, pairs: 10, orthogonalityPenalty: 0 })),
  },
  reallocatesInactive: {
    test: reallocatesInactive,
    broken: (tables) =>
      withTrace(tables, () => ({ reallocated: 0 })).map((table) => ({
        ...table,
        metrics: table.metrics.map((row) => ({ ...row, inactive: 1 })),
      })),
  },
  nineRunsAdd: {
    test: nineRunsAdd,
    broken: (tables) => tables.map((table) => ({ ...table, record: { ...table.record, method: {} } })),
  },
  holdsAtLeastTen: {
    test: holdsAtLeastTen,
    broken: (tables) => withTrace(tables, (i) => ({ pairs: i })),
  },
  leavesAThousandth: {
    test: leavesAThousandth,
    broken: (tables) => [...tables],
  },
  tauAdjusts: {
    test: tauAdjusts,
    broken: (tables) => withTrace(tables, (i) => ({ tau: i })),
  },
} satisfies Record<string, StatementTest>;

export type StatementName = keyof typeof statements;
export const statementNames = Object.keys(statements) as [StatementName, ...StatementName[]];
