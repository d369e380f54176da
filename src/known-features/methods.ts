import type { RunChoice } from "../experiment/run-choice.js";
import { scaledSparsity } from "../experiment/scaled-sparsity.js";
import { type MethodName, sparsityOf } from "../methods/names.js";
import { paper, runNames } from "../paper.js";
import type { Run } from "../runs.js";

/** A row of the study by its id: a run of the paper, one with λ₁ multiplied, a method to compare with, or a null. */
export type KnownMethod = `run-${number}` | `sparse-run-${number}` | Exclude<MethodName, "relu"> | KnownNull;

/** What an autoencoder without training, and the true directions themselves, come to. */
export type KnownNull = "untrained" | "readout" | "readout-threshold";

/** What a row is. */
export interface KnownMethodAbout {
  label: string;
  /** Of a run of the paper its number. */
  run?: number;
  kind: "paper" | "sparse" | "method" | "floor" | "null";
}

/** λ₁ of the sparser rows is multiplied by this: chosen on these worlds for Run 0, whose L0 comes near the world's. */
export const sparserBy = 12;

/** The runs that have a sparser row: plain, with orthogonality, with an adaptive λ₁, with everything. */
const sparserRuns: readonly number[] = [0, 1, 6, 9];

const paperRows = runNames.map((_, number): [KnownMethod, KnownMethodAbout] => [
  `run-${number}`,
  { label: `Run ${number}`, run: number, kind: "paper" },
]);

const sparserRows = sparserRuns.map((number): [KnownMethod, KnownMethodAbout] => [
  `sparse-run-${number}`,
  { label: `Run ${number}, λ₁ × ${sparserBy}`, run: number, kind: "sparse" },
]);

/** The rows by id, in the order of the tables. */
export const knownMethods = Object.fromEntries([
  ...paperRows,
  ...sparserRows,
  ["top-k", { label: "TopK", kind: "method" }],
  ["batch-top-k", { label: "BatchTopK", kind: "method" }],
  ["matryoshka", { label: "Matryoshka", kind: "method" }],
  ["jump-relu", { label: "JumpReLU", kind: "method" }],
  ["ort-sae", { label: "OrtSAE", kind: "method" }],
  ["all-pairs", { label: "All pairs penalised", kind: "method" }],
  ["frozen-decoder", { label: "Frozen decoder", kind: "floor" }],
  ["frozen-random", { label: "Frozen, random", kind: "floor" }],
  ["untrained", { label: "Untrained", kind: "null" }],
  ["readout", { label: "True directions, least squares", kind: "null" }],
  ["readout-threshold", { label: "True directions, best threshold", kind: "null" }],
]) as Record<KnownMethod, KnownMethodAbout>;

/** All ids. */
export const knownMethodNames = Object.keys(knownMethods) as [KnownMethod, ...KnownMethod[]];

/** The ids of what is trained. */
export const trainedMethods: readonly KnownMethod[] = knownMethodNames.filter((of) => knownMethods[of].kind !== "null");

/** What is trained for a row. `k`: features a token of the methods that take a number of them, the world's true L0. */
export function choiceOf(method: KnownMethod, { k, run }: { k: number; run(number: number): Run }): RunChoice {
  const { run: number, kind } = knownMethods[method];
  if (number !== undefined) return scaledSparsity(run(number), kind === "sparse" ? sparserBy : 1);
  const name = method as Exclude<MethodName, "relu">;
  return sparsityOf(name) === "k" ? { method: name, k } : { method: name, lambda1: paper.sparsityPenalty };
}
