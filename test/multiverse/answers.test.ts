import assert from "node:assert/strict";
import { test } from "node:test";
import { drawUniverses } from "../../src/multiverse/design.js";
import type { ComputedUniverse, Multiverse } from "../../src/multiverse/document.js";
import { sensitivityOf } from "../../src/multiverse/sensitivity.js";
import { idleCounts, permutedLabels, saidOf, satisfiedShare, spreadsOf } from "../../src/multiverse/shares.js";
import { told, treeOf, treeText } from "../../src/multiverse/tree.js";

const choices = { a: ["0", "1"], b: ["0", "1", "2"], c: ["0", "1"], d: ["0", "1", "2", "3"] };
const universes = drawUniverses(choices, { count: 96, seed: 5 });

const near = (found: number, expected: number, by: number, what: string): void =>
  assert.ok(Math.abs(found - expected) <= by, `${what}: ${found}, expected ${expected} ± ${by}`);

test("shares of variance: of a sum each name's own, and total shares as large", () => {
  // Var of ±1 is 1, of {0, 2, 4} 8/3: shares 3/11 and 8/11.
  const value = (of: Record<string, string>): number => 2 * Number(of.a) - 1 + 2 * Number(of.b);
  const found = sensitivityOf(
    universes.map((of) => ({ choices: of, value: value(of) })),
    choices,
  )!;
  const by = Object.fromEntries(found.names.map((of) => [of.name, of]));
  near(by.a.first, 3 / 11, 0.06, "a");
  near(by.b.first, 8 / 11, 0.08, "b");
  near(by.a.total, by.a.first, 0.06, "a in total");
  near(by.d.total, 0, 0.02, "d");
  assert.ok(found.foreseen > 0.95, `${found.foreseen}`);
  assert.equal(found.names[0].name, "b");
});

test("what acts only together has no share alone, and all of it in total", () => {
  const found = sensitivityOf(
    universes.map((of) => ({ choices: of, value: of.a === of.c ? 1 : -1 })),
    choices,
  )!;
  const by = Object.fromEntries(found.names.map((of) => [of.name, of]));
  near(by.a.first, 0, 0.08, "a alone");
  near(by.a.total, 1, 0.12, "a in total");
  near(by.c.total, 1, 0.12, "c in total");
});

test("of noise nothing is foreseen; of equal values, or few, nothing is said", () => {
  const noise = sensitivityOf(
    universes.map((of, i) => ({ choices: of, value: Math.sin(1e4 * i ** 2) })),
    choices,
  )!;
  assert.ok(noise.foreseen < 0.15, `${noise.foreseen}`);
  const one = universes.map((of) => ({ choices: of, value: 1 }));
  assert.equal(sensitivityOf(one, choices), undefined);
  assert.equal(sensitivityOf([{ choices: universes[0], value: 1 }], choices), undefined);
});

test("a tree finds the choices that decide, tells universes left out, and is not grown on noise", () => {
  const cases = universes.map((of) => ({ choices: of, isSo: of.a === "1" && of.b !== "2" }));
  const found = treeOf(cases, choices)!;
  assert.equal(found.right, 1);
  assert.ok(cases.every((one) => told(found.tree, one.choices) === one.isSo));
  assert.match(treeText(found.tree), /^(a = 0|a = 1|b = 2):/);
  const noise = universes.map((of, i) => ({ choices: of, isSo: Math.sin(1e4 * i ** 2) > 0 }));
  assert.equal(treeOf(noise, choices), undefined);
  assert.equal(treeOf(cases.slice(0, 4), choices), undefined);
});

/** A study of made-up universes, each with what it says of the claim `x` for each of its seeds. */
function study(said: { isSo: boolean; values: number[]; runs?: number[]; idle?: string[] }[]): Multiverse {
  const ids = said.map((_, i) => String(i).padStart(8, "0"));
  return {
    ...{ layer: 14, scope: "", count: said.length, seed: 1, sources: "", shares: {}, decided: {} },
    universes: said.map(({ values }, i) => ({
      ...{ id: ids[i], stratum: "readings" as const, choices: {} },
      seeds: values.map((_, seed) => 42 + seed),
    })),
    computed: said.flatMap(({ isSo, values, runs, idle = [] }, i) =>
      values.map(
        (value, seed): ComputedUniverse => ({
          ...{ id: ids[i], seed: 42 + seed, diverged: {}, measures: {} },
          answers: { x: { value, isSo, ...(runs && { runs }) } },
          idle: idle.length > 0 ? { 9: idle } : {},
        }),
      ),
    ),
  };
}

test("a share has Wilson's interval: by its first seed each universe counts once", () => {
  const of = study([...Array(8).keys()].map((i) => ({ isSo: i < 6, values: [1, 2, 3] })));
  const share = satisfiedShare(saidOf(of, "x"))!;
  assert.deepEqual([share.count, share.of], [6, 8]);
  near(share.interval.low, 0.4093, 0.0005, "low"); // statsmodels' proportion_confint(6, 8, method="wilson")
  near(share.interval.high, 0.9285, 0.0005, "high");
  assert.equal(satisfiedShare(saidOf(of, "another")), undefined);
});

test("spread over seeds and over readings are told apart", () => {
  const alike = spreadsOf(study([...Array(40).keys()].map((i) => ({ isSo: true, values: [i, i, i] }))), "x")!;
  assert.equal(alike.ofSeeds, 0);
  assert.ok(alike.ofReadings > 100);
  const seeds = spreadsOf(study([...Array(40).keys()].map(() => ({ isSo: true, values: [1, 2, 3] }))), "x")!;
  assert.deepEqual([seeds.ofSeeds, seeds.ofReadings], [1, 0]);
  assert.equal(spreadsOf(study([{ isSo: true, values: [1] }]), "x"), undefined);
});

test("labels of runs: always in order is more than chance, never is less, half the time is chance", () => {
  const of = (orders: number[][]) =>
    permutedLabels(saidOf(study(orders.map((runs) => ({ isSo: true, values: [1], runs }))), "x"))!;
  const [up, down] = [Array(20).fill([1, 2]), Array(20).fill([2, 1])];
  assert.ok(of(up).more < 0.002 && of(up).fewer > 0.99);
  assert.ok(of(down).fewer < 0.002 && of(down).more > 0.99);
  const half = of([...up, ...down]);
  assert.ok(half.more > 0.4 && half.fewer > 0.4, JSON.stringify(half));
  assert.equal(permutedLabels(saidOf(study([{ isSo: true, values: [1] }]), "x")), undefined);
});

test("of a universe with several seeds the first tells what stood idle", () => {
  const of = study([{ isSo: true, values: [1, 2] }]);
  of.computed[1].idle = { 9: ["Nothing was pruned."] };
  assert.deepEqual(idleCounts(of), []);
  of.computed[0].idle = { 9: ["Nothing was pruned."] };
  assert.deepEqual(idleCounts(of), [{ run: 9, text: "Nothing was pruned.", count: 1, of: 1 }]);
});

test("idle mechanisms are counted by what is said, whatever its numbers", () => {
  const of = study([
    { isSo: true, values: [1], idle: ["τ has stood at its bound 0.5 since step 412."] },
    { isSo: true, values: [1, 2], idle: ["τ has stood at its bound 0.5 since step 80."] },
    { isSo: true, values: [1] },
  ]);
  assert.deepEqual(idleCounts(of), [{ run: 9, text: "τ has stood at its bound … since step ….", count: 2, of: 3 }]);
});
