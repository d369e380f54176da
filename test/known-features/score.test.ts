import assert from "node:assert/strict";
import { test } from "node:test";
import { permutation, stream, unitDirections } from "../../src/base/random.js";
import { scoresOf } from "../../src/known-features/score.js";
import { drawVectors } from "../../src/known-features/vectors.js";
import { drawWorld, featureKinds, type World } from "../../src/known-features/world.js";
import { withBackend } from "../helpers/backend.js";
import { assertNear } from "../helpers/stubs.js";

withBackend();

const world = drawWorld({ d_in: 24, features: 32, trainVectors: 1, testVectors: 400 });
const { z, count } = drawVectors(world, "test");
const { d_in, features: G } = world.size;
const allOn = (d_sae: number): number[] => new Array(d_sae).fill(1);

/** Columns of rows of G in another order, and the rows of D so. */
function shuffled(order: Int32Array) {
  const W_dec = Float32Array.from({ length: G * d_in }, (_, at) => {
    const [row, i] = [Math.floor(at / d_in), at % d_in];
    return world.directions[order[row] * d_in + i];
  });
  const f = Float32Array.from({ length: count * G }, (_, at) => z[Math.floor(at / G) * G + order[at % G]]);
  return { dictionary: { d_in, W_dec, alive: allOn(G) }, f };
}

test("the true directions with their own z, in any order, have every score 1, of every kind", () => {
  const order = permutation(stream(5, "order"), G);
  const { byKind, matched, recovered, mcc, f1 } = scoresOf(world, z, shuffled(order));
  assertNear([recovered, mcc!, f1!], [1, 1, 1], 1e-6);
  for (const kind of featureKinds) assertNear(Object.values(byKind[kind]) as number[], [1, 1, 1], 1e-6);
  assert.deepEqual(
    matched.map(({ feature, known }) => [feature, known]),
    [...order].map((known, feature) => [feature, known]),
  );
});

test("with the features of other directions, directions are found and firing is not told", () => {
  const order = permutation(stream(5, "order"), G);
  const { dictionary } = shuffled(order);
  const scores = scoresOf(world, z, { dictionary, f: z });
  assertNear([scores.recovered, scores.mcc!], [1, 1], 1e-6);
  assert.ok(scores.f1! < 0.3, `${scores.f1}`);
});

test("scores are those of plain loops: all of them, by kind, merged and split, features switched off left out", () => {
  const random = stream(6, "directions");
  const d_sae = 40;
  const W_dec = unitDirections(random, d_sae, d_in);
  for (let i = 0; i < 20; i++) {
    // Near a true feature, or between two.
    const [g, other] = [random.integer(G), random.integer(G)];
    const share = i % 2 === 0 ? 0.2 : 1;
    for (let c = 0; c < d_in; c++)
      W_dec[i * d_in + c] = 2 * (world.directions[g * d_in + c] + share * world.directions[other * d_in + c]);
  }
  const alive = Array.from({ length: d_sae }, (_, i) => Number(i % 7 !== 3));
  const f = Float32Array.from({ length: count * d_sae }, () => Math.max(0, random.normal() - 1));
  const scores = scoresOf(world, z, { dictionary: { d_in, W_dec, alive }, f });

  const cosine = (i: number, g: number): number => {
    let [dot, square] = [0, 0];
    for (let c = 0; c < d_in; c++) {
      dot += W_dec[i * d_in + c] * world.directions[g * d_in + c];
      square += W_dec[i * d_in + c] ** 2;
    }
    return dot / Math.sqrt(square);
  };
  const on = alive.flatMap((one, i) => (one === 1 ? [i] : []));
  const all = Array.from({ length: G }, (_, g) => g);
  const isFound = (g: number): boolean => on.some((i) => cosine(i, g) >= 0.9);
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const parts = (of: number[], by: (one: number, other: number) => number, others: number[]): number =>
    mean(of.map((one) => Number(others.filter((other) => by(one, other) >= 0.5).length >= 2)));
  assertNear(
    [scores.recovered, scores.merged, scores.split],
    [mean(all.map((g) => Number(isFound(g)))), parts(on, cosine, all), parts(all, (g, i) => cosine(i, g), on)],
    1e-12,
  );
  assert.ok(scores.recovered > 0 && scores.merged > 0 && scores.split > 0);
  assert.equal(scores.matched.length, Math.min(on.length, G));
  for (const { feature, known, cosine: of, f1 } of scores.matched) {
    assert.ok(alive[feature] === 1);
    let [both, either] = [0, 0];
    for (let v = 0; v < count; v++) {
      both += Number(f[v * d_sae + feature] > 0 && z[v * G + known] > 0);
      either += Number(f[v * d_sae + feature] > 0) + Number(z[v * G + known] > 0);
    }
    assertNear([of, f1], [cosine(feature, known), either === 0 ? 0 : (2 * both) / either], 1e-6);
  }
  for (const kind of featureKinds) {
    const ofKind = scores.matched.filter(({ known }) => world.kinds[known] === kind);
    const found = all.filter((g) => world.kinds[g] === kind).map((g) => Number(isFound(g)));
    const expected = [mean(found), mean(ofKind.map((of) => of.cosine)), mean(ofKind.map((of) => of.f1))];
    const { recovered, mcc, f1 } = scores.byKind[kind];
    assertNear([recovered, mcc!, f1!], expected, 1e-12);
  }
});

test("the matching is the one of the largest sum among all of four features", () => {
  const few: World = {
    ...world,
    size: { ...world.size, features: 4 },
    directions: world.directions.subarray(0, 4 * d_in),
    kinds: world.kinds.slice(0, 4),
  };
  for (let seed = 0; seed < 10; seed++) {
    const W_dec = unitDirections(stream(seed, "directions"), 4, d_in);
    const { matched } = scoresOf(few, new Float32Array(4), {
      dictionary: { d_in, W_dec, alive: allOn(4) },
      f: new Float32Array(4),
    });
    const cosine = (i: number, g: number): number => {
      let dot = 0;
      for (let c = 0; c < d_in; c++) dot += W_dec[i * d_in + c] * few.directions[g * d_in + c];
      return dot;
    };
    const sumOf = (order: readonly number[]): number => order.reduce((sum, g, i) => sum + cosine(i, g), 0);
    const best = Math.max(...ordersOf([0, 1, 2, 3]).map(sumOf));
    assertNear([matched.reduce((sum, of) => sum + of.cosine, 0)], [best], 1e-5);
  }
});

/** All orders of some numbers. */
const ordersOf = (of: readonly number[]): number[][] =>
  of.length === 0
    ? [[]]
    : of.flatMap((first) => ordersOf(of.filter((n) => n !== first)).map((rest) => [first, ...rest]));

test("features that are all switched off find nothing, and shapes that do not fit are refused", () => {
  const dictionary = { d_in, W_dec: world.directions, alive: new Array(G).fill(0) };
  const { recovered, mcc, f1, merged, split } = scoresOf(world, z, { dictionary, f: z });
  assert.deepEqual([recovered, mcc, f1, merged, split], [0, null, null, 0, 0]);
  const other = { dictionary: { ...dictionary, alive: allOn(G) }, f: z.slice(G) };
  assert.throws(() => scoresOf(world, z, other), { failure: "usage" });
});
