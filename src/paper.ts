/** The constants the paper states, by section: the only file of the method with numbers from the paper. */
export const paper = {
  title:
    "Selective Neural Competition: Efficient Feature Disentanglement through Local Inhibition and Adaptive Constraints",
  /** §5: the seed; §5.1: what is trained on. */
  seed: 42,
  contextLength: 128,
  batchSize: 125,
  trainSequencesPerSource: 4000,
  testSequencesPerSource: 1000,
  layers: [5, 12, 19],
  /** §5.2 (betas and eps: recorded in the paper's public run folder, see docs/readings.md). */
  learningRate: 3e-4,
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  warmupSteps: 1000,
  /** §5.3: metrics and pruning every 100 of 1000 steps; the window in which utilization is counted. */
  steps: 1000,
  interval: 100,
  activityWindow: 1000,
  /** λ₁ of the baseline (the run folder; the text gives only its range). */
  sparsityPenalty: 0.04,
  /** Eq. 6 and §5.3. */
  importance: { beta: 0.99, active: 0.01 },
} as const;
