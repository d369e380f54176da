/** The library against the oracle where sizes, dead features or ties make a case of their own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withBackend } from "../helpers/backend.js";
import { type Config, paperConfig } from "../helpers/oracle/config.js";
import { type Data, lockstep, randomData, type Snapshot, small } from "../helpers/oracle/lockstep.js";
import { range } from "../helpers/oracle/loops.js";

withBackend();

const runs = range(10);
const size = { d_in: 12, d_sae: 20, batch: 16 };

/** `data` with the bias of these features so low that they never fire. */
function silence(data: Data, features: number[]): Data {
  for (const i of features) data.init.be[i] = -100;
  return data;
}

const last = (trajectory: Snapshot[]): Snapshot => trajectory[trajectory.length - 1];

test("fewer features than inputs, and than the radius: everyone competes with everyone", () => {
  for (const run of [7, 8, 9]) {
    const r_max = paperConfig.r_max;
    const found = lockstep({ ...small, run, r_max }, randomData({ d_in: 16, d_sae: 7, batch: 10 }, 3));
    if (run > 7) assert.equal(Math.max(...found.flatMap(({ radius }) => radius)), 6);
  }
});

test("windows of an even and an odd radius", () => {
  const trajectories = [5, 6].map((r_max) => {
    const adapted: Config = { ...small, run: 8, nb_adapt: "window", r_max };
    return [lockstep({ ...small, run: 7, r_max }, randomData(size, 3)), lockstep(adapted, randomData(size, 3))];
  });
  for (const n of [0, 1]) assert.notEqual(last(trajectories[0][n]).l1, last(trajectories[1][n]).l1);
});

test("a last block shorter than the others", () => {
  for (const r_max of [6, 7, 19]) lockstep({ ...small, run: 7, nb_fixed: "block", r_max }, randomData(size, 3));
});

test("a batch of one: every c_ij is exactly 0 or 1, so T_k is the first pairs in row order of those that fire", () => {
  for (const run of runs) {
    const found = lockstep({ ...small, run }, randomData({ ...size, batch: 1 }, 3));
    if (run === 1) for (const { pen, pairs } of found) assert.equal(pen, pairs.length);
  }
});

test("Reading R1 activationPearson with a batch of one: no variation, so every c_ij is 0", () => {
  for (const run of [1, 3, 5]) {
    const found = lockstep({ ...small, run, corr: "pearson" }, randomData({ ...size, batch: 1 }, 3));
    for (const { pen } of found) assert.equal(pen, 0);
  }
});

test("features that never fire: 0 in every mean, started again in Run 9 only", () => {
  for (const run of runs) {
    const found = last(lockstep({ ...small, run, theta_corr: 1 }, silence(randomData(size, 3), [0, 7, 8, 19])));
    assert.ok(run < 9 ? found.realloc === 0 && found.imp[7] === 0 : found.realloc >= 4);
  }
});

test("all features dead: no pair has c > μ + 2σ = 0, and a mean over no pairs is 0", () => {
  for (const run of [0, 1, 3, 9])
    for (const changes of [{}, { penalty: "mean" }, { recon: "l2" }, { pen_f: "decoder" }] as Partial<Config>[]) {
      const dead = silence(randomData(size, 3), range(20));
      const found = last(lockstep({ ...small, run, t_realloc: 100, ...changes }, dead));
      assert.equal(found.frac, 0);
      assert.equal(found.pairs.length, run === 1 ? 19 : 0); // k of equal c: the first in row order
    }
});

test("all features reborn at once: columns of length 1, for there are no others (the readings do not say)", () => {
  const found = lockstep({ ...small, run: 9 }, silence(randomData(size, 3), range(20)));
  assert.equal(found[small.t_realloc - 1].realloc, 20);
});

test("features that are copies of each other: ties in c go to the first in row order, ties in I and a to nobody", () => {
  for (const run of runs) {
    const data = randomData(size, 3);
    for (const row of data.init.We) row[5] = row[9] = row[2];
    for (const i of [5, 9]) data.init.Wd[i] = [...data.init.Wd[2]];
    const found = lockstep({ ...small, run, lr: 0 }, data); // at rest, so that they stay copies
    if (run === 4) assert.equal(last(found).alive[2], 0);
  }
});

test("pruning with rebirth and reallocation in one step", () => {
  const cfg: Config = { ...small, run: 9, prune_action: "rebirth", prune_every: 6, t_realloc: 6 };
  const found = lockstep(cfg, silence(randomData(size, 3), [4, 11]));
  assert.ok(found[5].pruned > 0 && found[5].realloc >= 2);
});

test("Reading R16 norm: a vector that is reconstructed exactly adds no gradient", () => {
  const data = randomData(size, 3, 3);
  for (const batch of data.batches) batch[4] = batch[4].map(() => 0); // all biases 0: h = 0 gives ĥ = 0 at step 1
  lockstep({ ...small, run: 0, recon: "l2" }, data);
});
