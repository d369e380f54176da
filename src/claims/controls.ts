import type { TrainedTables } from "../result-tables.js";

export const controlNames = ["untrained", "shuffled"] as const;
export type ControlName = (typeof controlNames)[number];

/**
 * Negative controls: tables in which nothing was learned, made from measured ones. Claims that name one in `failsFor` must
 * not hold under it, or they would hold of anything.
 */
export const controls: Record<ControlName, (tables: TrainedTables) => TrainedTables> = {
  /** The autoencoder as it was before the first step, measured like any other. */
  untrained: (tables) => ({ ...tables, metrics: tables.metrics.slice(0, 1), trace: [], features: [] }),
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
