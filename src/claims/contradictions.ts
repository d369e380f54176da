import { paper } from "../paper.js";
import type { Claim } from "./claim.js";

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

/** "Below" a bound on every layer, against §6.2's correlation of each. */
function layersBelowBound(claim: Claim, all: readonly Claim[]): Contradiction {
  const bound = claim.kind === "bound" ? claim.value : Number.NaN;
  const layers = all.filter((other) => other.section === "6.2" && other.quantity === "meanCorrelation");
  const said = layers.flatMap((other) =>
    other.kind === "close" ? [{ layer: other.layer, stated: other.stated }] : [],
  );
  const above = said.filter(({ stated }) => stated >= bound);
  return {
    isSo: above.length > 0,
    calculation: `§6.2 gives ${said.map(({ layer, stated }) => `${stated} on layer ${layer}`).join(", ")}: not below ${bound} on ${
      above.length === 0 ? "none" : above.map(({ layer }) => layer).join(" and ")
    }.`,
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

/** "99.9 %" less computation: Eq. 2 computes every c_ij before it can take the largest. */
function selectionCost(claim: Claim): Contradiction {
  const stated = claim.kind === "statement" ? (claim.stated ?? 1) : 1;
  const [pairs, selected] = [pairsOf(d), selectedOf(d)];
  const left = (pairs + selected) / pairs;
  return {
    isSo: left > 1 - stated,
    calculation:
      `Eq. 2 ranks all ${count(pairs)} values c_ij of d = ${d} before it takes ${count(selected)}: ${count(pairs * paper.batchSize)} ` +
      `multiply-adds a step at B = ${paper.batchSize}, and the penalty's own ${count(selected * paper.batchSize)} come on top, ` +
      `${percent(left)} of what all pairs cost. Only the penalty's terms are ${percent(1 - selected / pairs)} fewer.`,
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

/** The names of the calculations; written out, since claims name them and they take claims. */
export const contradictionNames = [
  "layersBelowBound",
  "countOfRuns",
  "namesTwoModels",
  "selectionCost",
  "growthOfSelection",
  "earlyIsAll",
] as const;

export type ContradictionName = (typeof contradictionNames)[number];

export const contradictions: Record<ContradictionName, (claim: Claim, all: readonly Claim[]) => Contradiction> = {
  layersBelowBound,
  countOfRuns,
  namesTwoModels,
  selectionCost,
  growthOfSelection,
  earlyIsAll,
};

const count = (value: number): string => value.toLocaleString("en-US").replaceAll(",", " ");
const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
