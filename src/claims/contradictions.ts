import { paper } from "../paper.js";
import type { Claim, ContradictionName } from "./claim.js";

/** Whether a claim contradicts the rest of the paper, and the calculation that says so. */
export interface Contradiction {
  isSo: boolean;
  calculation: string;
}

/** Width and number of blocks, from the models' published configurations. */
export const publishedModels = { "Gemma-2B": { width: 2048, blocks: 18 }, "Gemma-2-2B": { width: 2304, blocks: 26 } };

const d = publishedModels["Gemma-2-2B"].width;
const pairsOf = (features: number): number => (features * (features - 1)) / 2;
const selectedOf = (features: number): number =>
  Math.max(paper.pairs.atLeast, Math.floor(paper.pairs.fraction * pairsOf(features)));

/** A bound kept on every layer, against what §6.2 states of each. */
function layersBeyondBound(claim: Claim, all: readonly Claim[]): Contradiction {
  const { operator, value } = claim.kind === "bound" ? claim : { operator: "<" as const, value: Number.NaN };
  const said = all.flatMap((other) =>
    other.kind === "close" && other.section === "6.2" && other.quantity === claim.quantity
      ? [{ layer: other.layer, stated: other.stated }]
      : [],
  );
  const isBelow = operator.startsWith("<");
  const beyond = said.filter(({ stated }) => (isBelow ? stated >= value : stated < value));
  const where = beyond.length === 0 ? "none" : beyond.map(({ layer }) => layer).join(" and ");
  return {
    isSo: beyond.length > 0,
    calculation: `§6.2 gives ${said.map(({ layer, stated }) => `${stated} on layer ${layer}`).join(", ")}: ${
      isBelow ? `not below ${value}` : `below ${value}`
    } on ${where}.`,
  };
}

/** "Nine" runs, against the numbers of the runs of §6.1. */
function countOfRuns(claim: Claim, all: readonly Claim[]): Contradiction {
  const runs = [...new Set(all.filter((other) => other.section === "6.1").flatMap((other) => other.runs))].sort();
  const stated = claim.kind === "statement" ? claim.stated : undefined;
  return {
    isSo: runs.length !== stated,
    calculation: `§6.1 numbers its runs ${runs[0]} to ${runs.at(-1)}: ${runs.length}, not ${stated}.`,
  };
}

/** One model's name with the width and a layer of another. */
function namesTwoModels(claim: Claim): Contradiction {
  const width = claim.kind === "exact" ? claim.value : Number.NaN;
  const named = publishedModels["Gemma-2B"];
  const deepest = Math.max(...paper.layers);
  const other = Object.entries(publishedModels).find(([, model]) => model.width === width);
  return {
    isSo: named.width !== width || named.blocks <= deepest,
    calculation:
      `Gemma-2B is ${named.width} wide, not ${width}, and has ${named.blocks} blocks, so none numbered ${deepest}; ` +
      `${width} is the width of ${other?.[0] ?? "none of them"} (${other?.[1].blocks ?? 0} blocks), which is taken here.`,
  };
}

/**
 * "99.9 %" less computation: Eq. 2 computes every c_ij before it can take the largest. To constrain a pair costs its c_ij and
 * two products of the gradient, B multiply-adds each; to rank it only the first.
 */
function selectionCost(claim: Claim): Contradiction {
  const stated = claim.kind === "statement" ? (claim.stated ?? 1) : 1;
  const [pairs, selected] = [pairsOf(d), selectedOf(d)];
  const left = (pairs + 3 * selected) / (3 * pairs);
  return {
    isSo: left > 1 - stated,
    calculation:
      `Eq. 2 ranks all ${count(pairs)} values c_ij of d = ${d} before it takes ${count(selected)}: ${count(pairs * paper.batchSize)} ` +
      `multiply-adds a step at B = ${paper.batchSize}. To constrain all pairs takes their c_ij and twice as much for the gradient; with ` +
      `the ${count(3 * selected * paper.batchSize)} for those it takes, ${percent(left)} of that is left. Only the penalty's own terms are ` +
      `${percent(1 - selected / pairs)} fewer.`,
  };
}

/** O(d log d), against how the pairs of Eq. 2 grow with d. */
function growthOfSelection(): Contradiction {
  const [ranked, kept] = [pairsOf, selectedOf].map((pairs) => pairs(2 * d) / pairs(d));
  const stated = (2 * Math.log(2 * d)) / Math.log(d);
  return {
    isSo: ranked > stated && kept > stated,
    calculation:
      `From d = ${d} to ${2 * d}, d log d grows ${stated.toFixed(2)} times; the c_ij that Eq. 2 ranks grow ${ranked.toFixed(2)} times, ` +
      `and the ${percent(paper.pairs.fraction)} it keeps ${kept.toFixed(2)} times: both as d². No algorithm is given that would find them otherwise.`,
  };
}

/** What happens "early", against how long the training is. */
function earlyIsAll(claim: Claim): Contradiction {
  const stated = claim.kind === "statement" ? (claim.stated ?? 0) : 0;
  return {
    isSo: stated >= paper.steps,
    calculation: `§5.3 trains ${paper.steps} steps in all: after the first ${stated} there are ${Math.max(0, paper.steps - stated)} left in which anything could stabilize.`,
  };
}

/** "Ensures a minimum" number of pairs, against Eq. 2's rank(c_ij) ≤ k, which sets the most. */
function minimumIsMaximum(): Contradiction {
  const equal = new Array<number>(pairsOf(6)).fill(0.5);
  const mean = equal.reduce((sum, c) => sum + c, 0) / equal.length;
  const sd = Math.sqrt(equal.reduce((sum, c) => sum + (c - mean) ** 2, 0) / equal.length);
  const taken = equal.filter((c, rank) => c > mean + paper.pairs.sigmas * sd && rank < paper.pairs.atLeast).length;
  return {
    isSo: taken < paper.pairs.atLeast,
    calculation:
      `Eq. 2 takes pairs above μ + ${paper.pairs.sigmas}σ *and* of rank at most k: k is the most T_k can hold, and nothing is the least. ` +
      `Of ${equal.length} equal c_ij it takes ${taken}, not the ${paper.pairs.atLeast} of k = max(${paper.pairs.atLeast}, ${paper.pairs.fraction} N).`,
  };
}

/** What the paper says against itself, calculated from its own numbers. */
export const contradictions: Record<ContradictionName, (claim: Claim, all: readonly Claim[]) => Contradiction> = {
  layersBeyondBound,
  countOfRuns,
  namesTwoModels,
  selectionCost,
  growthOfSelection,
  earlyIsAll,
  minimumIsMaximum,
};

const count = (value: number): string => value.toLocaleString("en-US").replaceAll(",", " ");
const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
