import assert from "node:assert/strict";
import { test } from "node:test";
import { permutation, stream, streamFromState, unitDirections } from "../../src/base/random.js";

/** How often each of the outcomes came, in an order that does not depend on when each came first. */
function countsOf(outcomes: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

test("each of the 24 orders of four comes as often as any other: not only those that leave nothing in its place", () => {
  const random = stream(1, "orders");
  const draws = 24_000;
  const counts = countsOf(Array.from({ length: draws }, () => permutation(random, 4).join(" ")));
  assert.equal(counts.size, 24);
  // Of 23 degrees of freedom χ² is above 49.7 once in a thousand seeds.
  const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - draws / 24) ** 2 / (draws / 24), 0);
  assert.ok(chiSquared < 49.7, `χ² = ${chiSquared}`);
});

test("a permutation of n has each of 0 … n − 1 once, every place is reached from every other, and none of one is one", () => {
  const random = stream(2, "places");
  const n = 6;
  const places = new Set<string>();
  for (let draw = 0; draw < 1000; draw++) {
    const order = permutation(random, n);
    assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4, 5]);
    for (const [at, value] of order.entries()) places.add(`${at} ${value}`);
  }
  assert.equal(places.size, n * n);
  assert.deepEqual([...permutation(random, 1)], [0]);
  assert.deepEqual([...permutation(random, 0)], []);
});

test("integers below n come alike, n itself never", () => {
  const random = stream(3, "integers");
  const counts = countsOf(Array.from({ length: 9000 }, () => String(random.integer(3))));
  assert.deepEqual([...counts.keys()].sort(), ["0", "1", "2"]);
  for (const count of counts.values()) assert.ok(Math.abs(count - 3000) < 200, `${count} of 9000`); // σ is 45
});

test("uniform numbers fill [0, 1), normal ones have mean 0, variance 1 and the normal's tails", () => {
  const random = stream(4, "moments");
  const n = 40_000;
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const uniform = Array.from({ length: n }, () => random.uniform());
  assert.ok(uniform.every((u) => u >= 0 && u < 1));
  assert.ok(
    Math.abs(mean(uniform) - 0.5) < 0.01 && Math.abs(mean(uniform.map((u) => (u - 0.5) ** 2)) - 1 / 12) < 0.002,
  );
  const normal = Array.from({ length: n }, () => random.normal());
  assert.ok(Math.abs(mean(normal)) < 0.025, "mean");
  assert.ok(Math.abs(mean(normal.map((x) => x ** 2)) - 1) < 0.04, "variance");
  assert.ok(Math.abs(mean(normal.map((x) => x ** 4)) - 3) < 0.3, "fourth moment");
  assert.ok(Math.abs(mean(normal.map((x) => Number(x > 1))) - 0.1587) < 0.01, "above one standard deviation");
  assert.ok(Math.abs(mean(normal.map((x) => Number(x < -1))) - 0.1587) < 0.01, "below one");
});

test("streams of other seeds or names are other streams; one goes on where its state was taken", () => {
  const drawn = (seed: number, name: string): number => stream(seed, name).uniform();
  assert.equal(new Set([drawn(1, "a"), drawn(1, "b"), drawn(2, "a"), drawn(11, "a")]).size, 4);
  assert.equal(drawn(1, "a"), drawn(1, "a"));
  const random = stream(5, "state");
  random.normal();
  const again = streamFromState(random.state());
  assert.deepEqual(
    [again.uniform(), again.integer(1000), again.normal()],
    [random.uniform(), random.integer(1000), random.normal()],
  );
});

test("directions are rows of length 1, spread over all sides", () => {
  const [rows, width] = [2000, 3];
  const directions = unitDirections(stream(6, "directions"), rows, width);
  assert.equal(directions.length, rows * width);
  const sums = [0, 0, 0];
  for (let r = 0; r < rows; r++) {
    const row = directions.subarray(r * width, (r + 1) * width);
    assert.ok(Math.abs(Math.hypot(...row) - 1) < 1e-6);
    for (const [i, value] of row.entries()) sums[i] += value ** 2 / rows;
    assert.ok(r === 0 || row[0] !== directions[0], "no row twice");
  }
  for (const share of sums) assert.ok(Math.abs(share - 1 / 3) < 0.03, `${sums}`);
});

test("a seed that is no whole number, a state that is none, and a draw from nothing are refused", () => {
  for (const seed of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
    assert.throws(() => stream(seed, "x"), {
      failure: "usage",
      message: `stream, seed: expected a whole number, found ${seed}`,
    });
  assert.notDeepEqual(stream(-1, "x").state(), stream(1, "x").state());
  for (const state of [[], [1, 2, 3, 4, 5], [0, 0, 0, 0], [1, 2, 3, Number.NaN]])
    assert.throws(() => streamFromState(state), {
      message: /^streamFromState, state: expected what state\(\) of a stream gives/,
    });
  for (const n of [0, -1, Number.NaN])
    assert.throws(() => stream(1, "x").integer(n), { message: `integer, n: expected a whole number ≥ 1, found ${n}` });
  assert.throws(() => permutation(stream(1, "x"), 2.5), { message: /^permutation, n: expected a whole number ≥ 0/ });
  assert.deepEqual([...permutation(stream(1, "x"), 0)], []);
});
