import assert from "node:assert/strict";
import { test } from "node:test";
import type { BoundClaim, CloseClaim, MeasuredClaim, OrderClaim } from "../../src/claims/claim.js";
import { type Measured, measureClaim } from "../../src/claims/measure.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { type MadeUp, madeUp, measurementOn } from "../helpers/made-up-claims.js";

const common = {
  ...{ id: "made-up", quote: "made up", section: "6.1", unit: "1", layer: 12, runs: [0], notebook: "none" },
  ...{ reading: "made up", weight: "detail", evidence: "none" },
} as const;
const close = { ...common, runs: [0], kind: "close", quantity: "meanCorrelation", stated: 1, tolerance: 1, why: "" };
const bound = { ...common, runs: [0], kind: "bound", quantity: "meanCorrelation", operator: "<", value: 1 };
const order = { ...common, runs: [0, 1, 2], kind: "order", quantity: "utilization", order: [[0], [1], [2]] };

const measured = (claim: object, tables: TrainedTables[]): Measured => {
  const found = measureClaim(claim as MeasuredClaim, measurementOn(tables));
  assert.ok(typeof found === "object", String(found));
  return found;
};
const lacks = (claim: object, tables: TrainedTables[]): string =>
  String(measureClaim(claim as MeasuredClaim, measurementOn(tables)));
const near = (actual: readonly number[], byHand: readonly number[]): void => {
  assert.equal(actual.length, byHand.length);
  for (const [i, value] of byHand.entries()) assert.ok(Math.abs(actual[i] - value) < 1e-12, `${actual} not ${byHand}`);
};

/** A training with these correlations and utilization at its end. */
const at = (place: MadeUp, meanActivationCosine: number, nullActivationCosine = 0, utilizationImportance = 0.5) =>
  madeUp({ ...place, last: { meanActivationCosine, nullActivationCosine, utilizationImportance } });

test("one value a seed, with the mean over seeds of what chance gives", () => {
  const tables = [at({ seed: 42 }, 0.2, 0.05), at({ seed: 7 }, 0.4, 0.07), at({ run: 1, seed: 9 }, 0.9, 0.9)];
  const { seeds, values, mean, byChance, ...rest } = measured(close as CloseClaim, tables);
  assert.deepEqual(seeds, [42, 7]);
  near([...values, mean, byChance!], [0.2, 0.4, 0.3, 0.06]);
  for (const part of ["leftOut", "groups", "increases", "headroom", "cannotRise", "beside"])
    assert.ok(!(part in rest), part);
});

test("over several trainings a bound takes the largest unless it says which, each of its own seed", () => {
  const tables = [
    ...[at({ seed: 42 }, 0.2), at({ run: 1, seed: 42 }, 0.5)],
    ...[at({ seed: 43 }, 0.9), at({ run: 1, seed: 43 }, 0.6)],
  ];
  const over = (changes: Partial<BoundClaim>) => measured({ ...bound, runs: [0, 1], ...changes }, tables).values;
  near(over({ over: "largest" }), [0.5, 0.9]);
  near(over({}), [0.5, 0.9]);
  near(over({ over: "smallest" }), [0.2, 0.6]);
  near(over({ over: "range" }), [0.3, 0.3]);
});

test("an order claim has the mean of each group, every increase, and of each seed the least", () => {
  const tables = [0.1, 0.3, 0.7].flatMap((value, run) => [
    at({ run, seed: 42 }, 0, 0, value),
    at({ run, seed: 43 }, 0, 0, value + 0.1 * run),
  ]);
  const { values, groups, increases, mean } = measured(order as OrderClaim, tables);
  near(values, [0.2, 0.3]);
  near([mean], [0.25]);
  assert.deepEqual(
    groups!.map(({ runs }) => runs),
    [[0], [1], [2]],
  );
  near(
    groups!.map((group) => group.mean),
    [0.1, 0.35, 0.8],
  );
  near(
    increases!.map((increase) => increase.mean),
    [0.25, 0.45],
  );
});

test("of groups the increase goes from the largest of one to the smallest of the next", () => {
  const tables = [0.1, 0.2, 0.5, 0.9].map((value, run) => at({ run }, 0, 0, value));
  const { values, groups } = measured(
    {
      ...order,
      runs: [0, 1, 2, 3],
      order: [
        [0, 1],
        [2, 3],
      ],
    },
    tables,
  );
  near(values, [0.3]);
  near(
    groups!.map(({ mean }) => mean),
    [0.15, 0.7],
  );
});

test("a bound has the largest room to the end of the range of all that it is over", () => {
  const tables = [at({ run: 0 }, 0, 0, 0.9), at({ run: 1 }, 0, 0, 0.75)];
  const used = { ...bound, quantity: "utilization", runs: [0, 1], over: "largest" };
  near([measured(used, tables).headroom!], [0.25]);
  assert.equal(measured({ ...bound, runs: [0, 1], over: "largest" }, tables).headroom, undefined, "no end is near");
  assert.equal(measured({ ...order, runs: [0, 1], order: [[0], [1]] }, tables).headroom, undefined);
});

test("an order names the runs that decide each increase: of the means the largest before and the smallest after", () => {
  const tables = [0.1, 0.2, 0.5, 0.9].flatMap((value, run) => [
    at({ run, seed: 42 }, 0, 0, value),
    at({ run, seed: 43 }, 0, 0, run === 0 ? 0.25 : value), // above Run 1 in this seed alone, not on average
  ]);
  const runs = [0, 1, 2, 3];
  const decide = (order: number[][]) =>
    measured({ ...bound, kind: "order", quantity: "utilization", runs, order }, tables).increases!.map(
      ({ from, to }) => [from, to],
    );
  assert.deepEqual(
    decide([
      [0, 1],
      [2, 3],
    ]),
    [[1, 2]],
  );
  assert.deepEqual(
    decide([
      [3, 2],
      [1, 0],
    ]),
    [[3, 0]],
  );
  assert.deepEqual(decide([[0], [1], [2], [3]]), [
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
});

test("an order cannot rise where some run before stands at the end of its range in every seed", () => {
  const cannotRise = (before: number[], more: object = {}): boolean | undefined =>
    measured(
      { ...order, runs: [0, 1], order: [[0], [1]], ...more },
      before.flatMap((value, i) => [at({ run: 0, seed: i }, 0, 0, value), at({ run: 1, seed: i }, 0, 0, 0.99)]),
    ).cannotRise;
  assert.equal(cannotRise([1, 1, 1]), true);
  assert.equal(cannotRise([0.995, 1, 0.991]), true, "nearer than a point of a hundred");
  assert.equal(cannotRise([0.995, 1, 0.98]), undefined, "one seed has room");
  assert.equal(cannotRise([0.9, 0.9, 0.9]), undefined, "Run 1 at the end is where it rises to");
  assert.equal(cannotRise([1, 1, 1], { quantity: "meanCorrelation" }), undefined, "it has no end that it reaches");
  const groups = [0.9, 1, 0.95].map((value, run) => at({ run }, 0, 0, value));
  const ofGroups = measured({ ...order, order: [[0, 1], [2]] }, groups);
  assert.equal(ofGroups.cannotRise, true, "one run of a group is enough: the next cannot be above it");
});

test("an order of independence has its mean least increase by the other measures beside it, and no other order has", () => {
  const training = (run: number, seed: number): TrainedTables =>
    madeUp({
      ...{ run, seed },
      last: {
        ...{ meanActivationPearson: 0.1 + 0.1 * run, nullActivationPearson: 0.05 },
        ...{ meanActivationCosine: 0.3 - 0.1 * run + 0.01 * seed * run, nullActivationCosine: 0.02 },
        ...{ meanDecoderCosine: 0.03 + 0.02 * run, nullDecoderCosine: 0.01 },
        ...{ meanMaxActivationCosine: 0.5 - 0.2 * run, nullMaxActivationCosine: 0.1 + 0.1 * run },
      },
    });
  const tables = [0, 1, 2].flatMap((seed) => [training(0, seed), training(1, seed)]);
  const independent = { ...order, runs: [0, 1], order: [[0], [1]], quantity: "pearsonAboveChance" };
  const { mean, beside } = measured(independent, tables);
  near([mean], [0.1]);
  assert.deepEqual(Object.keys(beside!), ["correlationAboveChance", "decoderAboveChance", "maximumAboveChance"]);
  near(Object.values(beside!), [-0.09, 0.02, -0.3]); // of −0.1, −0.09 and −0.08; the maxima less their own chance
  for (const quantity of ["correlationAboveChance", "utilization"])
    assert.equal(measured({ ...independent, quantity }, tables).beside, undefined, quantity);
});

test("seeds that not all trainings have are left out, each with what it lacks", () => {
  const tables = [
    ...[at({ run: 0, seed: 1 }, 0), at({ run: 0, seed: 2 }, 0), at({ run: 0, seed: 3 }, 0)],
    ...[at({ run: 1, seed: 2 }, 0), at({ run: 1, seed: 3 }, 0), at({ run: 1, seed: 4 }, 0)],
    at({ run: 2, seed: 3 }, 0),
  ];
  const { seeds, leftOut } = measured(order, tables);
  assert.deepEqual(seeds, [3]);
  assert.equal(
    leftOut,
    "seed 1 does not count without Run 1, 2 on layer 14; seed 2 does not count without Run 2 on layer 14; " +
      "seed 4 does not count without Run 0, 2 on layer 14",
  );
});

test("trainings that are not there are listed layer by layer", () => {
  const both = { ...bound, layer: "all", runs: [0, 1], over: "range" };
  const tables = [madeUp({ run: 0, layer: 6 }), madeUp({ run: 1, layer: 14 })];
  assert.equal(lacks(both, tables), "not trained: Run 1 on layer 6; Run 0 on layer 14; Run 0, 1 on layer 22");
  const apart = [madeUp({ run: 0, seed: 1 }), madeUp({ run: 1, seed: 2 })];
  assert.equal(lacks({ ...order, runs: [0, 1], order: [[0], [1]] }, apart), "no seed has all of: Run 0, 1 on layer 14");
});

test("a number that is undefined in one of the trainings is undefined, and says where", () => {
  const tables = [madeUp({ run: 0 }), madeUp({ run: 1, last: { utilizationImportance: null } }), madeUp({ run: 2 })];
  assert.equal(lacks(order, tables), "share of features in use (R18): undefined in Run 1 on layer 14");
  assert.match(lacks(close, [at({}, Number.POSITIVE_INFINITY)]), /undefined in Run 0 on layer 14$/);
});
