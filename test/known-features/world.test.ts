import assert from "node:assert/strict";
import { before, test } from "node:test";
import { drawVectors, type WorldVectors } from "../../src/known-features/vectors.js";
import { drawWorld, featureKinds, type World, worldSizes } from "../../src/known-features/world.js";
import { assertNear } from "../helpers/stubs.js";

const size = { d_in: 24, features: 64, trainVectors: 20_000, testVectors: 500 };
const G = size.features;
let world: World;
let train: WorldVectors;

before(() => {
  world = drawWorld(size);
  train = drawVectors(world, "train");
});

const fires = (v: number, g: number): boolean => train.z[v * G + g] > 0;

/** In how many vectors something is so. */
function count(is: (v: number) => boolean): number {
  let n = 0;
  for (let v = 0; v < train.count; v++) if (is(v)) n++;
  return n;
}

/** A share of `of` draws with probability p, within four standard errors. */
function assertShare(found: number, of: number, p: number, what: string): void {
  const error = 4 * Math.sqrt((p * (1 - p)) / of);
  assert.ok(Math.abs(found / of - p) <= error, `${what}: ${found / of}, expected ${p} ± ${error}`);
}

for (const [name, { features }] of Object.entries(worldSizes))
  test(`${name}: a quarter in groups of 4, a quarter children, two for each parent, 3/8 alone`, () => {
    const { kinds, groups, parents } = drawWorld({ ...worldSizes[name as "smoke"], trainVectors: 1 });
    const of = (kind: string): number[] => kinds.flatMap((found, g) => (found === kind ? [g] : []));
    assert.deepEqual(
      featureKinds.map((kind) => of(kind).length / features),
      [3 / 8, 1 / 4, 1 / 8, 1 / 4],
    );
    for (let group = 0; group < features / 16; group++)
      assert.equal(groups.filter((found) => found === group).length, 4, `group ${group}`);
    for (const parent of of("parent")) assert.equal(parents.filter((found) => found === parent).length, 2);
    assert.deepEqual(
      [...groups].map((group) => group >= 0),
      kinds.map((kind) => kind === "grouped"),
    );
    assert.deepEqual(
      [...parents].map((parent) => parent >= 0),
      kinds.map((kind) => kind === "child"),
    );
  });

test("what waits for a gate or a parent fires there at most half the time", () => {
  const { probabilities: p, groups, parents } = world;
  for (let g = 0; g < G; g++) {
    if (groups[g] >= 0) assert.ok(p[g] <= 0.125);
    if (parents[g] >= 0) assert.ok(p[g] <= p[parents[g]] / 2);
  }
});

test("each feature fires with its p_g, whatever it waits for", () => {
  for (let g = 0; g < G; g++)
    assertShare(
      count((v) => fires(v, g)),
      train.count,
      world.probabilities[g],
      `feature ${g}`,
    );
});

test("children fire only where their parent does", () => {
  for (const [child, parent] of world.parents.entries()) {
    if (parent < 0) continue;
    assert.equal(
      count((v) => fires(v, child) && !fires(v, parent)),
      0,
    );
    const expected = world.probabilities[child] / world.probabilities[parent];
    assertShare(
      count((v) => fires(v, child)),
      count((v) => fires(v, parent)),
      expected,
      `child ${child}`,
    );
  }
});

test("members of a group fire together as one gate of 0.25 has it, and independently of other groups", () => {
  const members = [0, 1].map((group) => [...world.groups].flatMap((found, g) => (found === group ? [g] : [])));
  const p = world.probabilities;
  const any = (v: number, group: number): boolean => members[group].some((g) => fires(v, g));
  const ofAny = (group: number): number => 0.25 * (1 - members[group].reduce((none, g) => none * (1 - 4 * p[g]), 1));
  const [a, b] = members[0];
  assertShare(
    count((v) => fires(v, a) && fires(v, b)),
    train.count,
    4 * p[a] * p[b],
    "two of a group",
  );
  assertShare(
    count((v) => any(v, 0)),
    train.count,
    ofAny(0),
    "any of a group",
  );
  assertShare(
    count((v) => any(v, 0) && any(v, 1)),
    train.count,
    ofAny(0) * ofAny(1),
    "of two groups",
  );
});

test("magnitudes are 1 + 0.5 |N(0, 1)|", () => {
  const firing = [...train.z].filter((z) => z > 0);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  assert.ok(firing.every((z) => z >= 1));
  assertNear([mean(firing)], [1 + 0.5 * Math.sqrt(2 / Math.PI)], 0.01);
  assertNear([mean(firing.map((z) => (z - 1) ** 2))], [0.25], 0.01);
});

test("x is the sum of its features, the mean and noise of 0.05 in every direction", () => {
  const { d_in } = size;
  const norm = (of: ArrayLike<number>): number => Math.sqrt(Array.from(of).reduce((sum, x) => sum + x * x, 0));
  assertNear([norm(world.mean)], [1], 1e-6);
  for (let g = 0; g < G; g++) assertNear([norm(world.directions.subarray(g * d_in, (g + 1) * d_in))], [1], 1e-6);
  const noise: number[] = [];
  for (let v = 0; v < 500; v++)
    for (let i = 0; i < d_in; i++) {
      let left = train.x[v * d_in + i] - world.mean[i];
      for (let g = 0; g < G; g++) left -= train.z[v * G + g] * world.directions[g * d_in + i];
      noise.push(left);
    }
  assertNear([norm(noise) / Math.sqrt(noise.length), noise.reduce((a, b) => a + b, 0) / noise.length], [0.05, 0], 2e-3);
});

test("the same seed draws the same world and vectors, another one others; test vectors are none of training's", () => {
  const again = drawVectors(drawWorld(size), "train", 100);
  assert.deepEqual(again.x, train.x.slice(0, again.x.length));
  assert.deepEqual(again.z, train.z.slice(0, again.z.length));
  assert.notDeepEqual(drawWorld(size, 2).directions, world.directions);
  const { x, count: tests } = drawVectors(world, "test");
  assert.equal(tests, 500);
  assert.notDeepEqual(x.slice(0, 24), train.x.slice(0, 24));
});

test("a number of features that cannot be shared out is refused", () => {
  for (const features of [60, 24]) assert.throws(() => drawWorld({ ...size, features }), { failure: "usage" });
});
