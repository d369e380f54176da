import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../src/base/random.js";
import { computationLeft, type StatementName, statements } from "../../src/claims/statements.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { describe } from "../../src/method.js";
import { type Readings, readings } from "../../src/readings.js";
import { runsOf } from "../../src/runs.js";
import { madeUp } from "../helpers/made-up-claims.js";

type Step = TrainedTables["trace"][number];
const r = readings();
const testOf = (name: StatementName) =>
  statements[name].test as (
    tables: readonly TrainedTables[],
    readings: Readings,
  ) => { isSo: boolean | null; found: string };

test("sameHyperparameters: settings, stated rates and sets of activations are counted, and told", () => {
  const same = testOf("sameHyperparameters");
  const all = [madeUp({ run: 0 }), madeUp({ run: 1 }), madeUp({ run: 0, layer: 6 })];
  assert.deepEqual(same(all, r), {
    isSo: true,
    found:
      "1 setting of optimizer, batch size, steps and start in 3 trainings, at the stated rate and batch size; " +
      "2 sets of activations, texts and contexts in one, for 2 layers",
  });
  const changed = (changes: object) => same([all[0], { ...all[1], record: { ...all[1].record, ...changes } }], r);
  for (const changes of [{ steps: 9 }, { init: "random" }, { optimization: { learningRate: 3e-4, beta1: 0.5 } }])
    assert.deepEqual(changed(changes), {
      isSo: false,
      found:
        "2 settings of optimizer, batch size, steps and start in 2 trainings, at the stated rate and batch size; " +
        "1 set of activations, texts and contexts in one, for 1 layer",
    });
  assert.match(changed({ optimization: { learningRate: 1e-4 } }).found, /^2 settings .*, not at the stated rate/);
  assert.match(changed({ data: "other" }).found, /; 2 sets of .* for 1 layer$/);
  const { isSo, found } = same([{ ...all[0], record: { ...all[0].record, batchSize: 64 } }], r);
  assert.equal(isSo, false);
  assert.match(found, /^1 setting .* in 1 training, not at the stated rate and batch size/);
});

const withTrace = (rows: Partial<Step>[], place = {}): TrainedTables => {
  const tables = madeUp(place);
  return { ...tables, trace: rows.map((row, i) => ({ ...tables.trace[0], step: i + 1, ...row })) };
};

test("everyRunDiffers: a run is compared with the one before on its layer, of its seed, and each idle one is told", () => {
  const differs = testOf("everyRunDiffers");
  const idle = [{ loss: 1 }, { loss: 0.5 }];
  const other = [{ loss: 1 }, { loss: 0.4 }];
  const at = (run: number, rows: Partial<Step>[], place = {}) => withTrace(rows, { run, ...place });
  assert.deepEqual(differs([at(0, idle), at(1, other), at(2, idle)], r), {
    isSo: true,
    found: "every run took other steps than the run before",
  });
  const elsewhere = [at(0, idle), at(1, idle, { layer: 6 }), at(1, idle, { seed: 7 }), at(3, idle)];
  assert.equal(differs(elsewhere, r).isSo, true);
  const both = [at(0, idle), at(1, idle), at(2, idle), at(0, idle, { seed: 7 }), at(1, idle, { seed: 7 })];
  assert.deepEqual(differs(both, r), {
    isSo: false,
    found: "took exactly the steps of the run before, in 3 trainings: Run 1, 2",
  });
});

test("reallocatesInactive: inactive at both of the last measurements and never reallocated is not so; all told", () => {
  const reallocates = testOf("reallocatesInactive");
  const at = (reallocated: number, inactive: (number | null)[]): TrainedTables => {
    const tables = withTrace([{ reallocated: 0 }, { reallocated }]);
    return { ...tables, metrics: tables.metrics.map((row, i) => ({ ...row, inactive: inactive[i] })) };
  };
  const isSo = (...tables: TrainedTables[]): boolean | null => reallocates(tables, r).isSo;
  assert.equal(isSo(at(2, [null, 3, 1]), at(1, [null, 1, 1])), true);
  assert.equal(isSo(at(2, [null, 3, 1]), at(0, [null, 1, 0])), null, "inactive at the last but one alone");
  assert.equal(isSo(at(2, [null, 3, 1]), at(0, [null, 0, 1])), null, "inactive at the last alone");
  assert.equal(isSo(at(0, [5, null, 1])), null, "not measured before the first step");
  assert.equal(isSo(at(2, [null, 3, 1]), at(0, [null, 2, 1])), false);
  assert.equal(isSo(withTrace([])), false, "no step reallocated anything");
  assert.equal(
    reallocates([at(2, [null, 3, 1]), at(0, [null, 2, 4])], r).found,
    "2, 0 features reallocated; 1, 2 inactive at both of the last two measurements",
  );
});

/** A training in which the penalty, τ and the number of pairs are these. */
const controlled = (steps: [c: number, tau: number][], pairs = 10): TrainedTables =>
  withTrace(steps.map(([c, tau]) => ({ pairs, orthogonalityPenalty: Math.max(pairs, 1) * c, tau })));
const follows = [
  [0.5, 0.1],
  [0.5, 0.2],
  [0.02, 0.15],
  [0.3, 0.3],
] as [number, number][];

test("tauFollowsCorrelation: what rose, fell, stood and went against c̄ is counted over all trainings", () => {
  const isFollowed = testOf("tauFollowsCorrelation");
  const against = [
    [0.5, 0.3],
    [0.5, 0.2],
    [0.02, 0.25],
    [0.02, 0.25],
  ] as [number, number][];
  assert.deepEqual(isFollowed([controlled(follows), controlled(against)], r), {
    isSo: false,
    found:
      "of 6 steps τ rose in 2 with c̄ above 0.1 and fell in 1 with c̄ below; it went against c̄ in 2. " +
      "c̄ was below 0.1 in 3; elsewhere τ stood at an end of [0.01, 0.5]",
  });
  assert.equal(isFollowed([controlled(follows), controlled(follows)], r).isSo, true);
  const rises = controlled([
    [0.5, 0.1],
    [0.5, 0.2],
  ]);
  const falls = controlled([
    [0.02, 0.3],
    [0.02, 0.2],
  ]);
  assert.equal(
    isFollowed([controlled(follows), rises], r).isSo,
    null,
    "both happen in every training, or nothing is said",
  );
  assert.equal(isFollowed([falls], r).isSo, null);
});

test("tauFollowsCorrelation: a τ that stands neither rises nor falls, and a c̄ at its target is neither above nor below", () => {
  const isFollowed = testOf("tauFollowsCorrelation");
  const steps: [number, number][] = [
    [0.5, 0.1],
    [0.02, 0.1], // stands, below
    [0.5, 0.1], // stands, above
    [0.1, 0.2], // rises at the target
    [0.1, 0.1], // falls at the target
  ];
  assert.deepEqual(isFollowed([controlled(steps)], r), {
    isSo: null,
    found:
      "of 4 steps τ rose in 0 with c̄ above 0.1 and fell in 0 with c̄ below; it went against c̄ in 0. " +
      "c̄ was below 0.1 in 1; elsewhere τ stood at an end of [0.01, 0.5]",
  });
});

test("tauFollowsCorrelation: a c̄ within a thousandth of the target says neither", () => {
  const isFollowed = testOf("tauFollowsCorrelation");
  const against = (c: number): boolean => isFollowed([controlled([...follows, [c, 0.2]])], r).isSo === false;
  assert.deepEqual([0.10005, 0.1002].map(against), [false, true]);
  const rises = (c: number): boolean => isFollowed([controlled([...follows, [c, 0.4]])], r).isSo === false;
  assert.deepEqual([0.09995, 0.0998].map(rises), [false, true]);
});

test("tauFollowsCorrelation: c̄ is the penalty's, by the readings R4 and R5; of no pair it is 0", () => {
  const isFollowed = testOf("tauFollowsCorrelation");
  const sums = [controlled(follows)];
  const means = sums.map((tables) => ({
    ...tables,
    trace: tables.trace.map((row) => ({ ...row, orthogonalityPenalty: row.orthogonalityPenalty / 10 })),
  }));
  assert.equal(isFollowed(means, readings({ penalty: "mean" })).isSo, true);
  assert.equal(isFollowed(sums, readings({ penalty: "mean" })).isSo, false, "ten times c̄ is above its target");
  assert.deepEqual(isFollowed(sums, readings({ meanCorrelation: "all" })), {
    isSo: null,
    found: "c̄ over all pairs (R5) is not recorded",
  });
  const without = controlled(
    [
      [0.5, 0.1],
      [0.5, 0.2],
    ],
    0,
  );
  assert.match(isFollowed([without], r).found, /rose in 0 .* against c̄ in 1\. c̄ was below 0\.1 in 1;/);
});

const taus = (values: number[]): TrainedTables => withTrace(values.map((tau) => ({ tau })));

test("tauAdjusts: it changes in every training, still in the second half, within its range", () => {
  const adjusts = testOf("tauAdjusts");
  const isSo = (...values: number[][]): boolean | null => adjusts(values.map(taus), r).isSo;
  assert.equal(isSo([0.1, 0.2, 0.3, 0.3]), true, "last at step 3 of 4");
  assert.equal(isSo([0.1, 0.2, 0.2, 0.2]), null, "last at step 2 of 4: not in the second half");
  assert.equal(isSo([0.1, 0.2, 0.3, 0.4], [0.1, 0.1, 0.1, 0.1]), false, "the second never");
  assert.equal(isSo([0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.2, 0.2]), null);
  assert.equal(isSo([0.1, 0.5 + 5e-7, 0.01 - 5e-7, 0.4]), true, "beside rounding within");
  assert.equal(isSo([0.1, 0.2, 0.3, 0.5 + 2e-6]), false);
  assert.equal(isSo([0.1, 0.2, 0.3, 0.01 - 2e-6]), false);
  assert.equal(
    adjusts([taus([0.12345678, 0.3, 0.2, 0.2]), taus([0.2, 0.4, 0.2, 0.2])], r).found,
    "τ lay within [0.1235, 0.4], claimed [0.01, 0.5], and changed last after step 3 of 4",
  );
  assert.match(adjusts([taus([0.2, 0.2])], r).found, /changed last after step 0 of 2$/);
});

/** A training of this run by this method, as run.json records it. */
const ofMethod = (run: number, method: Record<string, unknown>): TrainedTables => {
  const { record, ...tables } = madeUp({ run });
  return { ...tables, record: { ...record, method } };
};

test("nineRunsAdd: the runs whose method is another than that of the run before are counted, and named", () => {
  const add = testOf("nineRunsAdd");
  const paper = runsOf().map(({ number, method }) => ofMethod(number, describe(method)));
  assert.deepEqual(add(paper, r), {
    isSo: true,
    found: "9 runs add something to the run before: 1, 2, 3, 4, 5, 6, 7, 8, 9; Run 0 is the baseline, ten in all",
  });
  const idle = paper.map((tables, run) => (run === 5 ? ofMethod(5, paper[4].record.method) : tables));
  const { isSo, found } = add(idle, r);
  assert.equal(isSo, false);
  assert.match(found, /^8 runs add something to the run before: 1, 2, 3, 4, 6, 7, 8, 9;/);
  assert.equal(add([...paper].reverse(), r).isSo, true, "in whatever order they are read");
});

test("holdsAtLeastTen: the fewest pairs of any step of the runs that rank alone decide; of those that filter they are told", () => {
  const least = testOf("holdsAtLeastTen");
  const pairsIn = (run: number, pairs: number[]): TrainedTables =>
    withTrace(
      pairs.map((count) => ({ pairs: count })),
      { run },
    );
  assert.deepEqual(least([pairsIn(1, [12, 10]), pairsIn(2, [11, 30]), pairsIn(9, [3, 0])], r), {
    isSo: true,
    found:
      "T_k held 10 pairs at least where it takes the k largest; from Run 3 on pairs also have to pass μ + 2σ: 0 at least",
  });
  assert.deepEqual(least([pairsIn(1, [12, 10]), pairsIn(2, [11, 9])], r), {
    isSo: false,
    found: "T_k held 9 pairs at least where it takes the k largest",
  });
  assert.equal(least([pairsIn(2, [10]), pairsIn(3, [9])], r).isSo, true, "Run 3 is the first that filters");
});

/** Multiply-adds counted one by one: a product of two features on a token is one; a pair's gradient takes two for its one. */
function countedShares(features: number, active: number, tokens: number) {
  const random = stream(7, "co-firing");
  const all = { every: 0, gram: 0, coFiring: 0, penalty: 0 };
  let pairs = 0;
  for (let i = 0; i < features; i++) for (let j = i + 1; j < features; j++) pairs++;
  const selected = Math.max(10, Math.floor(0.001 * pairs));
  for (let token = 0; token < tokens; token++) {
    const fires = Array.from({ length: features }, () => random.uniform() < active);
    let rank = 0;
    for (let i = 0; i < features; i++)
      for (let j = i + 1; j < features; j++) {
        all.every += 1 + 2;
        all.gram += 1;
        if (fires[i] && fires[j]) all.coFiring += 1;
        if (rank++ < selected) all.penalty += 1 + 2;
      }
  }
  return {
    gram: (all.gram + all.penalty) / all.every,
    coFiring: (all.coFiring + all.penalty) / all.every,
    penalty: all.penalty / all.every,
  };
}

test("the share of the computation that is left is that of a count of pairs and tokens, one by one", () => {
  for (const [features, active, tokens] of [
    [40, 0.5, 300], // 780 pairs: ten are taken
    [200, 0.1, 1000], // 19 900 pairs: nineteen
  ]) {
    const [left, counted] = [computationLeft(features, active), countedShares(features, active, tokens)];
    assert.ok(Math.abs(left.gram - counted.gram) < 1e-12, `${left.gram}, counted ${counted.gram}`);
    assert.ok(Math.abs(left.penalty - counted.penalty) < 1e-12, `${left.penalty}, counted ${counted.penalty}`);
    // How many of a sample fire together is p² on average.
    assert.ok(Math.abs(left.coFiring / counted.coFiring - 1) < 0.04, `${left.coFiring}, counted ${counted.coFiring}`);
  }
});

test("at d = 2304 and 10 % active: 33.4 % by the Gram matrix, 0.43 % among pairs that fire together, 0.1 % the penalty's own", () => {
  const { gram, coFiring, penalty } = computationLeft(2304, 0.1);
  const percents = [gram, coFiring, penalty].map((share) => Number((100 * share).toFixed(2)));
  assert.deepEqual(percents, [33.43, 0.43, 0.1]);
});

test("leavesAThousandth: for three widths and two active shares, each by how much it fails", () => {
  const leaves = testOf("leavesAThousandth");
  const at = (...activeFraction: number[]) =>
    leaves(
      activeFraction.map((of) => madeUp({ last: { activeFraction: of } })),
      r,
    );
  const { isSo, found } = at(0.3, 0.5);
  assert.equal(isSo, false);
  for (const width of [20, 2304, 18432])
    for (const active of [10, 40])
      assert.match(
        found,
        new RegExp(`[ .]${width} features, ${active} % active: by the Gram matrix [\\d.]+ %, [\\d.]+ times the claim`),
      );
  assert.match(
    found,
    /2304 features, 40 % active: by the Gram matrix 33\.43 %, 334\.3 times the claim; among pairs that fire together 5\.433 %, 54\.33 times/,
  );
  assert.match(found, /Charitably, the penalty's own terms are counted alone: 0\.1 %, as claimed/);
  assert.equal(at(0.01).isSo, false, "a hundredth active leaves 0.103 %");
  assert.equal(at(0).isSo, true, "where nothing fires, nothing is left but the penalty");
});

test("what breaks a statement changes nothing but what it is about, in copies", () => {
  const tables = [madeUp({ run: 0 }), madeUp({ run: 1 }), madeUp({ run: 2 })];
  const before = structuredClone(tables);
  for (const [name, { broken }] of Object.entries(statements)) {
    assert.equal(testOf(name as StatementName)(broken(tables), r).isSo, false, name);
    assert.deepEqual(tables, before);
  }
  const [first, second] = statements.sameHyperparameters.broken(tables);
  assert.equal(first.record.batchSize, 250);
  assert.equal(second, tables[1]);
  const [{ metrics }] = statements.reallocatesInactive.broken(tables);
  assert.deepEqual(
    metrics.map(({ inactive }) => inactive),
    [1, 1, 1],
  );
});
