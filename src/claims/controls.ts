import type { TrainedTables } from "../experiment/results/tables.js";
import type { UntrainedTables } from "../experiment/training/untrained.js";

export const controlNames = ["untrained", "shuffled"] as const;
export type ControlName = (typeof controlNames)[number];

/**
 * Negative controls: tables in which nothing was learned, made from measured ones. Claims that name one in `failsFor` are
 * measured under it and must not hold, or they would hold of anything.
 */
export const controls: Record<ControlName, (tables: TrainedTables, untrained: UntrainedTables) => TrainedTables> = {
  /** In place of every run one that takes its steps with the weights it starts from. */
  untrained: (tables, untrained) => ({ ...tables, ...untrained }),
  /** Every feature's activations permuted over the tokens by themselves: correlations become what this gives on average. */
  shuffled: (tables) => ({
    ...tables,
    metrics: tables.metrics.map((row) => ({
      ...row,
      meanActivationCosine: row.nullActivationCosine,
      meanBatchCosine: row.nullBatchCosine,
      meanActivationPearson: row.nullActivationPearson,
    })),
  }),
};
