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
  type Diverged,
  type Experiment,
  type ExperimentOptions,
  openExperiment,
  type TrainAllOptions,
  type TrainOptions,
} from "./experiment/experiment.js";
export type { RunChoice } from "./experiment/run-choice.js";
export type { ResultSet } from "./experiment/results/result-set.js";
export type { GivenExperiment } from "./experiment/named.js";
export {
  type CompleteSpec,
  type ExperimentSpec,
  experimentSpecSchema,
  type GivenSpec,
  type MethodSpec,
  methodSpecSchema,
  type VariationSpec,
  variationSpecSchema,
} from "./experiment/spec.js";
export type { OwnActivations } from "./data/activations/own.js";
export type { LayerTexts, TokenPlaces } from "./data/activations/places.js";
export type { TokenSequences } from "./data/texts/tokens.js";
export { variationOf, vary } from "./experiment/variation.js";

// The method: rules in slots, one step, one loop.
export * as mechanisms from "./mechanisms/index.js";
export {
  type Competing,
  type Competition,
  describe,
  differences,
  type Method,
  type Observed,
  type Options,
  ownRule as rule,
  type Pruning,
  type Reallocation,
  type Rule,
  type RuleSlot,
} from "./method.js";
export { type Optimization, type StepRecord, train, trainStep } from "./train.js";

// Methods that the paper's are compared with: Run 0 with what differs.
export { methodNamed } from "./methods/index.js";
export { type MethodName, methodNames } from "./methods/names.js";
export type { MethodOptions } from "./methods/maker.js";
export { startingParams } from "./experiment/training/steps.js";

// Rules: what they see and decide, and the options of this package's.
export type { CoactivationMove } from "./sae/coactivation-values.js";
export type { Coactivation } from "./sae/coactivation.js";
export type { CorrelationReading, CorrelationVectors } from "./sae/correlations/correlation.js";
export type { Correlations } from "./sae/correlations/selection.js";
export type { Pairs } from "./sae/correlations/pairs.js";
export { applyInhibition, type Inhibition, type Neighbours } from "./sae/inhibition.js";
export type { Activated, Edge, Kept } from "./sae/keep.js";
export type { ActivityWindow, Sparsity } from "./sae/state.js";
export type { CoactivationReading } from "./mechanisms/coactivation.js";
export type { ImportanceNorm } from "./mechanisms/importance.js";
export type { InhibitionReading } from "./mechanisms/inhibit.js";
export type { Reach } from "./mechanisms/neighbours.js";
export type { PairOptions } from "./mechanisms/pairs.js";
export type { PruneOptions } from "./mechanisms/prune.js";
export type { AdaptiveSparsityOptions } from "./mechanisms/sparsity.js";
export type { AdaptiveTauOptions, MeanCorrelation } from "./mechanisms/tau.js";

// The sparse autoencoder: its weights, its loss and gradient, its optimizer, its state.
export {
  initialParams,
  type Params,
  type PerWeight,
  paramsOf,
  type SaeWeights,
  type Trained,
  unitRows,
  type WeightName,
  weightsOf,
  withoutRadialPart,
  withTheta,
} from "./sae/params.js";
export { decode, encode } from "./sae/forward.js";
export {
  type Auxiliary,
  type Directions,
  type L0Target,
  type LossTerms,
  type Objective,
  orthogonality,
  type ReconstructionLoss,
  totalLoss,
} from "./sae/loss.js";
export { type Forward, type LossAndGradients, lossAndGradients } from "./sae/gradients.js";
export { type AdamOptions, adam } from "./sae/adam.js";
export { disposeState, initialState, readParams, type StateOptions, type TrainState } from "./sae/state.js";
export type { MutableTensor } from "./backend/variables.js";
export { nearlyLargest, type PivotOptions } from "./sae/correlations/approximate-selection.js";

// Vectors of one's own: scaled (R14), in batches, drawn from seeded streams.
export {
  type Activations,
  type InputScale,
  type InputScaling,
  scaleVectors,
  unscaleVectors,
} from "./data/activations/scale.js";
export { measureScaling } from "./data/activations/statistics.js";
export type { ActivationBuffer, Draw, Halves } from "./data/activations/buffer.js";
export { batchIndices, gatherRows, type Numbers, vectorBatches } from "./data/activations/batches.js";
export { permutation, type RandomStream, stream, streamFromState } from "./base/random.js";

// A loop of one's own: its state at any step, kept, and the autoencoder with all that its features depend on.
export { loadState, type SavedState, saveState } from "./experiment/training/saved-state.js";
export {
  type Autoencoder,
  type AutoencoderOptions,
  autoencoderOf,
  type Evaluated,
} from "./experiment/training/autoencoder.js";
export {
  type LoadOptions,
  loadAutoencoder,
  loadTraining,
  type SaveOptions,
  saveAutoencoder,
  type TrainedAutoencoder,
} from "./experiment/training/load.js";
export type { DescribedCompetition } from "./experiment/training/weights.js";

// Trainings: what is missing is trained, what is there is loaded.
export { batches, optimizationOf, startingState } from "./experiment/training/steps.js";
export { ensureTrained } from "./experiment/training/training.js";
export type {
  ControlOption,
  MeasuredAt,
  MeasuredOption,
  Training,
  TrainingOptions,
  TrainingSpec,
} from "./experiment/training/spec.js";
export type { TrainingRecord } from "./experiment/training/record.js";
export type { RecordedRun, RunAsked, TrainingKind } from "./experiment/training/folders.js";
export type { SecondsByPart } from "./measure/timing.js";
export { type TraceRow, traceOf } from "./experiment/training/trace.js";
export {
  type Change,
  changes,
  type ComparedTraining,
  compare,
  describeChanges,
  describeComparison,
  type Ended,
} from "./experiment/training/comparison.js";

// Measures: of a training, of every feature, of what a step costs, and what chance would give.
export { type Evaluation, prepareEvaluation, type TestVectors } from "./measure/evaluation.js";
export { type Metrics, measure } from "./measure/metrics.js";
export { type FeatureRow, measureFeatures } from "./measure/features.js";
export { type DensityRow, featureDensity } from "./measure/density.js";
export { describeFlags, type Flags, type Pinned } from "./measure/idle.js";
export { type Flops, flopsPerStep, type Sizes, type StepSize } from "./measure/flops.js";
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
export { type Row, readTable, rowsOf, writeRows } from "./base/tables.js";
export type { Made } from "./base/recorded.js";
export { readResultTables, type TrainedTables, trainingsOf } from "./experiment/results/tables.js";
export { textTable } from "./base/text-table.js";

// Figures: rows in, a plotly specification out.
export type { Figure, Layout, Trace } from "./figures/figure.js";
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
export { type CrossLayerOptions, type CrossLayerRow, crossLayer, type StatedAtLayer } from "./figures/cross-layer.js";
export { type ControlTraceRow, type ControlTracesOptions, controlTraces } from "./figures/control-traces.js";
export { type SelectionCostFigureOptions, type SelectionCostRow, selectionCosts } from "./figures/selection-cost.js";
export type { Baseline } from "./figures/baselines.js";
export { type FigureFiles, saveFigure } from "./figures/save.js";
export { type ShowOptions, showFigure } from "./figures/show.js";
export { type ShowTableOptions, showTable } from "./notebook/show-table.js";

// Rows of figures: a result set's tables as these figures take them, with what the paper states beside them.
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

// What features are worth: asked of the model, and measured beside nulls.
export { type EvaluatedTraining, type EvaluateOptions, evaluateTrainings } from "./evaluate/stage.js";
export { type RunStability, stabilityOfRuns } from "./evaluate/seeds.js";
export { evaluationTable, stabilityTable, varianceTable } from "./evaluate/tables.js";
export type {
  EvaluationRecord,
  EvaluationValues,
  SavedEvaluation,
  SourceProbe,
} from "./experiment/results/evaluation.js";

// The multiverse: every reading at once, and combinations of choices of one's own.
export { strata, type Stratum, type StratumName, stratumNames } from "./multiverse/choices.js";
export {
  computeMultiverse,
  type MultiverseOptions,
  type MultiverseStudy,
  planMultiverse,
} from "./multiverse/compute.js";
export { type Choices, type Chosen, drawUniverses } from "./multiverse/design.js";
export { type ComputedUniverse, type Multiverse, readMultiverse } from "./multiverse/document.js";
export { drawnCurve } from "./multiverse/drawn.js";
export { differencesText, type Universe } from "./multiverse/plan.js";
export { type Sensitivity, sensitivityOf } from "./multiverse/sensitivity.js";
export { claimsIn, multiverseTables, progressText } from "./multiverse/tables.js";
export { told } from "./multiverse/told.js";
export { type Case, type Tree, treeOf, treeText } from "./multiverse/tree.js";
export {
  type SpecificationCurveOptions,
  type SpecificationRow,
  specificationCurve,
} from "./figures/specification-curve.js";

// The frontier: methods and runs at several levels of sparsity, compared at equal L0.
export { computeFrontier, type FrontierOptions } from "./frontier/compute.js";
export { type Finished, type FrontierPoint, type FrontierQuantity, pointOf } from "./frontier/curve.js";
export { type Frontier, readFrontier } from "./frontier/document.js";
export { drawnFrontier } from "./frontier/drawn.js";
export {
  type AtL0,
  atL0,
  commonL0,
  interpolated,
  type PairedDifference,
  pairedDifference,
  type RankedMethod,
  rankedAt,
} from "./frontier/equal-l0.js";
export {
  comparedL0,
  type FrontierLevel,
  type FrontierMethod,
  type FrontierMethodAbout,
  frontierLevels,
  frontierMethodNames,
  frontierMethods,
  type LevelChoice,
  type LeveledExperiment,
} from "./frontier/levels.js";
export { answerOf, commonL0Table, equalL0Table, pointsTable } from "./frontier/tables.js";

// Known features: a made-up world whose true features are known, and who finds them.
export { cellsOf, type StudyCell, type StudySize } from "./known-features/cells.js";
export { type OpeningCell, openCell, openWorld, type StudyWorld } from "./known-features/open.js";
export { type KnownFeatures, type KnownPoint, readKnownFeatures } from "./known-features/document.js";
export { drawnKnownFeatures } from "./known-features/drawn.js";
export { type KnownMethod, type KnownMethodAbout, type KnownNull, knownMethods } from "./known-features/methods.js";
export { firingProbabilities, trueL0 } from "./known-features/probabilities.js";
export { type KnownScores, type MatchedFeature, type Scored, type Scores, scoresOf } from "./known-features/score.js";
export { scoredOn } from "./known-features/scored-on.js";
export { computeKnownFeatures, type KnownFeaturesOptions, type KnownFeaturesStudy } from "./known-features/study.js";
export {
  answerOf as knownFeaturesAnswer,
  cellTitle,
  type KnownCell,
  kindsTable,
  knownCells,
  scoresTable,
  worldTable,
} from "./known-features/tables.js";
export { drawVectors, type WorldPart, type WorldVectors } from "./known-features/vectors.js";
export { drawWorld, type FeatureKind, type World, type WorldSize, worldSizes } from "./known-features/world.js";
export type { Dictionary } from "./evaluate/dictionary.js";

// Claims: the paper's sentences, checked against a result set's tables.
export {
  type BoundClaim,
  type Claim,
  type CloseClaim,
  type ContradictionName,
  type ControlName,
  contradictionNames,
  controlNames,
  type ExactClaim,
  type MeasuredClaim,
  type NotCheckable,
  type OrderClaim,
  type Over,
  type Registry,
  type FrontierClaim,
  type StatementClaim,
} from "./claims/claim.js";
export { readRegistry, selectClaims } from "./claims/list.js";
export type { Increase, Measured, Measurement } from "./claims/measure.js";
export { type ControlsAsked, computeUntrained, measurementOf } from "./claims/result-set.js";
export type { Scope } from "./claims/scope.js";
export { type Quantity, quantities } from "./claims/quantities.js";
export {
  type CheckedClaim,
  type ControlFinding,
  checkClaims,
  discoveryRate,
  type PointEstimate,
} from "./claims/check.js";
export { type Verdict, verdictNames } from "./claims/verdict.js";
export { type Control, controls } from "./claims/controls.js";
export { type ReadingsStudy, readReadingsStudy, type Turns } from "./claims/readings-study.js";
export {
  falseDiscoveryRates,
  type Interval,
  type Share,
  type Spread,
  shareOf,
  spreadOf,
  tQuantile,
  tTest,
} from "./base/interval.js";
export { type Bound, type Close, type Decided, type Judgement, judge } from "./claims/judge.js";
export { type Contradiction, contradictions } from "./claims/contradictions.js";
export { publishedModels } from "./claims/published-models.js";
export { type ControlRow, controlRows, type SelfTestRow, selfTest } from "./claims/self-test.js";
export { controlsText, discoveryText, turnsOf, verdictCounts, verdictTable } from "./claims/report.js";
export { computationLeft } from "./claims/statements.js";

// Other tools: folders of SAELens and dictionary_learning.
export { importAutoencoder } from "./interop/import.js";
export type { ForeignAutoencoder } from "./interop/foreign.js";
export { readDictionaryLearning } from "./interop/dictionary-learning.js";
export { readSaeLens, type SaeLensFolder, writeSaeLens } from "./interop/sae-lens.js";
export type { SaeLensArchitecture, SaeLensConfig, SaeLensPlace } from "./interop/sae-lens-config.js";
export {
  type AutoencoderExport,
  type Exported,
  exportAutoencoder,
  exportSaeLens,
  type SaeLensExport,
} from "./interop/sae-lens-export.js";
export { readSaeWeights, type ThresholdName } from "./interop/sae-weights.js";

// Features: what each fires on and does, below a cell, or as a page of its own.
export {
  featuresOf,
  type ShowFeatureOptions,
  type ShowFeaturesOptions,
  type ShownFeatures,
  showFeature,
  showFeatures,
} from "./dashboard/show.js";
export type { DashboardContent, ProbingWeight } from "./dashboard/page-data.js";
export type { Dashboard, Excerpt, Fate, FeatureNumbers, LogitEffect, Neighbour } from "./dashboard/feature.js";
export { comparisonHtml, dashboardHtml } from "./dashboard/html.js";
export type { FeaturePair, Pairing } from "./dashboard/matching.js";
export { pairFeatures } from "./dashboard/pairing.js";
export type { TokenBytes } from "./model/tokenizer/token-bytes.js";

// Surroundings: a notebook's outputs, the tensor library, progress, errors.
export { clearOutput, displayBundle } from "./notebook/display.js";
export { type Backend, chooseBackend } from "./backend/choose.js";
export { type Bar, type Reporter, silent, stderrReporter } from "./base/progress.js";
export { exitCodes, type Failure, SncError } from "./base/errors.js";
