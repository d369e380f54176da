import { paper } from "../paper.js";
import type { Claim, ContradictionName } from "./claim.js";
import { pairsOf, selectedOf } from "./pair-counts.js";
import { publishedModels } from "./published-models.js";
import type { Verdict } from "./verdict.js";

/** Whether something contradicts a claim, and the calculation that says so. */
export interface Contradiction {
  isSo: boolean;
  /** By the paper itself, or by a fact that others have published. */
  verdict: Extract<Verdict, "self-contradictory" | "contradicted by a published fact">;
  /** The reading that is kindest to the sentence, which is tried first, and what is left of it. */
  charitably: string;
  calculation: string;
}

const d = publishedModels["Gemma-2-2B"].width;

/** A bound kept on every layer, against what §6.2 states of each, which is rounded to 0.01. */
function layersBeyondBound(claim: Claim, all: readonly Claim[]): Contradiction {
  const { operator, value } = claim.kind === "bound" ? claim : { operator: "<" as const, value: Number.NaN };
  const said = all.flatMap((other) =>
    other.kind === "close" && other.section === "6.2" && other.quantity === claim.quantity
      ? [{ layer: other.layer, stated: other.stated }]
      : [],
  );
  const isBelow = operator.startsWith("<");
  const half = 0.005;
  const isBeyond = (stated: number): boolean => Number((isBelow ? stated - value : value - stated).toFixed(12)) >= 0;
  const isBeyondAnyway = (stated: number): boolean => isBeyond(isBelow ? stated - half : stated + half);
  const beyond = said.filter(({ stated }) => isBeyondAnyway(stated));
  const rounded = said.filter(({ stated }) => isBeyond(stated) && !isBeyondAnyway(stated));
  const list = (layers: typeof said): string =>
    layers.map(({ layer, stated }) => `${stated.toFixed(2)} on layer ${layer}`).join(", ");
  return {
    isSo: beyond.length > 0,
    verdict: "self-contradictory",
    charitably:
      rounded.length > 0
        ? `Charitably, numbers are rounded: ${list(rounded)} may be ${isBelow ? "below" : "above"} ${value}.`
        : "Rounding changes nothing here.",
    calculation:
      beyond.length > 0
        ? `§6.2 gives ${list(said)}; ${list(beyond)} is not ${isBelow ? "below" : "above"} ${value} however it was rounded.`
        : `§6.2 gives ${list(said)}: none is certainly ${isBelow ? "above" : "below"} ${value}.`,
  };
}

/** One model's name with the width and a layer of another. */
function namesTwoModels(claim: Claim): Contradiction {
  const width = claim.kind === "exact" ? claim.value : Number.NaN;
  const named = publishedModels["Gemma-2B"];
  const deepest = Math.max(...paper.layers);
  const [other, model] = Object.entries(publishedModels).find(([, { width: of }]) => of === width) ?? [];
  return {
    isSo: named.width !== width || named.blocks <= deepest,
    verdict: "contradicted by a published fact",
    charitably: `Charitably, "Gemma-2B" is short for ${other ?? "another model"}, which is taken here.`,
    calculation:
      `Gemma-2B is ${named.width} wide, not ${width}, and has ${named.blocks} blocks, so none numbered ${deepest} ` +
      `(${named.source}); ${width} is the width of ${other ?? "none of them"} (${model ? `${model.blocks} blocks, ${model.source}` : "no source"}).`,
  };
}

/** O(d log d), against how the pairs of Eq. 2 grow with d. */
function growthOfSelection(): Contradiction {
  const [ranked, kept] = [pairsOf, selectedOf].map((pairs) => pairs(2 * d) / pairs(d));
  const stated = (2 * Math.log(2 * d)) / Math.log(d);
  return {
    isSo: ranked > stated && kept > stated,
    verdict: "self-contradictory",
    charitably:
      "Charitably, only pairs that fire together are looked at, and the products are exact all the same: at 10 % active " +
      "features these are 1 % of all pairs at every d, which grows as d² too; only a fixed number of active features would not.",
    calculation:
      `From d = ${d} to ${2 * d}, d log d grows ${stated.toFixed(2)} times; the c_ij that Eq. 2 ranks grow ${ranked.toFixed(2)} times, ` +
      `and the ${percent(paper.pairs.fraction)} it keeps ${kept.toFixed(2)} times: both as d². No algorithm is given that would find them otherwise.`,
  };
}

/** §2.1 faults another method for what Eq. 2 does. */
function computesWhatItFaults(): Contradiction {
  return {
    isSo: pairsOf(d) > selectedOf(d),
    verdict: "self-contradictory",
    charitably:
      "Charitably, the fault lies in computing them more than once a step, or for all samples: the sentence says neither.",
    calculation:
      `Eq. 2 takes the largest ${count(selectedOf(d))} of ${count(pairsOf(d))} values c_ij and compares each with their mean and ` +
      "deviation: it needs every one of them, at every step.",
  };
}

/** What is said against a claim, calculated from the paper's own numbers and from published ones. */
export const contradictions: Record<ContradictionName, (claim: Claim, all: readonly Claim[]) => Contradiction> = {
  layersBeyondBound,
  namesTwoModels,
  growthOfSelection,
  computesWhatItFaults,
};

const count = (value: number): string => value.toLocaleString("en-US").replaceAll(",", " ");
const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
