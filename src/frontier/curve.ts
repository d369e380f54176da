import type { TrainingRecord } from "../experiment/training/record.js";
import type { FrontierLevel, FrontierMethod } from "./levels.js";

/** What is read off a finished training for the frontier. */
export type FrontierQuantity =
  | "fractionVarianceExplained"
  | "nearestDecoderCosine"
  | "meanDecoderCosine"
  | "pearsonAboveChance"
  | "utilization"
  | "millisecondsPerStep"
  | "flopsPerStep";

/** From where each is read. */
const frontierQuantities: Record<FrontierQuantity, (finished: Finished) => number | null | undefined> = {
  fractionVarianceExplained: ({ final }: Finished) => final.fractionVarianceExplained,
  /** Mean over the features that are on of the largest |cos| between decoder directions, and over their pairs. */
  nearestDecoderCosine: ({ final }: Finished) => final.meanMaxDecoderCosineOfAlive,
  meanDecoderCosine: ({ final }: Finished) => final.meanDecoderCosineOfAlive,
  /** Mean |Pearson correlation| of the features that are on, less that of the same features permuted over the tokens. */
  pearsonAboveChance: ({ final }: Finished) =>
    difference(final.meanActivationPearsonOfAlive, final.nullActivationPearsonOfAlive),
  /** Share of the features that are on which are active (Reading R18, importance). */
  utilization: ({ final }: Finished) => final.utilizationImportanceOfAlive,
  /** Of the steps alone: measuring is left out. */
  millisecondsPerStep: ({ secondsByPart, steps }: Finished) =>
    (1000 * Object.values(secondsByPart).reduce((sum, seconds) => sum + seconds, 0)) / steps,
  flopsPerStep: ({ flopsPerStep }: Finished) => flopsPerStep.total,
};

/** Their names. */
export const frontierQuantityNames = Object.keys(frontierQuantities) as [FrontierQuantity, ...FrontierQuantity[]];

/** The part of a training's record that a point is made of. */
export type Finished = Pick<TrainingRecord, "final" | "seed" | "secondsByPart" | "flopsPerStep" | "steps">;

/** One training on the frontier: how sparse it came out, and what it is worth there; null where a quantity is not defined. */
export interface FrontierPoint extends Record<FrontierQuantity, number | null> {
  method: FrontierMethod;
  level: string;
  seed: number;
  l0: number;
}

const difference = (a: number | null | undefined, b: number | null | undefined): number | null =>
  typeof a === "number" && typeof b === "number" ? a - b : null;

/** A finished training as a point of its method's curve. */
export function pointOf({ method, level }: Pick<FrontierLevel, "method" | "level">, record: Finished): FrontierPoint {
  const read = Object.entries(frontierQuantities).map(([name, of]) => [name, of(record) ?? null]);
  return { method, level, seed: record.seed, l0: record.final.l0 as number, ...Object.fromEntries(read) };
}

/** The points of one method, by L0. */
export const curveOf = (points: readonly FrontierPoint[], method: FrontierMethod): FrontierPoint[] =>
  points.filter((point) => point.method === method).sort((a, b) => a.l0 - b.l0);
