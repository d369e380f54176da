import assert from "node:assert/strict";
import { test } from "node:test";
import { type CheckedClaim, checkClaims } from "../../src/claims/check.js";
import type { BoundClaim, Claim, CloseClaim, ExactClaim, OrderClaim, StatementClaim } from "../../src/claims/claim.js";
import { scopeOf } from "../../src/claims/scope.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { profiles } from "../../src/profiles.js";
import { readings } from "../../src/readings.js";
import { everyTraining, madeUp, measurementOn } from "../helpers/made-up-claims.js";

const common = {
  id: "made-up",
  quote: "made up",
  section: "6.1",
  unit: "1",
  layer: 12,
  runs: [0],
  notebook: "none",
  reading: "made up",
  weight: "detail",
  evidence: "none",
} as const;

const close: CloseClaim = {
  ...common,
  runs: [0],
  kind: "close",
  quantity: "meanCorrelation",
  stated: 0.18,
  tolerance: 0.01,
  why: "made up",
};
const bound: BoundClaim = {
  ...common,
  runs: [0],
  kind: "bound",
  quantity: "meanCorrelation",
  operator: "<",
  value: 0.1,
};
const order: OrderClaim = {
  ...common,
  runs: [0, 1],
  kind: "order",
  quantity: "utilization",
  order: [[0], [1]],
};
const exact: ExactClaim = {
  ...common,
  runs: [0],
  kind: "exact",
  quantity: "selectedShare",
  value: 0.05,
  decimals: 2,
};
const statement: StatementClaim = {
  ...common,
  runs: [0, 1],
  kind: "statement",
  quantity: null,
  test: "everyRunDiffers",
  why: "made up",
};

const check = (claim: Claim, tables: readonly TrainedTables[]): CheckedClaim =>
  checkClaims([claim], [claim], measurementOn(tables))[0];

/** Trainings of one run whose last mean correlation is each of these, seed by seed. */
const correlations = (values: number[], run = 0): TrainedTables[] =>
  values.map((meanActivationCosine, i) => madeUp({ run, seed: 42 + i, last: { meanActivationCosine } }));
const utilizations = (values: number[], run: number): TrainedTables[] =>
  values.map((utilizationImportance, i) => madeUp({ run, seed: 42 + i, last: { utilizationImportance } }));

for (const [values, verdict] of [
  [[0.18, 0.181, 0.179], "holds"],
  [[0.172, 0.172, 0.172], "holds"],
  [[0.171, 0.171, 0.171], "inconclusive"], // other kernels move it by 0.002, which is past the tolerance
  [[0.3, 0.301, 0.299], "differs"],
  [[0.18, 0.19, 0.17], "inconclusive"], // the mean is as stated, the interval too wide
  [[0.195, 0.19, 0.185], "inconclusive"],
  [[0.18, 0.18], "inconclusive"], // two seeds
  [[0.18], "inconclusive"],
  [[], "not measurable here"],
] as [number[], string][])
  test(`close: 0.18 ± 0.01, measured ${values.join(", ") || "nowhere"}: ${verdict}`, () => {
    assert.equal(check(close, correlations(values)).verdict, verdict);
  });

for (const [values, verdict] of [
  [[0.08, 0.081, 0.079], "holds"],
  [[0.1, 0.1, 0.1], "inconclusive"], // not below, but other kernels move it by 0.002
  [[0.12, 0.121, 0.119], "differs"],
  [[0.08, 0.09, 0.07], "inconclusive"],
  [[0.01, 0.01], "inconclusive"],
] as [number[], string][])
  test(`bound: below 0.1, measured ${values.join(", ")}: ${verdict}`, () => {
    assert.equal(check(bound, correlations(values)).verdict, verdict);
  });

test("bound: over several layers their largest, smallest or range counts, seed by seed", () => {
  const tables = [0.02, 0.05, 0.09].flatMap((value, at) =>
    [42, 43, 44].map((seed) =>
      madeUp({ layer: [6, 14, 22][at], seed, last: { meanActivationCosine: value + 0.001 * (seed - 43) } }),
    ),
  );
  const over = (how: "largest" | "smallest" | "range") =>
    check({ ...bound, layer: "all", over: how }, tables).measured?.mean.toFixed(6);
  assert.deepEqual([over("largest"), over("smallest"), over("range")], ["0.090000", "0.020000", "0.070000"]);
});

for (const [after, verdict] of [
  [[0.9, 0.91, 0.92], "holds"],
  [[0.8, 0.81, 0.82], "differs"], // nothing has changed
  [[0.7, 0.71, 0.72], "differs"],
  [[0.81, 0.8, 0.84], "inconclusive"],
  [[0.9, 0.91], "inconclusive"], // a seed has one run only
] as [number[], string][])
  test(`order: utilization of Run 1 above 0.80, 0.81, 0.82 of Run 0, measured ${after.join(", ")}: ${verdict}`, () => {
    const checked = check(order, [...utilizations([0.8, 0.81, 0.82], 0), ...utilizations(after, 1)]);
    assert.equal(checked.verdict, verdict, checked.because);
  });

test("order: seeds are compared with themselves: a spread that all runs share leaves no doubt", () => {
  const checked = check(order, [...utilizations([0.1, 0.5, 0.9], 0), ...utilizations([0.12, 0.521, 0.919], 1)]);
  assert.equal(checked.verdict, "holds", checked.because);
});

test("order: every increase counts, and of groups every run", () => {
  const tables = [0.5, 0.6, 0.7, 0.6].flatMap((value, run) => utilizations([value, value, value], run));
  const groups = (...order: number[][]): string => check({ ...ordered, runs: order.flat(), order }, tables).verdict;
  const { ...ordered } = order;
  assert.equal(groups([0], [1], [2]), "holds");
  assert.equal(groups([0], [2], [1]), "differs");
  assert.equal(groups([0, 1], [2]), "holds");
  assert.equal(groups([0, 1], [2, 3]), "differs"); // 1 and 3 are both 0.6
  assert.equal(groups([0, 2], [1]), "differs"); // though 0.6 is the mean of both
});

for (const [before, after, verdict] of [
  [[0.82, 0.821, 0.819], [0.95, 0.951, 0.949], "holds"],
  [[0.82, 0.821, 0.819], [1, 1, 1], "differs"], // higher, but not from 82 % to 95 %
  [[0.7, 0.701, 0.699], [0.95, 0.951, 0.949], "differs"],
  [[0.82, 0.83, 0.81], [0.95, 0.951, 0.949], "inconclusive"],
] as [number[], number[], string][])
  test(`order: from 0.82 to 0.95, measured ${before.join(", ")} and ${after.join(", ")}: ${verdict}`, () => {
    const fromTo: OrderClaim = { ...order, stated: { values: [0.82, 0.95], tolerance: 0.01 } };
    const checked = check(fromTo, [...utilizations(before, 0), ...utilizations(after, 1)]);
    assert.equal(checked.verdict, verdict, checked.because);
  });

test("bound: a range that the end of the scale keeps small is left open", () => {
  const layers = (values: number[]): TrainedTables[] =>
    values.flatMap((utilizationImportance, at) =>
      [42, 43, 44].map((seed) => madeUp({ layer: [6, 14, 22][at], seed, last: { utilizationImportance } })),
    );
  const alike: BoundClaim = {
    ...bound,
    layer: "all",
    quantity: "utilization",
    over: "range",
    operator: "<=",
    value: 0.02,
  };
  const verdict = (values: number[]): string => check(alike, layers(values)).verdict;
  assert.equal(verdict([0.94, 0.95, 0.93]), "holds");
  assert.equal(verdict([1, 1, 1]), "inconclusive");
  assert.equal(verdict([1, 0.99, 0.985]), "inconclusive"); // 1.5 points from the end: no two could be 2 apart
  assert.equal(verdict([1, 0.99, 0.95]), "differs");
  assert.match(check(alike, layers([1, 1, 1])).because, /end of its range/);
});

test("bound and close: the end of what is accepted belongs to it where other kernels move nothing", () => {
  const used = utilizations([0.17, 0.17, 0.17], 0);
  assert.equal(check({ ...close, quantity: "utilization" }, used).verdict, "holds");
  assert.equal(check({ ...bound, quantity: "utilization", value: 0.17 }, used).verdict, "differs", "not below");
  assert.equal(check({ ...bound, quantity: "utilization", operator: "<=", value: 0.17 }, used).verdict, "holds");
});

test("bound: layers that are as alike where nothing is learned say nothing of training", () => {
  const layers = (values: number[], learningRate?: number): TrainedTables[] =>
    values.flatMap((meanActivationCosine, at) =>
      [42, 43, 44].map((seed) => {
        const tables = madeUp({ layer: [6, 14, 22][at], seed, last: { meanActivationCosine } });
        return learningRate === undefined
          ? tables
          : { ...tables, record: { ...tables.record, optimization: { learningRate } } };
      }),
    );
  const alike: BoundClaim = {
    ...{ ...bound, layer: "all", over: "range", operator: "<=", value: 0.02 },
    controls: ["untrained"],
  };
  const under = (untrained: number[]): CheckedClaim =>
    checkClaims([alike], [alike], measurementOn(layers([0.2, 0.2, 0.2]), { untrained: layers(untrained, 0) }))[0];
  assert.equal(under([0.3, 0.4, 0.5]).verdict, "holds");
  const checked = under([0.32, 0.325, 0.33]);
  assert.equal(checked.verdict, "inconclusive");
  assert.match(checked.because, /holds under the control untrained as well/);
  const one = under([0.3, 0.3, 0.3]);
  assert.deepEqual(one.controls, [{ control: "untrained", verdict: "holds", couldFail: false }]);
});

test("exact: as many decimals as are stated must agree in every training", () => {
  const share = (pairs: number[]) =>
    pairs.map((count, i) => {
      const tables = madeUp({ seed: 42 + i });
      return { ...tables, trace: tables.trace.map((row) => ({ ...row, pairs: count })) };
    });
  assert.equal(check(exact, share([10])).verdict, "holds"); // 10 of 190 pairs, 0.0526
  assert.equal(check(exact, share([10, 10, 20])).verdict, "differs");
  assert.equal(check(exact, []).verdict, "not measurable here");
});

test("statement: a test decides, without one or without its trainings nothing does", () => {
  const both = [madeUp({ run: 0 }), madeUp({ run: 1 })];
  assert.equal(check(statement, both).verdict, "holds");
  const idle = [both[0], { ...both[1], trace: both[0].trace }];
  const { verdict, because } = check(statement, idle);
  assert.equal(verdict, "differs");
  assert.match(because, /exactly the steps of the run before.*Run 1/);
  assert.match(check(statement, [both[0]]).because, /not trained: Run 1 on layer 14/);
  const untested = check({ ...statement, test: null, why: "no table holds it" }, both);
  assert.deepEqual([untested.verdict, untested.because], ["not measurable here", "no table holds it"]);
});

test("statement: hyperparameters are the same until one training has others, or a layer other texts", () => {
  const same: Claim = { ...statement, test: "sameHyperparameters" };
  const both = [madeUp({ run: 0 }), madeUp({ run: 1 })];
  assert.equal(check(same, both).verdict, "holds");
  const other = (changes: object) => [both[0], { ...both[1], record: { ...both[1].record, ...changes } }];
  assert.equal(check(same, other({ batchSize: 64 })).verdict, "differs");
  assert.equal(check(same, other({ data: "other texts" })).verdict, "differs");
  const slower = both.map((tables) => ({
    ...tables,
    record: { ...tables.record, optimization: { learningRate: 1e-4 } },
  }));
  assert.equal(check(same, slower).verdict, "differs", "the same in all, but not the stated");
});

/** A training in which c̄ (of 10 pairs) and τ after it are these. */
const controlled = (steps: [c: number, tau: number][]): TrainedTables => {
  const tables = madeUp({ run: 0 });
  const trace = steps.map(([c, tau], i) => ({
    ...tables.trace[0],
    step: i + 1,
    pairs: 10,
    orthogonalityPenalty: 10 * c,
    tau,
  }));
  return { ...tables, trace };
};
const steps = {
  follows: [
    [0.5, 0.1],
    [0.5, 0.2],
    [0.02, 0.15],
    [0.3, 0.3],
  ],
  "never had to fall": [
    [0.5, 0.1],
    [0.5, 0.2],
    [0.5, 0.5],
    [0.5, 0.5],
    [0.5, 0.5],
    [0.5, 0.5],
  ],
  "goes against c̄": [
    [0.5, 0.1],
    [0.5, 0.2],
    [0.02, 0.3],
    [0.3, 0.2],
  ],
  "never moves": [
    [0.5, 0.1],
    [0.02, 0.1],
  ],
  "leaves its range": [
    [0.5, 0.1],
    [0.5, 0.6],
    [0.02, 0.5],
    [0.02, 0.4],
  ],
} satisfies Record<string, [number, number][]>;

for (const [test_, what, verdict] of [
  ["tauFollowsCorrelation", "follows", "holds"],
  ["tauFollowsCorrelation", "never had to fall", "inconclusive"],
  ["tauFollowsCorrelation", "goes against c̄", "differs"],
  ["tauAdjusts", "follows", "holds"],
  ["tauAdjusts", "never had to fall", "inconclusive"], // it stands at its upper end from the third step of six on
  ["tauAdjusts", "never moves", "differs"],
  ["tauAdjusts", "leaves its range", "differs"],
] as const)
  test(`statement: ${test_}, of a τ that ${what}: ${verdict}`, () => {
    const checked = check({ ...statement, runs: [0], test: test_ }, [controlled(steps[what])]);
    assert.equal(checked.verdict, verdict, checked.because);
  });

test("statement: features that stay inactive are reallocated, or there are none", () => {
  const claim: Claim = { ...statement, runs: [0], test: "reallocatesInactive" };
  const verdict = (reallocated: number, inactive: number): string => {
    const tables = madeUp({ run: 0 });
    const trace = tables.trace.map((row) => ({ ...row, reallocated }));
    return check(claim, [{ ...tables, trace, metrics: tables.metrics.map((row) => ({ ...row, inactive })) }]).verdict;
  };
  assert.deepEqual([verdict(3, 1), verdict(0, 0), verdict(0, 1)], ["holds", "inconclusive", "differs"]);
});

test("a claim the paper contradicts is self-contradictory whatever is measured, and what is measured is shown", () => {
  const layer = (id: string, stated: number): Claim => ({ ...close, id, section: "6.2", stated });
  const claim: Claim = { ...bound, contradiction: "layersBeyondBound" };
  const tables = correlations([0.05, 0.05, 0.05]);
  const [contradicted] = checkClaims([claim], [claim, layer("a", 0.11), layer("b", 0.09)], measurementOn(tables));
  assert.equal(contradicted.verdict, "self-contradictory");
  assert.equal(contradicted.measured?.n, 3);
  const [consistent] = checkClaims([claim], [claim, layer("a", 0.08), layer("b", 0.09)], measurementOn(tables));
  assert.equal(consistent.verdict, "holds");
});

test("layers and runs that are not trained, and numbers that are not there, are not measurable here, and named", () => {
  const elsewhere = [42, 43, 44].map((seed) => madeUp({ layer: 6, seed }));
  assert.match(check(close, elsewhere).because, /not trained: Run 0 on layer 14/);
  assert.match(check(order, utilizations([0.8, 0.8, 0.8], 0)).because, /not trained: Run 1 on layer 14/);
  assert.match(
    check({ ...bound, layer: "all", over: "largest" }, correlations([0.1])).because,
    /layer 6; Run 0 on layer 22/,
  );
  const apart = [...utilizations([0.8], 0), madeUp({ run: 1, seed: 7 })];
  assert.match(check(order, apart).because, /no seed has all of/);
  const unknown = [42, 43, 44].map((seed) => madeUp({ seed, last: { utilizationImportance: null } }));
  assert.match(
    check({ ...close, quantity: "utilization" }, unknown).because,
    /share of features in use.*undefined in Run 0/,
  );
  const notANumber = correlations([0.18, Number.NaN, 0.18]);
  assert.equal(check(close, notANumber).verdict, "not measurable here");
});

test("a correlation comes with what chance gives, and a reading chooses both", () => {
  const tables = [madeUp()];
  assert.equal(check(close, tables).measured?.byChance, 0.06);
  const [pearson] = checkClaims([close], [close], {
    ...measurementOn(tables),
    readings: readings({ reportedCorrelation: "pearson" }),
  });
  assert.deepEqual([pearson.measured?.mean, pearson.measured?.byChance], [0.1, 0.01]);
  const [largest] = checkClaims([close], [close], {
    ...measurementOn(tables),
    readings: readings({ reportedCorrelation: "maximum" }),
  });
  assert.deepEqual([largest.measured?.mean, largest.measured?.byChance], [0.5, 0.2]);
});

/** Made from nothing that is known, with as many features as the activations are wide. */
const nothing = { inputs: {}, readings: {}, spec: { d_in: 2304, d_sae: 2304 } };

test("the scope is that of the model and never the paper's, not even by the profile's name", () => {
  const [checked] = checkClaims([close], [close], measurementOn(everyTraining()));
  assert.deepEqual(checked.scope, { isPaperScale: false, text: "at the scale of SmolLM2-135M, 1000 steps" });
  const published = { "model-1.safetensors": { sha256: "aa" }, "model-2.safetensors": { sha256: "bb" } };
  const inputs = { "gemma-2-2b/model-1.safetensors": "sha256:aa", "gemma-2-2b/model-2.safetensors": "sha256:bb" };
  const made = { ...nothing, inputs, precision: "bfloat16" };
  assert.equal(scopeOf(profiles.paper, made, published).isPaperScale, true);
  const oneOther = scopeOf(
    profiles.paper,
    { ...nothing, inputs: { ...inputs, "gemma-2-2b/model-2.safetensors": "sha256:00" } },
    published,
  );
  assert.equal(oneOther.isPaperScale, false, "only the hashes of all the paper's model files give its scale");
  assert.equal(oneOther.text, "at the scale of a model that is not Gemma-2-2B, 1000 steps");
  assert.equal(scopeOf(profiles.paper, nothing, published).isPaperScale, false);
  const wider = { ...made, spec: { d_in: 2304, d_sae: 9216 } };
  assert.deepEqual(
    [scopeOf(profiles.paper, wider, published).isPaperScale, scopeOf(profiles.paper, wider, published).text],
    [false, "at the scale of Gemma-2-2B, 9216 features, 1000 steps, in bfloat16"],
  );
  for (const smaller of [
    { steps: 999 },
    { trainSequences: 3999 },
    { testSequences: 1 },
    { batchSize: 124 },
    { contextLength: 64 },
  ])
    assert.equal(scopeOf({ ...profiles.paper, ...smaller }, made, published).isPaperScale, false);
});

test("the scope says what it is not: verified text, the paper's precision, the default readings", () => {
  const made = { ...nothing, precision: "bfloat16" };
  const text = (changes: object, profile = profiles.paper): string =>
    scopeOf(profile, { ...made, ...changes }, {}).text;
  assert.equal(text({}), "at the paper's scale, on text whose source is not verified");
  assert.match(text({ precision: undefined }), /not verified, in float32 where the paper has bfloat16$/);
  assert.match(text({ readings: { importance: "meanAbs" } }), /not verified, read with importance = meanAbs$/);
  assert.equal(text({}, profiles.smoke), "at the scale of SmolLM2-135M, 90 steps, in bfloat16");
  assert.equal(
    text({ precision: undefined, readings: { importance: "rms" } }, profiles.smoke),
    "at the scale of SmolLM2-135M, 90 steps, read with importance = rms",
  );
});

test("the paper's layers 5, 12, 19 are blocks 6, 14, 22 of SmolLM2, also where fewer are trained", () => {
  const { layersOf } = scopeOf(profiles.smoke, nothing, {});
  assert.deepEqual([layersOf(5), layersOf(12), layersOf(19), layersOf("all")], [[6], [14], [22], [6, 14, 22]]);
  assert.deepEqual(scopeOf(profiles.paper, nothing, {}).layersOf("all"), [5, 12, 19]);
});

test("a seed that not every run of a claim has does not count, and the verdict says what it lacks", () => {
  const tables = [madeUp({ run: 0 }), madeUp({ run: 1 }), madeUp({ run: 1, seed: 43 })];
  const [{ because, measured }] = checkClaims([order], [order], measurementOn(tables));
  assert.deepEqual(measured?.seeds, [42]);
  assert.equal(because, "1 of at least 3 seeds; seed 43 does not count without Run 0 on layer 14");
});

test("order: what cannot rise is inconclusive, whatever is stated, and says so", () => {
  const full = [...utilizations([1, 1, 1], 0), ...utilizations([1, 1, 1], 1)];
  for (const claim of [order, { ...order, stated: { values: [0.82, 0.95], tolerance: 0.01 } }]) {
    const { verdict, because, significance } = check(claim, full);
    assert.equal(verdict, "inconclusive");
    assert.match(
      because,
      /means 1, 1 for Runs 0 < 1.*; it is at the end of its range before, so that nothing could rise$/,
    );
    assert.equal(significance, undefined, "nothing was tested");
  }
  assert.equal(
    check(order, [...utilizations([0.9, 0.9, 0.9], 0), ...utilizations([0.9, 0.9, 0.9], 1)]).verdict,
    "differs",
  );
});

test("what differs says in which direction and by how much: of a bound, of a stated number, and of each increase", () => {
  const because = (claim: Claim, tables: TrainedTables[]): string => check(claim, tables).because;
  assert.match(because(close, correlations([0.3, 0.3, 0.3])), /claimed 0\.18, within 0\.01: 0\.12 above 0\.18$/);
  assert.match(because(close, correlations([0.1, 0.1, 0.1])), /claimed 0\.18, within 0\.01: 0\.08 below 0\.18$/);
  assert.match(because(bound, correlations([0.15, 0.15, 0.15])), /claimed < 0\.1: 0\.05 above 0\.1$/);
  assert.match(
    because({ ...bound, operator: ">" }, correlations([0.07, 0.07, 0.07])),
    /claimed > 0\.1: 0\.03 below 0\.1$/,
  );
  const still: BoundClaim = { ...bound, quantity: "radiusMoves", operator: ">", value: 0 };
  assert.match(because(still, correlations([0.1, 0.1, 0.1])), /claimed > 0: exactly 0$/);
  const moved = (after: number): string =>
    because(order, [...utilizations([0.8, 0.8, 0.8], 0), ...utilizations([after, after, after], 1)]);
  assert.match(moved(0.7), /from Run 0 to Run 1 falls by 0\.1 \[-0\.1, -0\.1\]$/);
  assert.match(moved(0.875), /from Run 0 to Run 1 rises by 0\.075 \[0\.075, 0\.075\]$/);
  assert.match(moved(0.8), /from Run 0 to Run 1 moves by 0 \[0, 0\]$/);
  for (const row of [close, bound])
    assert.doesNotMatch(because(row, correlations([0.18, 0.18, 0.05])), /above|below/, "inconclusive has no direction");
});

test("what other kernels moved by more than decides it is inconclusive and says so; the direction does not matter", () => {
  const verdictAt = (claim: Claim, value: number): string => check(claim, correlations([value, value, value])).verdict;
  const below = [0.0979, 0.0981, 0.1019, 0.1021].map((value) => verdictAt(bound, value));
  assert.deepEqual(below, ["holds", "inconclusive", "inconclusive", "differs"], "0.1 ± 0.002");
  const near = [0.1679, 0.1681, 0.1719, 0.1721, 0.1879, 0.1881, 0.1919, 0.1921].map((value) => verdictAt(close, value));
  const [h, d, i] = ["holds", "differs", "inconclusive"];
  assert.deepEqual(near, [d, i, i, h, h, i, i, d], "0.17 ± 0.002 and 0.19 ± 0.002");
  const rises = (by: number): CheckedClaim =>
    check({ ...order, quantity: "meanCorrelation" }, [
      ...correlations([0.1, 0.1, 0.1]),
      ...correlations(Array(3).fill(0.1 + by), 1),
    ]);
  assert.deepEqual(
    [0.0021, 0.0019, -0.0019, -0.0021].map((by) => rises(by).verdict),
    [h, i, i, d],
  );
  assert.match(
    rises(0.0019).because,
    /; but other kernels alone moved this quantity by 0\.002, which is more than decides it$/,
  );
  assert.doesNotMatch(check(bound, correlations([0.08, 0.12, 0.1])).because, /kernels/, "seeds leave it open already");
});

test("order: of groups the runs that decide it are named, of each increase by itself", () => {
  const tables = [0.5, 0.7, 0.6, 0.9].flatMap((value, run) => utilizations([value, value, value], run));
  const because = (...order_: number[][]): string =>
    check({ ...order, runs: order_.flat(), order: order_ }, tables).because;
  assert.match(because([0, 1], [2, 3]), /; what decides it from Run 1 to Run 2 falls by 0\.1 /);
  assert.match(because([0, 2], [3]), /; what decides it from Run 2 to Run 3 rises by 0\.3 /);
  assert.match(because([0], [2], [1]), /; from Run 0 to Run 2 rises by 0\.1 .*, from Run 2 to Run 1 rises by 0\.1 /);
});

test("independence is decided by |Pearson| above chance, and the others stand beside it with their directions", () => {
  const training = (run: number, seed: number): TrainedTables =>
    madeUp({
      ...{ run, seed },
      last: {
        ...{ meanActivationPearson: 0.05 + 0.05 * run, meanActivationCosine: 0.3 - 0.1 * run },
        ...{ meanDecoderCosine: 0.03 + 0.0052 * run, meanMaxActivationCosine: 0.5 + 0.0098 * run },
      },
    });
  const tables = [42, 43, 44].flatMap((seed) => [training(0, seed), training(1, seed)]);
  const claim: OrderClaim = { ...order, quantity: "pearsonAboveChance" };
  const { verdict, because } = check(claim, tables);
  assert.equal(verdict, "holds");
  assert.match(
    because,
    /; by other measures correlationAboveChance −0\.1, decoderAboveChance \+0\.0052, maximumAboveChance \+0\.0098$/,
  );
  assert.doesNotMatch(check({ ...claim, quantity: "correlationAboveChance" }, tables).because, /other measures/);
});

test("every interval's test has its p and its false discovery rate among the distinct tests of the whole registry", () => {
  const spread = [0.2, 0.21, 0.22];
  const tables = [...correlations(spread), ...utilizations([0.6, 0.7, 0.5], 1)];
  const correlation: BoundClaim = { ...bound, id: "a" };
  const used: BoundClaim = { ...bound, id: "b", runs: [1], quantity: "utilization", operator: ">", value: 0.4 };
  // t = 0.11 · √3 / 0.01, of two degrees of freedom: p = 1 − t / √(t² + 2).
  const pOf = (t: number): number => 1 - t / Math.sqrt(t * t + 2);
  const [p, q] = [pOf((0.11 * Math.sqrt(3)) / 0.01), pOf((0.2 * Math.sqrt(3)) / 0.1)];
  const near = (found: CheckedClaim, byHand: { p: number; q: number }): void => {
    assert.ok(Math.abs(found.significance!.p - byHand.p) < 1e-9, JSON.stringify(found.significance));
    assert.ok(Math.abs(found.significance!.q - byHand.q) < 1e-9, JSON.stringify(found.significance));
  };
  const again: BoundClaim = { ...correlation, id: "c", quote: "the same in other words" };
  const all = [correlation, used, again, statement, exact];
  const checked = checkClaims(all, all, measurementOn(tables));
  near(checked[0], { p, q: Math.min(2 * p, q) }); // two tests, not three
  near(checked[1], { p: q, q });
  assert.deepEqual(checked[2].significance, checked[0].significance, "the same test said again");
  assert.deepEqual([checked[3].significance, checked[4].significance], [undefined, undefined]);
  const [alone] = checkClaims([correlation], [correlation], measurementOn(tables));
  near(alone, { p, q: p });
  const [chosen] = checkClaims([correlation], all, measurementOn(tables));
  assert.deepEqual(chosen.significance, checked[0].significance, "printed alone, it is one of all tests still");
  const [few] = checkClaims([correlation], [correlation], measurementOn(correlations([0.2, 0.21])));
  assert.equal(few.significance, undefined, "two seeds are no test");
});

test("the p of a close claim is against the nearer end, of an order against its weakest increase or its surest fall", () => {
  const pOf = (t: number): number => 1 - t / Math.sqrt(t * t + 2);
  const near = (claim: Claim, tables: TrainedTables[], byHand: number): void => {
    const { p } = check(claim, tables).significance!;
    assert.ok(Math.abs(p - byHand) < 1e-9, `${p}, by hand ${byHand}`);
  };
  const t = (mean: number): number => (mean * Math.sqrt(3)) / 0.01;
  near(close, correlations([0.21, 0.22, 0.23]), pOf(t(0.03))); // to 0.19
  near(close, correlations([0.14, 0.15, 0.16]), pOf(t(0.02))); // to 0.17
  const three: OrderClaim = { ...order, runs: [0, 1, 2], order: [[0], [1], [2]] };
  const rising = (first: number, second: number): TrainedTables[] => [
    ...utilizations([0.3, 0.3, 0.3], 0),
    ...utilizations(
      [0.29, 0.3, 0.31].map((value) => value + first),
      1,
    ),
    ...utilizations(
      [0.28, 0.3, 0.32].map((value) => value + first + second),
      2,
    ),
  ];
  near(three, rising(0.1, 0.05), pOf(t(0.05)));
  near(three, rising(0.1, -0.05), 2 * pOf(t(0.05))); // either of two increases might have fallen
  near(three, rising(-0.1, -0.05), 2 * pOf(t(0.1)));
});

test("the study of readings gives a claim the alternatives that turn it, and the number of all", () => {
  const turned = { differs: ["importance=rms"] };
  const study = {
    scope: "at a scale",
    alternatives: 41,
    claims: { "made-up": { byDefault: "holds" as const, studied: 40, turned } },
  };
  const [checked] = checkClaims([bound], [bound], measurementOn(correlations([0.08, 0.081, 0.079]), { study }));
  assert.deepEqual(checked.turns, { byDefault: "holds", studied: 40, turned, alternatives: 41 });
  const other = { ...bound, id: "other" };
  assert.equal(checkClaims([other], [other], measurementOn([], { study }))[0].turns, undefined);
});
