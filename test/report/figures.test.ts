import assert from "node:assert/strict";
import { test } from "node:test";
import { checkClaims } from "../../src/claims/check.js";
import type { Claim } from "../../src/claims/claim.js";
import { readRegistry } from "../../src/claims/list.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { readableText, type Trace } from "../../src/figures/figure.js";
import { renderSvg } from "../../src/figures/render.js";
import { figuresOf } from "../../src/report/figures.js";
import { everyTraining, madeUp, measurementOn } from "../helpers/made-up-claims.js";

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

test("figures of unequal trainings are drawn of those that are there, and say which run has other seeds", async () => {
  const { claims } = await readRegistry();
  const drawnOf = (tables: TrainedTables[]) =>
    figuresOf({ ...measurementOn(tables), modelName: "SmolLM2-135M", claims });
  const shapes = [
    [madeUp({ run: 0 }), madeUp({ run: 3 }), madeUp({ run: 3, seed: 43 }), madeUp({ run: 9 })], // a seed more
    [madeUp({ run: 0 }), madeUp({ run: 9 }), madeUp({ run: 0, layer: 6 })], // a run less on one layer
    [madeUp({ run: 3 }), madeUp({ run: 3, seed: 43 })], // one run alone
  ];
  const said = ["Run 3 has seeds 42, 43; all others have 42", "Run 9 on layer 6 has no training; all others have 42"];
  for (const [i, tables] of shapes.entries()) {
    const drawn = drawnOf(tables);
    for (const { figure } of drawn) await renderSvg(figure);
    const captions = JSON.stringify(drawn.map(({ figure }) => figure.layout.title)).replaceAll("<br>", " ");
    if (said[i]) assert.ok(readableText(captions).includes(said[i].slice(0, 20)), captions);
  }
});

test("an error in drawing names the figure", async () => {
  const tables = madeUp();
  const broken = { ...tables, trace: tables.trace.map((step) => ({ ...step, activeFraction: Number.NaN })) };
  assert.throws(() => figuresOf({ ...measurementOn([broken]), modelName: "m", claims: [] }), {
    message: /^sparsity-over-training-layer-14: run 0, seed 42, step 1: expected a finite value/,
  });
});
