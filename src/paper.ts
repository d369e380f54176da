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
  /** §5.1: contexts in the activation buffer; sequences in one pass of the model. */
  bufferContexts: 2048,
  modelBatchSize: 32,
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
  /** §4.1, Eq. 2: k = max(10, 0.001 N), c_ij > μ + 2σ. */
  pairs: { atLeast: 10, fraction: 0.001, sigmas: 2 },
  /** Eq. 3 and §5.2; where τ starts is Reading R6. */
  tau: { start: 0.1, alpha: 0.9, target: 0.1, min: 0.01, max: 0.5 },
  /** §4.3, §5.2, §5.3: λ₁ keeps 10 % of the features active. The rate is Reading R12. */
  adaptiveSparsity: { target: 0.1, rate: 0.1, min: 0.01, max: 0.2 },
  /** §5.3: correlation pruning. */
  prune: { threshold: 0.8, protectAbove: 0.9 },
  /** Eq. 6 and §5.3. */
  importance: { beta: 0.99, active: 0.01 },
  /** §4.2: winner takes all; Eq. 4 and 5. */
  competition: { gamma: 0.3, radius: 32 },
  coactivation: { beta: 0.99, theta: 0.1 },
} as const;

/** §6.1's runs by number. */
export const runNames = [
  "baseline",
  "selective-orthogonality",
  "adaptive-constraint",
  "correlation-pairs",
  "correlation-pruning",
  "importance",
  "adaptive-sparsity",
  "local-competition",
  "adaptive-neighbourhoods",
  "reallocation",
] as const;
