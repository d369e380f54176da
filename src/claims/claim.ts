import type { FrontierQuantity } from "../frontier/curve.js";
import type { FrontierMethod } from "../frontier/levels.js";
import type { paper } from "../paper.js";
import type { Bound, Close } from "./judge.js";
import type { QuantityName } from "./quantities.js";
import type { StatementName } from "./statements.js";

/** The names of the calculations in contradictions.ts, which take claims. */
export const contradictionNames = [
  "layersBeyondBound",
  "namesTwoModels",
  "growthOfSelection",
  "computesWhatItFaults",
] as const;

/** A contradiction by its name. */
export type ContradictionName = (typeof contradictionNames)[number];

/** The names of the controls in controls.ts, which take claims. */
export const controlNames = ["untrained", "shuffled", "runBefore", "exchangedRuns", "exchangedSeeds"] as const;

/** A control by its name. */
export type ControlName = (typeof controlNames)[number];

/** What every claim has, whatever its kind. */
interface ClaimBase {
  id: string;
  /** The paper's words, to the letter, and where they stand. */
  quote: string;
  section: string;
  unit: string;
  /** A layer of the paper; the model's at the same depth is measured. */
  layer: (typeof paper.layers)[number] | "all";
  runs: number[];
  /** The notebook that shows it. */
  notebook: string;
  /** How the sentence is read, so that it can be measured. */
  reading: string;
  /** `central` if the abstract or the conclusions rest on it. */
  weight: "central" | "supporting" | "detail";
  /** What the paper's public run folder holds about it: a key of the registry's `evidence`. */
  evidence: string;
  /** Where the paper, or a published fact, contradicts it: a calculation in contradictions.ts. */
  contradiction?: ContradictionName;
  /** The controls that it is put to: see controls.ts. */
  controls?: ControlName[];
}

/** Of the values of several layers or runs: which one counts; `farthest` from what is stated. */
export type Over = "largest" | "smallest" | "farthest" | "range";

/** The quantity is the stated number, give or take the tolerance. */
export interface CloseClaim extends ClaimBase, Close {
  kind: "close";
  quantity: QuantityName;
  over?: Over;
  why: string;
}

/** The quantity is on one side of a value. */
export interface BoundClaim extends ClaimBase, Bound {
  kind: "bound";
  quantity: QuantityName;
  over?: Over;
}

/** The quantity of every run of a group is above that of every run of the group before. */
export interface OrderClaim extends ClaimBase {
  kind: "order";
  quantity: QuantityName;
  order: number[][];
  /** What the sentence states of each group, "from … to …": it holds only if these are close as well. */
  stated?: { values: number[]; tolerance: number };
}

/** The quantity equals the value in every training, rounded to as many decimals as are stated. */
export interface ExactClaim extends ClaimBase {
  kind: "exact";
  quantity: QuantityName;
  value: number;
  decimals: number;
}

/** A sentence that no quantity of the tables answers: a test in statements.ts does, if there is one, or says why none can. */
export interface StatementClaim extends ClaimBase {
  kind: "statement";
  quantity: null;
  stated?: number;
  test: StatementName | null;
  why: string;
}

/** At equal L0 one of the runs is better than each of these methods, and explains more variance than what learns less. */
export interface FrontierClaim extends ClaimBase {
  kind: "frontier";
  quantity: FrontierQuantity;
  better: "higher" | "lower";
  than: FrontierMethod[];
  why: string;
}

/** A claim with a quantity, which tables can answer. */
export type MeasuredClaim = CloseClaim | BoundClaim | OrderClaim | ExactClaim;
/** A checkable sentence of the paper. */
export type Claim = MeasuredClaim | FrontierClaim | StatementClaim;

/** A sentence that states a result or a property and is not among the claims. */
export interface NotCheckable {
  /** The paper's words, to the letter, and where they stand. */
  quote: string;
  section: string;
  why: string;
}

/** All claims, what is known of their sources by key, and the sentences that were judged not checkable. */
export interface Registry {
  evidence: Record<string, string>;
  claims: Claim[];
  notCheckable: NotCheckable[];
}
