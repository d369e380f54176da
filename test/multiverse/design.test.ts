import assert from "node:assert/strict";
import { test } from "node:test";
import { strata } from "../../src/multiverse/choices.js";
import { type Choices, drawUniverses } from "../../src/multiverse/design.js";
import { planUniverses } from "../../src/multiverse/plan.js";

const { choices } = strata[0];
const names = Object.keys(choices);

/** How often each combination of choices of some names occurs. */
function countsOf(universes: readonly Record<string, string>[], of: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const universe of universes) {
    const key = of.map((name) => universe[name]).join(" ");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values()];
}

test("the first universe is the default; every choice occurs about equally often", () => {
  const universes = drawUniverses(choices, { count: 140, seed: 1 });
  assert.deepEqual(universes[0], Object.fromEntries(names.map((name) => [name, choices[name][0]])));
  for (const name of names) {
    const counts = countsOf(universes, [name]);
    assert.equal(counts.length, choices[name].length, name);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${name}: ${counts}`);
  }
});

test("pairs of choices are nearer to even than those of columns dealt out by themselves", () => {
  const unevenness = (universes: readonly Record<string, string>[]): number => {
    let total = 0;
    for (const [i, a] of names.entries())
      for (const b of names.slice(i + 1)) {
        const mean = universes.length / (choices[a].length * choices[b].length);
        const counts = countsOf(universes, [a, b]);
        const absent = choices[a].length * choices[b].length - counts.length;
        total += absent * mean ** 2 + counts.reduce((sum, count) => sum + (count - mean) ** 2, 0);
      }
    return total;
  };
  const drawn = drawUniverses(choices, { count: 140, seed: 1 });
  // Each column from a draw of its own is even by itself, and pairs are as chance has them.
  const columns = names.map((_, at) => drawUniverses(choices, { count: 140, seed: 100 + at }));
  const byChance = drawn.map((_, row) => Object.fromEntries(names.map((name, at) => [name, columns[at][row][name]])));
  assert.ok(unevenness(drawn) < 0.4 * unevenness(byChance), `${unevenness(drawn)} against ${unevenness(byChance)}`);
});

test("the same seed draws the same universes, another seed others; one universe is the default", () => {
  const two: Choices = { a: ["1", "2"], b: ["x", "y", "z"] };
  assert.deepEqual(drawUniverses(two, { count: 7, seed: 3 }), drawUniverses(two, { count: 7, seed: 3 }));
  assert.notDeepEqual(drawUniverses(two, { count: 7, seed: 3 }), drawUniverses(two, { count: 7, seed: 4 }));
  assert.deepEqual(drawUniverses(two, { count: 1, seed: 3 }), [{ a: "1", b: "x" }]);
});

test("a name without choices, and no universes, are refused", () => {
  assert.throws(() => drawUniverses({ a: [] }, { count: 3, seed: 1 }), {
    failure: "usage",
    message: /one choice of a/,
  });
  assert.throws(() => drawUniverses({ a: ["1"] }, { count: 0, seed: 1 }), { failure: "usage" });
});

test("a plan has each part's share, different universes, and three seeds for the default and sixteen others", () => {
  const universes = planUniverses({ seeds: [42, 43, 44] }, { count: 200, seed: 1 });
  const by = (stratum: string): number => universes.filter((of) => of.stratum === stratum).length;
  assert.deepEqual([by("readings"), by("scale"), by("constants")], [140, 30, 30]);
  assert.equal(new Set(universes.map(({ id }) => id)).size, 200);
  assert.deepEqual(universes[0].seeds, [42, 43, 44]);
  assert.equal(universes.filter(({ seeds }) => seeds.length === 3).length, 17);
  assert.ok(universes.every(({ stratum, choices: of }) => stratum !== "scale" || of.inputScale !== "unitMeanSquare"));
});
