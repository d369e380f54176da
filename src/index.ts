// The paper: its constants, its readings, its runs.
export { paper } from "./paper.js";
export { type Profile, profile, profiles } from "./profiles.js";
export {
  chanceColumns,
  changedReadings,
  type ReadingId,
  type Readings,
  readingChoices,
  readings,
  reportedColumns,
} from "./readings.js";
export { type Run, type RunOptions, run, runsOf } from "./runs.js";

// The experiment: one object for the command line and for notebooks.
export {
  type Experiment,
  type ExperimentOptions,
  openExperiment,
  type RunChoice,
  type TrainAllOptions,
} from "./experiment/experiment.js";
export type { GivenExperiment } from "./experiment/named.js";
export type { CompleteSpec, ExperimentSpec } from "./experiment/spec.js";
export { firstSteps } from "./experiment/first-steps.js";
export { type VariationSpec, variationOf, variationSpecSchema, vary } from "./experiment/variation.js";

// The method: rules in slots, one step, one loop.
export * as mechanisms from "./mechanisms/index.js";
export {
  type Competition,
  describe,
  differences,
  type Method,
  type Observed,
  ownRule as rule,
  type Rule,
  type RuleSlot,
} from "./method.js";
export { type Optimization, type StepRecord, train, trainStep } from "./train.js";

// The sparse autoencoder: its weights, its loss and gradient, its optimizer, its state.
export { initialParams, type Params, unitRows, withoutRadialPart } from "./sae/params.js";
export { decode, encode } from "./sae/forward.js";
export { type LossTerms, type Objective, orthogonality, totalLoss } from "./sae/loss.js";
export { type LossAndGradients, lossAndGradients } from "./sae/gradients.js";
export { type AdamOptions, adam } from "./sae/adam.js";
export { disposeState, initialState, readParams, type TrainState } from "./sae/state.js";
export { nearlyLargest, type PivotOptions } from "./sae/correlations/approximate-selection.js";

// Trainings: what is missing is trained, what is there is loaded.
export type { Activations, InputScaling } from "./data/activations/scale.js";
export { batches, optimizationOf, startingState } from "./experiment/training/steps.js";
export { type Evaluated, loadTraining, type TrainedAutoencoder } from "./experiment/training/load.js";
export { ensureTrained } from "./experiment/training/training.js";
export type { Training, TrainingSpec } from "./experiment/training/spec.js";
export type { TrainingRecord } from "./experiment/training/record.js";
export { type TraceRow, traceOf } from "./experiment/training/trace.js";
export {
  type Change,
  changes,
  type ComparedTraining,
  compare,
  describeChanges,
  describeComparison,
} from "./experiment/training/comparison.js";
export { type UntrainedTables, untrainedTables } from "./experiment/training/untrained.js";

// Measures: of a training, of every feature, of what a step costs, and what chance would give.
export { type Evaluation, prepareEvaluation } from "./measure/evaluation.js";
export { type Metrics, measure } from "./measure/metrics.js";
export { type FeatureRow, measureFeatures } from "./measure/features.js";
export { type DensityRow, featureDensity } from "./measure/density.js";
export { describeFlags, type Flags, type Pinned } from "./measure/idle.js";
export { type Flops, flopsPerStep, type StepSize } from "./measure/flops.js";
export {
  growthExponent,
  type SelectionCost,
  type SelectionCostOptions,
  type SelectionWay,
  selectionCost,
  selectionWays,
} from "./measure/selection-cost.js";
export { independentCosine, pearsonNoiseFloor, randomDirectionCosine } from "./measure/chance.js";

// Tables: Arrow files, a result set's trainings, rows for people.
export { type Row, readTable, rowsOf } from "./base/tables.js";
export { readResultTables, type TrainedTables, trainingsOf } from "./experiment/results/tables.js";
export { textTable } from "./base/text-table.js";

// Figures: rows in, a plotly specification out.
export type { Figure } from "./figures/figure.js";
export {
  type TrainingLossOptions,
  type TrainingLossRow,
  type TrainingValueRow,
  trainingCurves,
  trainingLoss,
} from "./figures/training-loss.js";
export { type FeatureUsageOptions, type FeatureUsageRow, featureUsage } from "./figures/feature-usage.js";
export { type SparsityOptions, type SparsityRow, sparsityOverTraining } from "./figures/sparsity-over-training.js";
export { type PerRunOptions, type PerRunRow, perRun, type StatedValue } from "./figures/per-run.js";
export { type CrossLayerOptions, type CrossLayerRow, crossLayer } from "./figures/cross-layer.js";
export { type ControlTraceRow, type ControlTracesOptions, controlTraces } from "./figures/control-traces.js";
export { type SelectionCostFigureOptions, type SelectionCostRow, selectionCosts } from "./figures/selection-cost.js";
export { saveFigure } from "./figures/save.js";
export { showFigure } from "./figures/show.js";

// Rows of a result set as these figures take them, with what the paper states beside them.
export {
  baselinesOf,
  crossLayerRows,
  lossRows,
  perRunRows,
  scaleOf,
  sparsityRows,
  statedAcrossLayers,
  statedLowActivity,
  statedPerRun,
  usageRows,
} from "./report/figures.js";

// Claims: the paper's sentences, checked against a result set's tables.
export type { BoundClaim, Claim, CloseClaim, ExactClaim, MeasuredClaim, OrderClaim, Registry } from "./claims/claim.js";
export { readRegistry, selectClaims } from "./claims/list.js";
export type { Measured, Measurement } from "./claims/measure.js";
export { measurementOf } from "./claims/result-set.js";
export { quantities } from "./claims/quantities.js";
export { type CheckedClaim, checkClaims, type Verdict } from "./claims/check.js";
export { tQuantile } from "./claims/interval.js";
export { contradictions, publishedModels } from "./claims/contradictions.js";
export { type SelfTestRow, selfTest } from "./claims/self-test.js";
export { verdictCounts, verdictTable } from "./claims/report.js";

// Other tools: SAELens's folders.
export { readSaeLens, type SaeLensFolder, writeSaeLens } from "./interop/sae-lens.js";
export { exportSaeLens, type SaeLensExport } from "./interop/sae-lens-export.js";
export { paramsOf, readSaeWeights, type SaeWeights } from "./interop/sae-weights.js";

// A notebook's outputs, the tensor library, progress, errors.
export { clearOutput, displayBundle } from "./notebook/display.js";
export { type Backend, chooseBackend } from "./backend/choose.js";
export { type Reporter, silent, stderrReporter } from "./base/progress.js";
export { SncError } from "./base/errors.js";
