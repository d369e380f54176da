import assert from "node:assert/strict";
import { test } from "node:test";
import { quantity, quantityNames } from "../../src/claims/quantities.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { readings } from "../../src/readings.js";
import { madeUp } from "../helpers/made-up-claims.js";

const r = readings();
const withTrace = (rows: Partial<TrainedTables["trace"][number]>[]): TrainedTables => {
  const tables = madeUp();
  return { ...tables, trace: rows.map((row, i) => ({ ...tables.trace[0], step: i + 1, ...row })) };
};
const near = (actual: number | null, expected: number): void =>
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-12, `${actual}, by hand ${expected}`);

for (const name of quantityNames)
  test(`${name}: tables in which 0.25 is planted give 0.25, and the others are left as they were`, () => {
    const tables = madeUp();
    const copy = structuredClone(tables);
    // Counts of steps are whole: of the second half's 4 steps 3 lead on.
    const value = { radiusMoves: 1 / 3 }[name as string] ?? 0.25;
    near(quantity(name).of(quantity(name).planted(tables, value, r), r), value);
    assert.deepEqual(tables, copy);
  });

test("a training without steps measures nothing from its trace, not zero", () => {
  for (const name of [
    "lossRoughness",
    "reconstructionRoughness",
    "oscillation",
    "activationDrift",
    "selectedShare",
    "radiusMoves",
  ] as const)
    assert.equal(quantity(name).of(withTrace([]), r), null, name);
});

test("quantities of the trace, by hand", () => {
  // Second half: losses 4, 2, 3: changes 2 and 1 over a mean of 3.
  near(quantity("lossRoughness").of(withTrace([9, 7, 4, 2, 3].map((loss) => ({ loss }))), r), 1.5 / 3);
  near(
    quantity("activationDrift").of(withTrace([0.9, 0.8, 0.12, 0.06].map((activeFraction) => ({ activeFraction }))), r),
    0.03,
  );
  near(
    quantity("reconstructionRoughness").of(withTrace([9, 7, 4, 2, 3].map((reconstruction) => ({ reconstruction }))), r),
    0.5,
  );
  // The whole training: changes 0.1, 0.2 and 0.1 over a mean of 0.2.
  near(
    quantity("oscillation").of(withTrace([0.1, 0.2, 0.4, 0.1].map((activeFraction) => ({ activeFraction }))), r),
    0.6 / 3 / 0.2,
  );
  near(quantity("radiusMoves").of(withTrace([0, 8, 9, 9, 10].map((meanRadius) => ({ meanRadius }))), r), 1 / 2);
  near(quantity("selectedShare").of(withTrace([{ pairs: 19 }, { pairs: 0 }]), r), 0.05); // of 190
});

test("quantities of the metrics, by hand", () => {
  const tables = madeUp({ last: { utilizationImportance: 0.85, utilizationFired: 0.95 } });
  near(quantity("utilization").of(tables, r), 0.85);
  near(quantity("utilization").of(tables, readings({ utilization: "fired" })), 0.95);
  near(quantity("lowActivity").of(tables, r), 0.15);
  near(quantity("correlationAboveChance").of(tables, r), 0.14);
  near(quantity("activeFraction").of(tables, r), 0.1);
  near(quantity("utilization").headroom?.(tables, r) ?? null, 0.15);
  near(quantity("pearsonAboveChance").of(tables, r), 0.09);
  near(quantity("decoderAboveChance").of(tables, r), 0);
  near(quantity("maximumAboveChance").of(tables, r), 0.3);
  near(quantity("strongPairs").of(tables, r), 0.04);
  near(quantity("prunablePairs").of(tables, r), 0.002);
});

test("importance settles by its last change over the first that is measured, wherever that is", () => {
  const settling = (changes: (number | null)[]): number | null => {
    const { metrics, ...rest } = madeUp();
    const rows = changes.map((importanceChange, step) => ({ ...metrics[0], step, importanceChange }));
    return quantity("importanceSettling").of({ ...rest, metrics: rows }, r);
  };
  near(settling([null, 0.5, 0.9, 0.1]), 0.2);
  near(settling([null, null, 0.4, 0.6]), 1.5);
  near(settling([null, 0.4, 0.2, null]), 0.5);
  assert.equal(settling([null, null, 0.4]), null, "one change settles nothing");
  assert.equal(settling([null, null]), null);
  assert.equal(settling([null, 0, 0.1]), null, "nothing changed at first");
});

test("what is planted stands in the last row alone, and of importance in all but the first", () => {
  const { metrics } = quantity("utilization").planted(madeUp(), 0.25, r);
  assert.deepEqual(
    metrics.map((row) => row.utilizationImportance),
    [null, 0.9, 0.25],
  );
  near(quantity("utilization").headroom?.(madeUp({ last: { utilizationImportance: null } }), r) ?? null, 1);
  assert.deepEqual(
    quantity("importanceSettling")
      .planted(madeUp(), 0.25, r)
      .metrics.map((row) => row.importanceChange),
    [null, 1, 0.25],
  );
});

test("a quantity of what was not measured is null, its parts as well", () => {
  const unknown = madeUp({ last: { utilizationImportance: null } });
  for (const name of ["utilization", "lowActivity"] as const) assert.equal(quantity(name).of(unknown, r), null, name);
});

test("what evaluating a training measured is read from its evaluation, and is null without one", () => {
  const names = [
    "nearestActivationAboveChance",
    "nearestDecoderAboveChance",
    "probing1",
    "probing5AboveInput",
  ] as const;
  const evaluation = {
    ...{ nearestActivation: 0.5, nullNearestActivation: 0.1, nearestDecoder: 0.3, nullNearestDecoder: 0.2 },
    ...{ probing1: 0.7, probing5: 0.9, inputProbing5: 0.85 },
  } as NonNullable<ReturnType<typeof madeUp>["evaluation"]>;
  for (const [i, expected] of [0.4, 0.1, 0.7, 0.05].entries()) {
    assert.equal(quantity(names[i]).of(madeUp(), r), null, names[i]);
    near(quantity(names[i]).of({ ...madeUp(), evaluation }, r), expected);
    near(quantity(names[i]).of(quantity(names[i]).planted(madeUp(), 0.25, r), r), 0.25);
  }
});

test("by chance: what the columns say of correlations, nothing above chance, and of all else no word", () => {
  const byChance = (name: (typeof quantityNames)[number], readings_ = r) =>
    quantity(name).byChance?.(madeUp(), readings_) ?? null;
  const known = quantityNames.filter((name) => byChance(name) !== null);
  assert.deepEqual(Object.fromEntries(known.map((name) => [name, byChance(name)])), {
    ...{ meanCorrelation: 0.06, correlationAboveChance: 0, pearsonAboveChance: 0, decoderAboveChance: 0 },
    ...{ maximumAboveChance: 0, strongPairs: 0.03, prunablePairs: 0 },
    ...{ nearestActivationAboveChance: 0, nearestDecoderAboveChance: 0, probing1: 0.5, probing5AboveInput: 0 },
  });
  for (const [reportedCorrelation, chance] of [
    ["batch", 0.1],
    ["pearson", 0.01],
    ["decoder", 0.03],
    ["maximum", 0.2],
  ] as const)
    assert.equal(byChance("meanCorrelation", readings({ reportedCorrelation })), chance);
});

test("a reading of R19 moves the mean correlation and its excess, and leaves the measures of independence", () => {
  const decoder = readings({ reportedCorrelation: "decoder" });
  const tables = madeUp({ last: { meanDecoderCosine: 0.07 } });
  near(quantity("meanCorrelation").of(tables, decoder), 0.07);
  near(quantity("correlationAboveChance").of(tables, decoder), 0.04);
  near(quantity("pearsonAboveChance").of(tables, decoder), 0.09);
});

test("of an odd number of steps the middle one belongs to the second half", () => {
  const { of } = quantity("activationDrift");
  near(of(withTrace([0.9, 0.2, 0.2].map((activeFraction) => ({ activeFraction }))), r), 0.1);
  near(of(withTrace([0.9, 0.3, 0.2, 0.2].map((activeFraction) => ({ activeFraction }))), r), 0.1);
  near(of(withTrace([{ activeFraction: 0.04 }]), r), 0.06);
});

test("a share of pairs is of d (d − 1) / 2, and what is planted moves the radius in whole steps of the second half", () => {
  near(quantity("selectedShare").of(withTrace([{ pairs: 190 }]), r), 1);
  const { trace } = quantity("radiusMoves").planted(madeUp(), 2 / 3, r);
  assert.deepEqual(
    trace.map((row) => row.meanRadius),
    [0, 0, 0, 0, 0, 1, 2, 2],
  );
});
