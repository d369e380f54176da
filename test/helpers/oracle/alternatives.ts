import type { Config } from "./config.js";
import type { Snapshot } from "./lockstep.js";

/** An alternative reading: in the library's words, in the traces', and where it shows. */
export interface Alternative {
  /** `id=value` of src/readings.ts. */
  reading: string;
  changes: Partial<Config>;
  /** Runs at which the reading acts. */
  runs: number[];
  /** A quantity that it makes another one than with the default reading. */
  shows: keyof Snapshot;
  /** Constants of both trainings, where it would not act with the usual ones. */
  constants?: Partial<Config>;
  /** `changes` for a training of 16 steps, where the paper's intervals are too long. */
  scaled?: Partial<Config>;
}

/** Every alternative of every reading of the method, but for R15 `init`, which is no part of a step. */
export const alternatives: Alternative[] = [
  { reading: "correlation=activationPearson", changes: { corr: "pearson" }, runs: [1, 3, 5], shows: "pairs" },
  { reading: "correlation=activationInner", changes: { corr: "inner_mean" }, runs: [1, 3, 5], shows: "pen" },
  { reading: "correlation=decoderCosine", changes: { f: "decoder" }, runs: [1, 3, 5], shows: "pairs" },
  { reading: "correlation=encoderCosine", changes: { f: "encoder" }, runs: [1, 3, 5], shows: "pairs" },
  { reading: "correlation=hybrid", changes: { pen_f: "decoder" }, runs: [1, 2, 3, 5], shows: "pen" },
  {
    reading: "pairCount=features",
    changes: { N: "features" },
    runs: [1, 3],
    shows: "pairs",
    constants: { kfrac: 0.2, kmin: 1 },
  },
  {
    reading: "threshold=thresholdOnly",
    changes: { dyn_rule: "thresh_only" },
    runs: [3, 9],
    shows: "pairs",
    constants: { kfrac: 0.01 },
  },
  { reading: "penalty=mean", changes: { penalty: "mean" }, runs: [1, 3], shows: "pen" },
  { reading: "meanCorrelation=all", changes: { cbar: "all" }, runs: [2, 3], shows: "tau" },
  { reading: "tauStart=0.01", changes: { tau0: 0.01 }, runs: [1, 2], shows: "tau" },
  { reading: "tauStart=0.5", changes: { tau0: 0.5 }, runs: [1, 2], shows: "tau" },
  { reading: "importance=meanAbs", changes: { importance: "mean_abs" }, runs: [0, 5, 9], shows: "imp" },
  { reading: "importance=rms", changes: { importance: "rms" }, runs: [0, 5, 9], shows: "imp" },
  { reading: "importance=frequency", changes: { importance: "freq" }, runs: [0, 5, 9], shows: "imp" },
  // Pruning, from Run 4 on, has a test of its own.
  { reading: "importance=decoderNorm", changes: { importance: "dec_norm" }, runs: [0, 3], shows: "imp" },
  { reading: "prune=reinitialize", changes: { prune_action: "rebirth" }, runs: [4, 5], shows: "alive" },
  { reading: "pruneHit=both", changes: { prune_which: "both" }, runs: [4, 5], shows: "alive" },
  { reading: "coactivation=product", changes: { coact: "mean_prod" }, runs: [8, 9], shows: "H" },
  { reading: "coactivation=cosine", changes: { coact: "norm_prod" }, runs: [8, 9], shows: "H" },
  { reading: "neighbourhood=blocks", changes: { nb_fixed: "block" }, runs: [7], shows: "l1" },
  { reading: "adaptiveNeighbourhood=window", changes: { nb_adapt: "window" }, runs: [8, 9], shows: "l1" },
  { reading: "inhibition=subtractWinner", changes: { wta: "subtract" }, runs: [7, 9], shows: "l1" },
  { reading: "inhibition=halfMax", changes: { wta: "half" }, runs: [7, 9], shows: "l1" },
  { reading: "sparsityRule=averaged", changes: { lam_rule: "log_int" }, runs: [6, 9], shows: "lambda1" },
  {
    reading: "reallocateAfter=50",
    changes: { t_realloc: 50 },
    scaled: { t_realloc: 3 },
    runs: [9],
    shows: "realloc",
  },
  ...[200, 500, 1000].map(
    (steps): Alternative => ({
      reading: `reallocateAfter=${steps}`,
      changes: { t_realloc: steps },
      scaled: { t_realloc: steps / 20 },
      runs: [9],
      shows: "realloc",
    }),
  ),
  { reading: "reconstruction=norm", changes: { recon: "l2" }, runs: [0, 9], shows: "recon" },
  { reading: "reconstruction=meanSquared", changes: { recon: "sq_mean" }, runs: [0, 9], shows: "recon" },
  { reading: "warmup=100", changes: { warmup: 100 }, runs: [0], shows: "lr" },
  { reading: "warmup=1", changes: { warmup: 1 }, runs: [0], shows: "lr" },
];
