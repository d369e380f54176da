import assert from "node:assert/strict";
import { test } from "node:test";
import { checkClaims } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
import { readRegistry } from "../../src/claims/list.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { type Figure, readableText, type Trace } from "../../src/figures/figure.js";
import { readings } from "../../src/readings.js";
import {
  baselinesOf,
  crossLayerRows,
  figuresOf,
  lossRows,
  perRunRows,
  scaleOf,
  sparsityRows,
  statedAcrossLayers,
  statedLowActivity,
  statedPerRun,
  usageRows,
} from "../../src/report/figures.js";
import { defaultScope, everyTraining, madeUp, measurementOn } from "../helpers/made-up-claims.js";
import { variation } from "../helpers/result-sets.js";

const measurement = measurementOn(everyTraining());
const figures = (claims: readonly Claim[]) => figuresOf({ ...measurement, modelName: "SmolLM2-135M", claims });
const isStated = ({ name = "" }: Trace): boolean => name === "stated in the paper" || name.startsWith("paper: ");

test("every layer has its figures, and their captions say runs, seeds and scale", async () => {
  const { claims } = await readRegistry();
  const drawn = figures(claims);
  assert.equal(new Set(drawn.map(({ id }) => id)).size, drawn.length);
  for (const layer of [6, 14, 22])
    for (const id of ["training-loss", "feature-usage", "sparsity-over-training", "per-run"]) {
      const { figure } = drawn.find((one) => one.id === `${id}-layer-${layer}`)!;
      const caption = `SmolLM2-135M, layer ${layer}, 10 runs, 3 seeds, 8 steps`;
      assert.ok(JSON.stringify(figure.layout.title).includes(caption), `${id}: ${caption}`);
    }
});

test("what controls the last run is drawn on the layer of §6.1, of one seed, as its caption says", async () => {
  const { claims } = await readRegistry();
  const controls = figures(claims).filter(({ id }) => id.startsWith("control-traces"));
  assert.deepEqual(
    controls.map(({ id }) => id),
    ["control-traces-layer-14"],
  );
  assert.ok(JSON.stringify(controls[0].figure.layout.title).includes("layer 14, 1 run, 1 seed, 8 steps"));
});

test("the layers stand side by side in one figure, with §6.2's numbers and every null baseline", async () => {
  const { claims } = await readRegistry();
  const { figure } = figures(claims).find(({ id }) => id === "cross-layer")!;
  assert.ok(JSON.stringify(figure.layout.title).includes("SmolLM2-135M, layer 6, 14, 22, 2 runs, 3 seeds, 8 steps"));
  assert.deepEqual(
    figure.data.filter(isStated).map(({ y }) => y),
    [
      [0.11, 0.09, 0.1],
      [0.94, 0.95, 0.93],
    ],
  );
  const names = figure.data.map(({ name = "" }) => name);
  for (const baseline of ["by chance", "decoder, random: √(2/πd), d = 20", "Pearson, noise of 125"])
    assert.ok(names.includes(baseline), `${baseline} in ${names.join(" · ")}`);
});

test("no stated result becomes a measurement: other claims change the stated series and nothing else", async () => {
  const { claims } = await readRegistry();
  const invented = claims.map((claim) => (claim.kind === "close" ? { ...claim, stated: claim.stated / 3 } : claim));
  const [before, after] = [figures(claims), figures(invented)];
  for (const [i, { id, figure }] of before.entries()) {
    const others = (data: readonly Trace[]): Trace[] => data.filter((trace) => !isStated(trace));
    assert.deepEqual(others(after[i].figure.data), others(figure.data), id);
  }
  assert.notDeepEqual(after, before);
  const measured = (all: readonly Claim[]) => checkClaims(all, all, measurement).map((row) => row.measured);
  assert.deepEqual(measured(invented), measured(claims));
});

test("what the paper states of a layer is drawn on the figures of that layer alone", async () => {
  const { claims } = await readRegistry();
  const stated = (layer: number): number[][] =>
    figures(claims)
      .find(({ id }) => id === `per-run-layer-${layer}`)!
      .figure.data.filter(isStated)
      .map((trace) => [...trace.x!]);
  assert.deepEqual(stated(14), [
    [0, 1, 3, 7, 9],
    [0, 6, 7, 9],
  ]);
  assert.deepEqual(stated(6), [[9], [9]]);
});

test("an error in drawing names the figure", async () => {
  const tables = madeUp();
  const broken = { ...tables, trace: tables.trace.map((step) => ({ ...step, activeFraction: Number.NaN })) };
  assert.throws(() => figuresOf({ ...measurementOn([broken]), modelName: "m", claims: [] }), {
    message: /^sparsity-over-training-layer-14: run 0, seed 42, step 1: expected a finite value/,
  });
});

const [first, second] = [madeUp({ run: 3, layer: 14, seed: 42 }), madeUp({ run: 9, layer: 22, seed: 43 })];
const places = [first, second].map(({ record }) => ({
  ...{ run: record.run.number, runName: record.run.name, seed: record.seed, layer: record.layer },
}));

test("rows: every step's loss and active fraction, and every feature's importance, of the training that they are of", () => {
  const both = [first, second];
  assert.deepEqual(
    lossRows(both),
    both.flatMap(({ trace }, i) =>
      trace.map(({ step, loss, reconstruction }) => ({ ...places[i], step, loss, reconstruction })),
    ),
  );
  assert.deepEqual(
    sparsityRows(both),
    both.flatMap(({ trace }, i) => trace.map(({ step, activeFraction }) => ({ ...places[i], step, activeFraction }))),
  );
  assert.deepEqual(
    usageRows(both),
    both.flatMap(({ features }, i) => features.map(({ importance }) => ({ ...places[i], importance }))),
  );
});

test("rows: the end of every training, by the readings of correlation and utilization", () => {
  const last = {
    ...{ meanActivationCosine: 0.11, nullActivationCosine: 0.12, meanActivationPearson: 0.13 },
    ...{
      nullActivationPearson: 0.14,
      meanMaxActivationCosine: 0.15,
      nullMaxActivationCosine: 0.155,
      utilizationImportance: 0.16,
      utilizationFired: 0.17,
    },
  };
  const tables = [madeUp({ run: 3, layer: 14, seed: 42, last }), second];
  const [row] = perRunRows(tables, readings());
  const [place] = places;
  assert.deepEqual(row, { ...place, correlation: 0.11, correlationByChance: 0.12, utilization: 0.16 });
  const [other] = perRunRows(tables, readings({ reportedCorrelation: "pearson", utilization: "fired" }));
  assert.deepEqual(other, { ...place, correlation: 0.13, correlationByChance: 0.14, utilization: 0.17 });
  const [largest] = perRunRows(tables, readings({ reportedCorrelation: "maximum" }));
  assert.deepEqual([largest.correlation, largest.correlationByChance], [0.15, 0.155]);
  assert.deepEqual(
    crossLayerRows(tables, readings()).map((of) => of.runName),
    places.map((of) => of.runName),
  );
});

const stated = (runs: number[], layer: number | "all", section: string, quantity: string, value: number): Claim =>
  ({ ...{ kind: "close", runs, layer, section, quantity, stated: value } }) as unknown as Claim;
const madeUpClaims = [
  stated([9], 5, "6.2", "meanCorrelation", 0.1),
  stated([9], 19, "6.2", "utilization", 0.2),
  stated([1], 12, "6.1", "meanCorrelation", 0.3),
  stated([1], 12, "6.3", "meanCorrelation", 0.35),
  stated([2], 12, "6.1", "utilization", 0.4),
  stated([2], 12, "7", "meanCorrelation", 0.5),
  stated([2], 12, "6", "utilization", 0.6),
  { ...stated([2], 12, "6.1", "lowActivity", 0.7), kind: "bound" } as unknown as Claim,
  stated([2], 12, "Figure 2", "lowActivity", 0.8),
  stated([2], 12, "Figure 2", "lowActivity", 0.9),
];

test("what is stated: across layers by §6.2 alone, per run by §6's parts, each quantity by itself", () => {
  assert.deepEqual(statedAcrossLayers(madeUpClaims, defaultScope), {
    correlation: [{ run: 9, layer: 6, value: 0.1 }],
    utilization: [{ run: 9, layer: 22, value: 0.2 }],
  });
  assert.deepEqual(statedPerRun(madeUpClaims), {
    correlation: [
      { run: 9, value: 0.1 },
      { run: 1, value: 0.35 }, // the last that is stated of a run
    ],
    utilization: [
      { run: 9, value: 0.2 },
      { run: 2, value: 0.4 },
    ],
  });
  assert.deepEqual([statedLowActivity(madeUpClaims), statedLowActivity([])], [0.8, undefined]);
});

test("baselines are of the tables' own width and batch", () => {
  const wide = { ...first, record: { ...first.record, d_in: 8, batchSize: 50 } };
  assert.deepEqual(baselinesOf([wide, first]), [
    { name: "decoder, random: √(2/πd), d = 8", value: Math.sqrt(2 / (8 * Math.PI)) },
    { name: "Pearson, noise of 50", value: Math.sqrt(2 / (50 * Math.PI)) },
  ]);
});

test("the scale counts layers, runs and seeds once each, has the most steps, and says which seeds are others", () => {
  assert.equal(scaleOf([first], "m"), "m, layer 14, 1 run, 1 seed, 8 steps");
  const longer = { ...madeUp({ run: 4 }), record: { ...madeUp({ run: 4 }).record, steps: 12 } };
  assert.equal(scaleOf([longer, madeUp({ run: 3 })], "m"), "m, layer 14, 2 runs, 1 seed, 12 steps");
  assert.equal(
    scaleOf([madeUp({ run: 3 }), madeUp({ run: 4 }), madeUp({ run: 4, seed: 7 }), madeUp({ run: 5 })], "m"),
    "m, layer 14, 3 runs, 2 seeds, 8 steps. Run 4 has seeds 7, 42; all others have 42",
  );
});

const idsOf = (tables: TrainedTables[]): string[] =>
  figuresOf({ ...measurementOn(tables), modelName: "m", claims: [] }).map(({ id }) => id);
const figureOf = (tables: TrainedTables[], id: string, claims: readonly Claim[] = []): Figure =>
  figuresOf({ ...measurementOn(tables), modelName: "m", claims }).find((one) => one.id === id)!.figure;
const caption = (figure: Figure): string => readableText(String((figure.layout.title as { text: string }).text));

test("what controls a run is drawn of the layer of §6.1, else of the first; of the last run and its first seed", () => {
  const controls = (tables: TrainedTables[]) => idsOf(tables).filter((id) => id.startsWith("control"));
  assert.deepEqual(controls([madeUp({ layer: 22 }), madeUp({ layer: 14 })]), ["control-traces-layer-14"]);
  assert.deepEqual(controls([madeUp({ layer: 22 }), madeUp({ layer: 6 })]), ["control-traces-layer-22"]);
  const withNorm = (run: number, seed: number, norm: number): TrainedTables => {
    const tables = madeUp({ run, seed });
    return { ...tables, trace: tables.trace.map((row, i) => ({ ...row, gradientNorm: norm + i })) };
  };
  const tables = [withNorm(9, 42, 10), withNorm(9, 43, 20), withNorm(7, 42, 30)];
  const drawn = figureOf(tables, "control-traces-layer-14");
  const values = new Set(drawn.data.flatMap(({ y }) => [...(y ?? [])]));
  assert.deepEqual(
    [10, 20, 30].map((norm) => values.has(norm)),
    [true, false, false],
  );
  assert.match(caption(drawn), /m, layer 14, 1 run, 1 seed, 8 steps/);
});

test("layers are compared in the first and the last run of all", () => {
  const tables = [6, 14].flatMap((layer) => [2, 5, 9].map((run) => madeUp({ run, layer })));
  assert.match(caption(figureOf(tables, "cross-layer")), /m, layer 6, 14, 2 runs, 1 seed, 8 steps/);
});

test("bold lines are smoothed over two steps in a hundred, the longest training's, and one", () => {
  const longer = (steps: number): TrainedTables => {
    const tables = madeUp({ run: 9 });
    const trace = Array.from({ length: steps }, (_, i) => ({ ...tables.trace[i % 8], step: i + 1 }));
    return { ...tables, record: { ...tables.record, steps }, trace };
  };
  const smoothed = (steps: number) =>
    /smoothed over (\d+) steps/.exec(
      caption(figureOf([madeUp({ run: 8 }), longer(steps)], "training-loss-layer-14")),
    )?.[1];
  assert.deepEqual([99, 100, 199, 250].map(smoothed), [undefined, "3", "3", "5"]);
});

test("what the paper states of a layer stands on its figures, also where a claim of all layers is", () => {
  const all = stated([9], "all", "6.2", "meanCorrelation", 0.77);
  const shown = (claims: readonly Claim[]) =>
    figureOf([madeUp({ run: 9 })], "per-run-layer-14", claims).data.filter(isStated);
  assert.deepEqual(
    shown([all, stated([9], 12, "6.1", "meanCorrelation", 0.66), stated([9], 5, "6.1", "meanCorrelation", 0.55)]).map(
      ({ y }) => y,
    ),
    [[0.66]],
  );
});

test("a variation's rows carry its hash and its name, and the caption counts it beside the runs", () => {
  const { record, ...rest } = madeUp({ run: 7 });
  const varied = { ...rest, record: { ...record, run: variation(7, "gamma-1") } };
  const both = [madeUp({ run: 7 }), varied];
  for (const rows of [lossRows(both), sparsityRows(both), usageRows(both), perRunRows(both, readings())]) {
    const whose = new Set(rows.map(({ run, runName, variation: hash }) => `${run} ${runName} ${hash}`));
    assert.deepEqual([...whose], ["7 local-competition undefined", "7 gamma-1 0123abcd"]);
  }
  assert.equal(scaleOf(both, "M"), "M, layer 14, 1 run, 1 variation, 1 seed, 8 steps");
  assert.equal(scaleOf([varied], "M"), "M, layer 14, 1 variation, 1 seed, 8 steps");
});

test("figures with variations draw them beside the runs, and what controls the last run stays the paper's", async () => {
  const { claims } = await readRegistry();
  const varied = everyTraining()
    .filter(({ record }) => record.run.number === 9)
    .map((tables) => ({ ...tables, record: { ...tables.record, run: variation(9, "gamma-1") } }));
  const drawn = figuresOf({ ...measurementOn([...everyTraining(), ...varied]), modelName: "M", claims });
  const before = figuresOf({ ...measurementOn(everyTraining()), modelName: "M", claims });
  assert.deepEqual(
    drawn.map(({ id }) => id),
    before.map(({ id }) => id),
  );
  for (const [i, { id, figure }] of drawn.entries()) {
    const named = figure.data.filter(({ name }) => name === "gamma-1, of Run 9");
    assert.equal(named.length > 0, !id.startsWith("control-traces"), id);
    const others = figure.data.filter((trace) => !named.includes(trace));
    if (/^(training-loss|sparsity)/.test(id)) assert.deepEqual(others, before[i].figure.data, id);
  }
});
