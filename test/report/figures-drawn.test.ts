import assert from "node:assert/strict";
import { test } from "node:test";
import { readRegistry } from "../../src/claims/list.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { readableText } from "../../src/figures/figure.js";
import { renderSvg } from "../../src/figures/render.js";
import { figuresOf } from "../../src/report/figures.js";
import { madeUp, measurementOn } from "../helpers/made-up-claims.js";

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
