import assert from "node:assert/strict";
import { test } from "node:test";
import { deviationTable, metricsTable, relativeDeviations } from "../../studies/precision-table.js";

test("a deviation is that of its own vector, whatever the others are", () => {
  const exact = Float32Array.of(3, 4, 0, 100);
  assert.deepEqual(relativeDeviations(exact, Float32Array.of(3, 4, 0, 100), 2), [0, 0]);
  assert.deepEqual(relativeDeviations(exact, Float32Array.of(3, 5, 60, 20), 2), [0.2, 1]);
  const table = deviationTable(new Map([[6, [0.2, 1]]]));
  assert.match(table, /\| 6 \| 2 \| 60 % \| 100 % \|$/);
});

test("bfloat16 is compared with float32 in the same run", () => {
  const training = (number: number, l0: number) => ({
    run: { number, name: "" },
    final: { l0, fractionVarianceExplained: 0.5, meanActivationCosine: null, utilizationImportance: 1 },
  });
  const table = metricsTable({
    float32: [training(0, 1), training(0, 3), training(9, 7)],
    bfloat16: [training(0, 3), training(0, 5), training(9, 7)],
  });
  const lines = table.split("\n").slice(2);
  assert.deepEqual(lines, [
    "| 0 | float32 | 0.5 | – | 2 ± 1.4 | 1 |",
    "| 0 | bfloat16 | = | – | 4 ± 1.4 (+1.4) | = |",
    "| 9 | float32 | 0.5 | – | 7 | 1 |",
    "| 9 | bfloat16 | = | – | = | = |",
  ]);
});
