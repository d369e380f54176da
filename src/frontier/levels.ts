import type { Experiment } from "../experiment/experiment.js";
import type { RunChoice } from "../experiment/run-choice.js";
import { scaledSparsity } from "../experiment/scaled-sparsity.js";
import { type MethodName, sparsityOf } from "../methods/names.js";
import { paper } from "../paper.js";
import type { Run } from "../runs.js";

/** What a curve of the frontier is of: a method to compare with, a run of the paper, or a control that shows how low the floor is. */
export interface FrontierMethodAbout {
  label: string;
  kind: "method" | "paper" | "floor";
}

/** A curve of the frontier by its id: a method, or a run of the paper. */
export type FrontierMethod = MethodName | "run-1" | "run-6" | "run-7" | "run-9";

/** The methods of the frontier by id, in the order of docs/frontier.md. */
export const frontierMethods: Record<FrontierMethod, FrontierMethodAbout> = {
  relu: { label: "ReLU and L1", kind: "method" },
  "top-k": { label: "TopK", kind: "method" },
  "batch-top-k": { label: "BatchTopK", kind: "method" },
  matryoshka: { label: "Matryoshka", kind: "method" },
  "jump-relu": { label: "JumpReLU", kind: "method" },
  "ort-sae": { label: "OrtSAE", kind: "method" },
  "all-pairs": { label: "All pairs penalised", kind: "method" },
  "run-1": { label: "Run 1", kind: "paper" },
  "run-6": { label: "Run 6", kind: "paper" },
  "run-7": { label: "Run 7", kind: "paper" },
  "run-9": { label: "Run 9", kind: "paper" },
  "frozen-decoder": { label: "Frozen decoder", kind: "floor" },
  "frozen-random": { label: "Frozen, random", kind: "floor" },
};

/** Every method, in this order. */
export const frontierMethodNames = Object.keys(frontierMethods) as [FrontierMethod, ...FrontierMethod[]];

/** Features a token of the methods that take a number of them, at the width that the others' shares follow from. */
const kLevels = { width: 576, k: [16, 32, 58, 96, 144, 192] } as const;
/** λ₁ of the methods that penalise ‖f‖₁. */
const lambda1Levels = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32] as const;
/** What λ₁ of the paper's runs is multiplied by: where it starts, and both ends of its range where it adapts. */
const factors = [1 / 4, 1 / 2, 1, 2, 4, 8] as const;

/** Which of the six levels of a method: all, or the least sparse, the paper's own and the sparsest; or no training at all. */
export type LevelChoice = "all" | "few" | "none";
export const levelChoices: readonly LevelChoice[] = ["all", "few", "none"];
const few = [0, 2, 5];

/** One level of a method: how sparse it is asked to be, and what is trained for it. */
export interface FrontierLevel {
  method: FrontierMethod;
  /** "λ₁ = 0.08", "λ₁ × 2", "k = 58". */
  level: string;
  choice: RunChoice;
}

/** The L0 at which methods are compared: the levels of k, at this number of features. */
export const comparedL0 = (d_sae: number): number[] => kLevels.k.map((k) => scaledK(k, d_sae));

/** The L0 of the paper's 10 %, the third of these. */
export const paperL0 = (d_sae: number): number => comparedL0(d_sae)[2];

const scaledK = (k: number, d_sae: number): number => Math.max(1, Math.round((k / kLevels.width) * d_sae));

/** The levels of some methods in an experiment. */
export function frontierLevels(
  experiment: LeveledExperiment,
  { methods = frontierMethodNames, levels = "all" }: { methods?: readonly FrontierMethod[]; levels?: LevelChoice } = {},
): FrontierLevel[] {
  return methods.flatMap((method) => {
    const all = levelsOf(method, experiment).map((of) => ({ method, ...of }));
    const chosen = levels === "all" ? all : levels === "few" ? few.map((at) => all[at]) : [];
    return [...new Map(chosen.map((of) => [of.level, of])).values()]; // of few features two levels may be the same
  });
}

/** Whether a level is a run of the paper as the paper has it. */
export const isPaperLevel = (method: FrontierMethod, level: string): boolean => isRun(method) && level === unscaled;

const unscaled = "λ₁ × 1";

type LevelOf = Omit<FrontierLevel, "method">;

/** What of an experiment its levels follow from. */
export type LeveledExperiment = Pick<Experiment, "run"> & { specification: Pick<Experiment["specification"], "d_sae"> };

function levelsOf(method: FrontierMethod, { run, specification: { d_sae } }: LeveledExperiment): LevelOf[] {
  if (isRun(method)) return factors.map((factor) => scaledLevel(run(Number(method.slice(4))), factor));
  if (sparsityOf(method) === "lambda1") return lambda1Levels.map((lambda1) => penalisedLevel(method, lambda1));
  return comparedL0(d_sae).map((k) => ({ level: `k = ${k}`, choice: { method, k } }));
}

const isRun = (method: FrontierMethod): method is `run-${1 | 6 | 7 | 9}` => method.startsWith("run-");

/** A method at a λ₁; ReLU and L1 at the paper's is Run 0. */
const penalisedLevel = (method: MethodName, lambda1: number): LevelOf => ({
  level: `λ₁ = ${lambda1}`,
  choice: method === "relu" && lambda1 === paper.sparsityPenalty ? 0 : { method, lambda1 },
});

/** A run of the paper with λ₁ multiplied. */
const scaledLevel = (run: Run, factor: number): LevelOf => ({
  level: `λ₁ × ${factor}`,
  choice: scaledSparsity(run, factor),
});
