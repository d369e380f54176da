import type { Interval } from "../base/interval.js";
import type { FrontierQuantity } from "../frontier/curve.js";
import type { Frontier } from "../frontier/document.js";
import { atL0, l0OfMost, type PairedDifference, pairedDifference } from "../frontier/equal-l0.js";
import { type FrontierMethod, frontierMethodNames, frontierMethods } from "../frontier/levels.js";
import type { FrontierClaim } from "./claim.js";
import { intervalText } from "./judge.js";
import { fewestSeeds, short } from "./numbers.js";
import type { Verdict } from "./verdict.js";

/** A verdict and why. */
interface Judged {
  verdict: Verdict;
  because: string;
}

/** What a run is compared with: by the claim's own quantity, and, of controls that learn less, by what they explain. */
interface Rival {
  method: FrontierMethod;
  quantity: FrontierQuantity;
  better: FrontierClaim["better"];
}

/** A run against one rival: how much better it is, seed by seed. */
interface Comparison extends PairedDifference {
  rival: FrontierMethod;
}

/**
 * One of the runs is better than each of the methods by the claim's quantity, and explains more variance than what learns less, at the
 * L0 at which most of them can be compared. It differs where each of the runs is worse than one of them.
 */
export function checkFrontier(claim: FrontierClaim, frontier: Frontier | undefined, layers: readonly number[]): Judged {
  const open = (because: string): Judged => ({ verdict: "not measurable here", because });
  if (!frontier) return open("the methods that it is compared with are not trained. Run: snc frontier");
  if (!layers.includes(frontier.layer))
    return open(`the frontier is of layer ${frontier.layer}, the sentence of layer ${layers.join(", ")}`);
  const rivals = rivalsOf(claim);
  const runsAt = (l0: number): ComparedRun[] =>
    claim.runs.map((run) => ({ run, comparisons: compared(run, rivals, frontier, l0) }));
  const l0 = l0OfMost(frontier.d_sae, (l0) => runsAt(l0).reduce((sum, { comparisons }) => sum + comparisons.length, 0));
  const known = runsAt(l0).filter(({ comparisons }) => comparisons.length > 0);
  if (known.length === 0) return open("at no L0 do the curves of its runs and of other methods meet");
  return judged(known, { l0, rivals });
}

/** A run of the paper and what it is compared with. */
interface ComparedRun {
  run: number;
  comparisons: Comparison[];
}

/** A run against the rivals at an L0 whose curves reach it as its own does. */
function compared(run: number, rivals: readonly Rival[], { points }: Frontier, l0: number): Comparison[] {
  return rivals.flatMap(({ method, quantity, better }) => {
    const of = [`run-${run}` as FrontierMethod, method];
    const [ours, theirs] = of.map((one) => atL0(points, { method: one, l0, quantity }));
    const difference = ours && theirs && pairedDifference(ours, theirs);
    return difference ? [{ rival: method, ...(better === "higher" ? difference : turned(difference)) }] : [];
  });
}

const rivalsOf = ({ than, quantity, better }: FrontierClaim): Rival[] => [
  ...than.map((method): Rival => ({ method, quantity, better })),
  ...floors.map((method): Rival => ({ method, quantity: "fractionVarianceExplained", better: "higher" })),
];

/** Controls that learn less: what is not better than they are has shown nothing. */
const floors = frontierMethodNames.filter((method) => frontierMethods[method].kind === "floor");

const turned = ({ mean, interval, ...difference }: PairedDifference): PairedDifference => ({
  ...difference,
  mean: -mean,
  interval: interval && { low: -interval.high, high: -interval.low },
});

function judged(runs: readonly ComparedRun[], { l0, rivals }: { l0: number; rivals: readonly Rival[] }): Judged {
  const lowest = ({ comparisons }: ComparedRun): Comparison =>
    comparisons.reduce((least, one) => (one.mean < least.mean ? one : least));
  const texts = runs.map((of) => {
    const { rival, mean, interval } = lowest(of);
    const within = interval ? ` ${intervalText(interval)}` : "";
    return `Run ${of.run} ${short(mean)}${within} against ${frontierMethods[rival].label}`;
  });
  const lacking = rivals.filter(
    ({ method }) => !runs.some(({ comparisons }) => comparisons.some(({ rival }) => rival === method)),
  );
  const names = lacking.map(({ method }) => frontierMethods[method].label).join(", ");
  const because =
    `at L0 = ${l0}, better by this much than the method that is nearest to it or ahead of it: ${texts.join("; ")}` +
    (lacking.length > 0 ? `; not compared, for their curves do not reach this L0: ${names}` : "");
  if (runs.some(({ comparisons }) => comparisons.some(({ n }) => n < fewestSeeds)))
    return { verdict: "inconclusive", because: `${because}; ${fewestSeeds} seeds are needed for an interval` };
  const isBest = ({ comparisons }: ComparedRun): boolean =>
    comparisons.length === rivals.length && comparisons.every(({ interval }) => isAbove(interval));
  const areWorse = runs.every(({ comparisons }) => comparisons.some(({ interval }) => isBelow(interval)));
  return { verdict: runs.some(isBest) ? "holds" : areWorse ? "differs" : "inconclusive", because };
}

const isAbove = (interval: Interval | null): boolean => interval !== null && interval.low > 0;
const isBelow = (interval: Interval | null): boolean => interval !== null && interval.high < 0;

/** A frontier on which the runs of the claim are as far ahead of every other method as this, by its quantity and by what they explain. */
export function plantedFrontier(
  { layer, d_sae }: Pick<Frontier, "layer" | "d_sae">,
  claim: FrontierClaim,
  ahead: number,
): Frontier {
  const sign = claim.better === "higher" ? 1 : -1;
  const points = frontierMethodNames.flatMap((method) => {
    const isOurs = claim.runs.some((run) => method === `run-${run}`);
    return Array.from({ length: fewestSeeds }, (_, seed) =>
      [1, d_sae].map((l0) => {
        const by = isOurs ? ahead : 0;
        const values = { fractionVarianceExplained: 0.5 + by, [claim.quantity]: 0.5 + sign * by };
        return { ...blank, ...values, method, level: String(l0), seed, l0 };
      }),
    ).flat();
  });
  return { layer, modelName: "planted", steps: 1, d_sae, points };
}

const blank = {
  ...{ fractionVarianceExplained: null, nearestDecoderCosine: null, meanDecoderCosine: null, pearsonAboveChance: null },
  ...{ utilization: null, millisecondsPerStep: null, flopsPerStep: null },
};
