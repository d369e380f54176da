import assert from "node:assert/strict";
import { test } from "node:test";
import { stream, unitDirections } from "../../src/base/random.js";
import { matchOneToOne } from "../../src/evaluate/matching.js";
import { matchDictionaries, seedStability } from "../../src/evaluate/stability.js";
import { withBackend } from "../helpers/backend.js";

withBackend();

const near = (found: number | null | undefined, expected: number, within = 1e-6): void =>
  assert.ok(Math.abs(found! - expected) <= within, `expected ${expected}, found ${found}`);

/** The largest sum of similarity over all one-to-one matchings, by trying all of them. */
function bestSum(similarity: Float64Array, rows: number, columns: number): number {
  if (rows > columns) {
    const turned = similarity.map((_, at) => similarity[(at % rows) * columns + Math.floor(at / rows)]);
    return bestSum(turned, columns, rows);
  }
  const from = (row: number, taken: number): number => {
    if (row === rows) return 0;
    let best = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < columns; j++)
      if (!(taken & (1 << j))) best = Math.max(best, similarity[row * columns + j] + from(row + 1, taken | (1 << j)));
    return best;
  };
  return from(0, 0);
}

test("no other one-to-one matching has a larger sum, square or not, with decimals, ties and signs", () => {
  const random = stream(6, "matching");
  for (let trial = 0; trial < 200; trial++) {
    const [rows, columns] = [1 + random.integer(6), 1 + random.integer(6)];
    const similarity = Float64Array.from({ length: rows * columns }, () =>
      trial % 2 ? random.normal() : random.integer(3) / 3 - 0.5,
    );
    const matched = matchOneToOne(similarity, rows, columns);
    assert.equal(matched.length, Math.min(rows, columns));
    assert.equal(new Set(matched.map(({ second }) => second)).size, matched.length);
    assert.deepEqual(
      matched.map(({ first }) => first),
      [...new Set(matched.map(({ first }) => first))].sort((a, b) => a - b),
    );
    for (const { first, second, cosine } of matched) assert.equal(cosine, similarity[first * columns + second]);
    near(
      matched.reduce((sum, { cosine }) => sum + cosine, 0),
      bestSum(similarity, rows, columns),
      1e-12,
    );
  }
});

test("other than whole rows and NaN are refused; nothing is matched with nothing", () => {
  assert.throws(() => matchOneToOne(new Float32Array(5), 2, 3), /expected 2 rows of 3 numbers, found 5/);
  assert.throws(() => matchOneToOne(Float32Array.of(1, Number.NaN), 1, 2), /similarity/);
  assert.deepEqual(matchOneToOne(new Float32Array(0), 0, 3), []);
});

const [n, d_in] = [60, 12];
const W_dec = unitDirections(stream(3, "one seed"), n, d_in);
const on = new Float32Array(n).fill(1);
const dictionary = { d_in, W_dec, alive: on };

test("the same directions in another order are found, but not those switched off", () => {
  const order = Array.from({ length: n }, (_, i) => (7 * i) % n);
  const turned = Float32Array.from(
    { length: n * d_in },
    (_, at) => W_dec[order[Math.floor(at / d_in)] * d_in + (at % d_in)],
  );
  const alive = on.slice();
  alive[0] = 0;
  const found = matchDictionaries({ ...dictionary, alive }, { ...dictionary, W_dec: turned });
  near(found.mean, 1);
  assert.equal(found.share, 1);
  assert.equal(found.matched.length, n - 1);
  for (const { first, second } of found.matched) assert.equal(order[second], first);
});

test("several seeds: the plain mean over pairs; nulls of random and of initial directions", () => {
  const noisy = (seed: number, noise: number) => {
    const random = stream(seed, "noise");
    return W_dec.map((value) => value + noise * random.normal());
  };
  const initial = (seed: number) => unitDirections(stream(seed, "initial"), n, d_in);
  const seeds = [42, 43, 44].map((seed, i) => ({
    seed,
    dictionary: { ...dictionary, W_dec: noisy(seed, 0.1 * i) },
    initial: initial(seed),
  }));
  const found = seedStability(seeds);
  assert.deepEqual(
    found.pairs.map((pair) => pair.seeds),
    [
      [42, 43],
      [42, 44],
      [43, 44],
    ],
  );
  near(found.mean, found.pairs.reduce((sum, pair) => sum + pair.mean!, 0) / 3);
  near(found.share, found.pairs.reduce((sum, pair) => sum + pair.share!, 0) / 3);
  for (const { matched, mean, share } of found.pairs) {
    near(mean, matched.reduce((sum, { cosine }) => sum + cosine, 0) / n);
    near(share, matched.filter(({ cosine }) => cosine >= 0.7).length / n);
  }
  // What seeds start from is random: both nulls tell the same, less than what was planted.
  near(found.initial?.mean, found.random.mean!, 0.03);
  assert.ok(found.mean! > found.random.mean! + 0.1);
  const [a] = seeds.map((seed) =>
    matchDictionaries({ ...dictionary, W_dec: seed.initial }, { ...dictionary, W_dec: seeds[1].initial }),
  );
  near(found.pairs[0].initial?.mean, a.mean!);
});

test("without initial directions there is no such null; one seed alone is refused", () => {
  const seeds = [1, 2].map((seed) => ({ seed, dictionary }));
  assert.equal("initial" in seedStability(seeds), false);
  assert.throws(() => seedStability(seeds.slice(1)), /expected two seeds or more, found 1/);
  assert.throws(
    () => matchDictionaries(dictionary, { d_in: 2, W_dec: Float32Array.of(1, 0), alive: [1] }),
    /expected both of one d_in, found 12 and 2/,
  );
});
