import assert from "node:assert/strict";
import { test } from "node:test";
import * as m from "../../src/mechanisms/index.js";
import { Coactivation } from "../../src/sae/coactivation.js";
import { withBackend } from "../helpers/backend.js";
import { assertNear, membersOf, seenFeatures, state } from "../helpers/stubs.js";

withBackend();

/** H of these values, row after row. */
const matrix = (d_sae: number, values: number[]): Coactivation => new Coactivation(d_sae, Float64Array.from(values));

/** H [d_sae · d_sae] after a step from `before` by Eq. 4. */
function moved(rule: ReturnType<typeof m.momentumCoactivation>, f: number[][], before: number[] = []): Float64Array {
  const s = state(f[0].length, { coactivation: matrix(f[0].length, before) });
  s.coactivation.move(rule(s, seenFeatures(f)));
  return s.coactivation.values();
}

const withRadius = (radius: number[], coactivation: number[] = []) =>
  state(radius.length, { radius: Int32Array.from(radius), coactivation: matrix(radius.length, coactivation) });

// Four tokens, two features: both fire on one token, the second alone on another.
const f = [
  [3, 4],
  [0, 3],
  [0, 0],
  [0, 0],
];

test("Eq. 4, Reading R9 indicator: H starts at 0 and moves by 1 % towards the share of tokens on which both fire", () => {
  const H = moved(m.momentumCoactivation(), f);
  assertNear(H, [0.0025, 0.0025, 0.0025, 0.005]); // 0.01 · ¼, 0.01 · ½
  const next = moved(m.momentumCoactivation(), f, [1, 0, 0, 1]);
  assertNear(next, [0.9925, 0.0025, 0.0025, 0.995]);
});

test("Eq. 4, Reading R9 indicator: shares are exact, so that H meets θ only when it should", () => {
  const [H] = moved(
    m.momentumCoactivation({ beta: 0 }),
    Array.from({ length: 10 }, (_, b) => [b < 1 ? 1 : 0]),
  );
  assert.equal(H, 0.1);
});

test("Eq. 4, Reading R9 product: mean a_i a_j", () => {
  assertNear(moved(m.momentumCoactivation({ beta: 0, coactivation: "product" }), f), [9 / 4, 3, 3, 25 / 4]);
});

test("Eq. 4, Reading R9 cosine: of the columns over the batch, 0 for one that never fires", () => {
  const cosine = m.momentumCoactivation({ beta: 0, coactivation: "cosine" });
  assertNear(moved(cosine, f), [1, 0.8, 0.8, 1]);
  assertNear(moved(cosine, [[0, 2]]), [0, 0, 0, 1]);
});

test("Eq. 5: r_i counts the j ≠ i with H_ij > θ, and never exceeds r_max", () => {
  const s = state(3, { coactivation: matrix(3, [0.9, 0.2, 0.1, 0.2, 0, 0.3, 0.1, 0.3, 0.9]) });
  assert.deepEqual([...m.adaptiveRadius()(s, undefined)], [1, 2, 1]); // 0.1 is not above θ, H_00 does not count
  assert.deepEqual([...m.adaptiveRadius({ rMax: 1 })(s, undefined)], [1, 1, 1]);
});

test("Eq. 5: H starts at 0, so the first step has no competition", () => {
  assert.deepEqual([...m.adaptiveRadius()(state(3), undefined)], [0, 0, 0]);
});

test("§4.2: a fixed radius is not more than there are other features", () => {
  assert.deepEqual([...m.fixedRadius(2)(state(3), undefined)], [2, 2, 2]);
  assert.deepEqual([...m.fixedRadius(32)(state(3), undefined)], [2, 2, 2]);
});

test("Reading R10 window: half of r before a feature and the rest after it, cyclic", () => {
  assert.deepEqual(membersOf(m.window()(withRadius([4, 4, 4, 4, 4, 4]), undefined))[0], [4, 5, 1, 2]);
  assert.deepEqual(membersOf(m.window()(withRadius([3, 3, 3, 3, 3, 3]), undefined))[5], [4, 0, 1]); // ⌊3/2⌋ before
});

test("Reading R10 window: where r reaches everyone, each other feature is a neighbour once", () => {
  for (const d_sae of [4, 5]) {
    const s = withRadius(Array(d_sae).fill(d_sae - 1));
    for (const [i, members] of membersOf(m.window()(s, undefined)).entries())
      assert.deepEqual(
        [...members, i].sort(),
        Array.from({ length: d_sae }, (_, j) => j),
      );
  }
});

test("Reading R10 window and strongest: of a feature's r no more than r_max count", () => {
  const few = { rMax: 2 };
  assert.deepEqual(membersOf(m.window(few)(withRadius([4, 4, 4, 4, 4, 4]), undefined))[0], [5, 1]);
  assert.deepEqual(membersOf(m.window(few)(withRadius([1, 1, 1, 1, 1, 1]), undefined))[0], [1]);
  const H = [9, 1, 3, 2, 1, 9, 1, 1, 3, 1, 9, 3, 2, 1, 3, 9];
  const members = membersOf(m.strongest(few)(withRadius([3, 3, 1, 0], H), undefined)).map((mine) => mine.sort());
  assert.deepEqual(members, [[2, 3], [0, 2], [0], []]);
});

test("Reading R10 blocks: the others of a feature's block; the last block may be shorter", () => {
  assert.deepEqual(membersOf(m.blocks({ size: 3 })(state(8), undefined)), [
    [1, 2],
    [0, 2],
    [0, 1],
    [4, 5],
    [3, 5],
    [3, 4],
    [7],
    [6],
  ]);
});

test("Reading R10 strongest: the r_i largest H_ij, j ≠ i; of equals the lower index", () => {
  const H = [9, 1, 3, 2, 1, 9, 1, 1, 3, 1, 9, 3, 2, 1, 3, 9];
  const members = membersOf(m.strongest()(withRadius([2, 2, 1, 0], H), undefined)).map((mine) => mine.sort());
  assert.deepEqual(members, [[2, 3], [0, 2], [0], []]);
});

test("Reading R10 window, adapting: the offsets up to ⌊(r_i + 1)/2⌋ of the window of r_max", () => {
  const of = (rMax: number, r: number): number[] =>
    membersOf(m.adaptiveWindow({ rMax })(withRadius(Array(9).fill(r)), undefined))[0];
  assert.deepEqual(of(4, 0), []);
  assert.deepEqual(of(4, 1), [8, 1]);
  assert.deepEqual(of(4, 2), [8, 1]);
  assert.deepEqual(of(4, 4), [7, 8, 1, 2]);
  assert.deepEqual(of(5, 5), [7, 8, 1, 2, 3]); // the window of 5 has 2 before and 3 after
});

test("Reading R10 window, adapting: r_max is not more than there are other features", () => {
  assert.deepEqual(membersOf(m.adaptiveWindow({ rMax: 32 })(withRadius([3, 3, 3, 3]), undefined))[1], [0, 2, 3]);
});

test("without competition nobody has neighbours, and H is not kept", () => {
  assert.deepEqual(membersOf(m.noNeighbours(state(2), undefined)), [[], []]);
  assert.equal(m.noCoactivation(state(2), seenFeatures(f)), undefined);
});
