import type { Claim, CloseClaim } from "../claims/claim.js";
import type { Measurement } from "../claims/measure.js";
import { type QuantityName, quantity } from "../claims/quantities.js";
import type { Scope } from "../claims/scope.js";
import { unequalSeeds } from "../experiment/results/coverage.js";
import type { TrainedTables } from "../experiment/results/tables.js";
import { runFolder } from "../experiment/training/folders.js";
import type { Baseline } from "../figures/baselines.js";
import { controlTraces } from "../figures/control-traces.js";
import { type CrossLayerRow, crossLayer, type StatedAtLayer } from "../figures/cross-layer.js";
import { type FeatureUsageRow, featureUsage } from "../figures/feature-usage.js";
import { type Figure, figureError } from "../figures/figure.js";
import { type PerRunRow, perRun, type StatedValue } from "../figures/per-run.js";
import { type SparsityRow, sparsityOverTraining } from "../figures/sparsity-over-training.js";
import { type TrainingLossRow, trainingLoss } from "../figures/training-loss.js";
import { pearsonNoiseFloor, randomDirectionCosine } from "../measure/chance.js";
import type { Readings } from "../readings.js";

/** What figures are drawn from. */
export interface FigureSources extends Measurement {
  modelName: string;
  /** The registry, for the series that say what the paper states. */
  claims: readonly Claim[];
}

/** The figures of every layer in the tables, and the layers side by side, each with its id: the name of its files. */
export function figuresOf(sources: FigureSources): { id: string; figure: Figure }[] {
  const { tables, readings, scope, modelName, claims } = sources;
  const layers = [...new Set(tables.map(({ record }) => record.layer))];
  const ofLayers = layers.flatMap((layer) => {
    const ofLayer = tables.filter(({ record }) => record.layer === layer);
    const about = claims.filter((claim) => claim.layer !== "all" && scope.layersOf(claim.layer).includes(layer));
    const scale = scaleOf(ofLayer, modelName);
    const steps = Math.max(...ofLayer.map(({ record }) => record.steps));
    const smoothing = 2 * Math.floor(steps / 100) + 1;
    return Object.entries({
      "training-loss": () => trainingLoss(lossRows(ofLayer), { scale, smoothing, yScale: "log" }),
      "feature-usage": () => featureUsage(usageRows(ofLayer), { scale, statedLowActivity: statedLowActivity(about) }),
      "sparsity-over-training": () => sparsityOverTraining(sparsityRows(ofLayer), { scale, smoothing }),
      "per-run": () =>
        perRun(perRunRows(ofLayer, readings), {
          scale,
          stated: statedPerRun(about),
          baselines: baselinesOf(ofLayer),
        }),
    }).map(([id, make]) => named(`${id}-layer-${layer}`, make));
  });
  const [middle] = scope.layersOf(12);
  const shown = layers.includes(middle) ? middle : layers[0];
  const ofShown = tables.filter(({ record }) => record.layer === shown);
  return [
    ...ofLayers,
    named(`control-traces-layer-${shown}`, () => controlTracesOf(ofShown, modelName)),
    named("cross-layer", () => crossLayerOf(sources)),
  ];
}

/** A figure with its id, which an error names. */
function named(id: string, make: () => Figure): { id: string; figure: Figure } {
  try {
    return { id, figure: make() };
  } catch (cause) {
    throw figureError(id, cause);
  }
}

/**
 * What controls the last run, which has every mechanism that the tables have; one seed, and of the layers that of §6.1's
 * numbers, so that the page stays small.
 */
function controlTracesOf(tables: readonly TrainedTables[], modelName: string): Figure {
  const ofPaper = tables.filter(({ record }) => record.run.variation === undefined);
  const last = Math.max(...ofPaper.map(({ record }) => record.run.number));
  const ofRun = ofPaper.filter(({ record }) => record.run.number === last).slice(0, 1);
  const rows = ofRun.flatMap((table) => table.trace.map((row) => ({ ...trainingOf(table), ...row })));
  return controlTraces(rows, { scale: scaleOf(ofRun, modelName) });
}

/** §6.2: the first and the last run of the tables, on every layer, and the variations. */
function crossLayerOf({ tables, readings, scope, modelName, claims }: FigureSources): Figure {
  const isVariation = ({ record }: TrainedTables): boolean => record.run.variation !== undefined;
  const numbers = tables.filter((of) => !isVariation(of)).map(({ record }) => record.run.number);
  const ends = [Math.min(...numbers), Math.max(...numbers)];
  const ofEnds = tables.filter((of) => isVariation(of) || ends.includes(of.record.run.number));
  return crossLayer(crossLayerRows(ofEnds, readings), {
    scale: scaleOf(ofEnds, modelName),
    stated: statedAcrossLayers(claims, scope),
    baselines: baselinesOf(ofEnds),
  });
}

/** What chance gives correlations of other kinds: of random directions, and Pearson's over one batch of independent values. */
export function baselinesOf(tables: readonly TrainedTables[]): Baseline[] {
  const [{ record }] = tables;
  return [
    { name: `decoder, random: √(2/πd), d = ${record.d_in}`, value: randomDirectionCosine(record.d_in) },
    { name: `Pearson, noise of ${record.batchSize}`, value: pearsonNoiseFloor(record.batchSize) },
  ];
}

/** The caption's scale: model, layer, number of runs, variations and seeds, steps, and which runs have other seeds than the rest. */
export function scaleOf(tables: readonly TrainedTables[], modelName: string): string {
  const count = (what: string, values: (number | string)[]): string => {
    const { size } = new Set(values);
    return `${size} ${what}${size === 1 ? "" : "s"}`;
  };
  const records = tables.map(({ record }) => record);
  const ofPaper = records.filter(({ run }) => run.variation === undefined);
  const variations = records.filter(({ run }) => run.variation !== undefined);
  const layers = [...new Set(records.map(({ layer }) => layer))].join(", ");
  const runs = [
    ...(ofPaper.length > 0
      ? [
          count(
            "run",
            ofPaper.map(({ run }) => run.number),
          ),
        ]
      : []),
    ...(variations.length > 0
      ? [
          count(
            "variation",
            variations.map(({ run }) => runFolder(run)),
          ),
        ]
      : []),
  ].join(", ");
  const seeds = count(
    "seed",
    records.map(({ seed }) => seed),
  );
  const steps = Math.max(...records.map((record) => record.steps));
  const scale = `${modelName}, layer ${layers}, ${runs}, ${seeds}, ${steps} steps`;
  return [scale, unequalSeeds(ofPaper) ?? []].flat().join(". ");
}

const trainingOf = ({ record: { run, seed, layer } }: TrainedTables) => ({
  run: run.number,
  runName: run.name,
  ...(run.variation !== undefined && { variation: run.variation }),
  seed,
  layer,
});

/** Figure 1's rows: the loss of every step, and its reconstruction alone. */
export const lossRows = (tables: readonly TrainedTables[]): TrainingLossRow[] =>
  tables.flatMap((table) =>
    table.trace.map(({ step, loss, reconstruction }) => ({ ...trainingOf(table), step, loss, reconstruction })),
  );

/** Figure 2's rows: the importance of every feature after training. */
export const usageRows = (tables: readonly TrainedTables[]): FeatureUsageRow[] =>
  tables.flatMap((table) =>
    table.features.map(({ importance }) => ({ ...trainingOf(table), importance: importance as number })),
  );

/** Figure 3's rows: the active fraction of every step's batch. */
export const sparsityRows = (tables: readonly TrainedTables[]): SparsityRow[] =>
  tables.flatMap((table) =>
    table.trace.map(({ step, activeFraction }) => ({ ...trainingOf(table), step, activeFraction })),
  );

/** What every training measured at its end, by the readings R18 and R19. */
export const perRunRows = (tables: readonly TrainedTables[], readings: Readings): PerRunRow[] =>
  tables.map((table) => ({
    ...trainingOf(table),
    correlation: quantity("meanCorrelation").of(table, readings) as number,
    correlationByChance: quantity("meanCorrelation").byChance?.(table, readings) ?? null,
    utilization: quantity("utilization").of(table, readings) as number,
  }));

/** The end of every training, as the cross-layer figure takes it. */
export const crossLayerRows = (tables: readonly TrainedTables[], readings: Readings): CrossLayerRow[] =>
  perRunRows(tables, readings);

/** What §6.2 states of a run on each layer, at the model's layer of the same depth. */
export function statedAcrossLayers(claims: readonly Claim[], scope: Scope) {
  const stated = (name: QuantityName): StatedAtLayer[] =>
    closeClaims(claims, name)
      .filter(({ section }) => section === "6.2")
      .map(({ runs: [run], layer, stated: value }) => ({ run, layer: scope.layersOf(layer)[0], value }));
  return { correlation: stated("meanCorrelation"), utilization: stated("utilization") };
}

/** What §6 states of runs on the layer of these claims: for the series that is named as stated, and nothing else. */
export function statedPerRun(claims: readonly Claim[]): { correlation: StatedValue[]; utilization: StatedValue[] } {
  const stated = (name: QuantityName): StatedValue[] => {
    const byRun = closeClaims(claims, name).filter(({ section }) => section.startsWith("6."));
    return [...new Map(byRun.map((claim) => [claim.runs[0], claim.stated]))].map(([run, value]) => ({ run, value }));
  };
  return { correlation: stated("meanCorrelation"), utilization: stated("utilization") };
}

/** Figure 2's stated share of features with low activity, if these claims have it. */
export const statedLowActivity = (claims: readonly Claim[]): number | undefined =>
  closeClaims(claims, "lowActivity")[0]?.stated;

const closeClaims = (claims: readonly Claim[], name: QuantityName): CloseClaim[] =>
  claims.filter((claim): claim is CloseClaim => claim.kind === "close" && claim.quantity === name);
