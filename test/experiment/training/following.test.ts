/** Trainings that take the steps of another as long as their rules decide alike: the bytes of each trained alone. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { sha256 } from "../../../src/base/files.js";
import { mayFollow } from "../../../src/experiment/training/followers.js";
import { homeOf } from "../../../src/experiment/training/home.js";
import { type TrainingRecord, trainingFiles } from "../../../src/experiment/training/record.js";
import type { Training, TrainingOptions, TrainingSpec } from "../../../src/experiment/training/spec.js";
import { ensureTrained } from "../../../src/experiment/training/training.js";
import * as m from "../../../src/mechanisms/index.js";
import { type Method, ownRule, type Pruning } from "../../../src/method.js";
import { run } from "../../../src/runs.js";
import { withBackend } from "../../helpers/backend.js";
import { actingSpec, smallSpec, stopAfter } from "../../helpers/small-training.js";

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-following-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => path.join(root, String(folders++));

/** All that a training leaves, but for how its time was spent and with whom it was compared. */
function left({ folder, record }: Training): unknown[] {
  const { seconds: _, secondsByPart: _p, sharedSteps: _s, flags, ...rest } = record;
  const { identicalToPredecessor: _i, firstActed: _f, ...own } = flags;
  const files = [...trainingFiles, "fates.json"].map((file) => sha256(readFileSync(path.join(folder, file))));
  return [files, rest, own];
}

const named = (spec: TrainingSpec, name: string, patch: Partial<Method>): TrainingSpec => ({
  ...spec,
  run: { number: spec.run.number, name, method: { ...spec.run.method, ...patch } },
});

/** A training in which all acts, without pruning and starting again; and others, each by a rule that acts at another time. */
const { prune: _, reallocate: _r, ...acting } = actingSpec().run.method;
const leader = named(actingSpec(), "leader", { ...acting, prune: m.noPruning, reallocate: m.noReallocation });
const bounds = [0.3, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9];
const followers: TrainingSpec[] = [
  ...bounds.map((threshold) =>
    named(leader, `prunes-above-${100 * threshold}`, { prune: m.pruneCorrelated({ threshold, every: 5 }) }),
  ),
  ...[0.01, 0.1, 0.15, 0.2].map((theta) =>
    named(leader, `starts-again-below-${100 * theta}`, { reallocate: m.reallocateInactive({ theta, after: 4 }) }),
  ),
  ...[-2, 1, 2, 3].map((sigmas) =>
    named(leader, `above-${sigmas + 5}-sigmas`, { pairs: m.significantPairs({ fraction: 0.1, sigmas }) }),
  ),
  ...[0.5, 0.9].map((alpha) => named(leader, `tau-${100 * alpha}`, { tau: m.adaptiveTau({ alpha }) })),
  named(leader, "sparsity-alike", { sparsity: m.adaptiveSparsity({ momentum: 0.5 }) }),
];

const alone = new Map<TrainingSpec, unknown[]>();

/** All that a training leaves that followed nobody. */
async function leftAlone(spec: TrainingSpec): Promise<unknown[]> {
  const known = alone.get(spec);
  if (known) return known;
  const training = await ensureTrained(newFolder(), spec);
  assert.equal(training.record.sharedSteps, 0);
  const own = left(training);
  alone.set(spec, own);
  return own;
}

const checkpointOf = async (folder: string, spec: TrainingSpec): Promise<string> =>
  path.join((await homeOf(folder, spec)).folder, "checkpoint.bin");

/** Trains the leader, then whoever follows: each has what it has alone. Returns their records by name. */
async function assertAsAlone(folder: string, options: TrainingOptions = {}): Promise<Map<string, TrainingRecord>> {
  assert.deepEqual(left(await ensureTrained(folder, leader, { ...options, followers })), await leftAlone(leader));
  const records = new Map<string, TrainingRecord>();
  for (const [at, spec] of followers.entries()) {
    const training = await ensureTrained(folder, spec, { followers: followers.slice(at + 1) });
    assert.deepEqual(left(training), await leftAlone(spec), spec.run.name);
    assert.ok(!existsSync(path.join(training.folder, "checkpoint.bin")), "no checkpoint is left");
    records.set(spec.run.name, training.record);
  }
  return records;
}

test("whoever follows a training to any step has the bytes of a training alone", async () => {
  const records = [...(await assertAsAlone(newFolder())).values()];
  const shared = new Set(records.map(({ sharedSteps }) => sharedSteps));
  assert.ok(shared.has(0), "some parted in the first interval");
  assert.ok(shared.has(20), "some never did");
  assert.ok(
    [...shared].some((steps) => steps > 0 && steps < 20),
    "some parted in between",
  );
  assert.deepEqual(
    [...shared].filter((steps) => steps % 5 !== 0),
    [],
    "they go on from a checkpoint",
  );
});

test("a leader that was stopped and run again hands over the same", async () => {
  for (const steps of [4, 7, 19]) {
    const folder = newFolder();
    await assert.rejects(ensureTrained(folder, leader, { ...stopAfter(steps), followers }), { failure: "interrupted" });
    await assertAsAlone(folder);
  }
});

test("a leader whose checkpoint knows of no followers is not followed", async () => {
  const folder = newFolder();
  await assert.rejects(ensureTrained(folder, leader, stopAfter(7)), { failure: "interrupted" });
  const records = [...(await assertAsAlone(folder)).values()];
  assert.equal(records[0].sharedSteps, 0);
});

test("a follower further on keeps its own checkpoint; one that is trained by force takes every step", async () => {
  const folder = newFolder();
  const [follower] = followers.slice(7); // prunes above 90: follows for long
  await assert.rejects(ensureTrained(folder, follower, stopAfter(17)), { failure: "interrupted" });
  const before = readFileSync(await checkpointOf(folder, follower));
  await assert.rejects(ensureTrained(folder, leader, { ...stopAfter(12), followers: [follower] }));
  assert.deepEqual(readFileSync(await checkpointOf(folder, follower)), before);
  await ensureTrained(folder, leader, { followers: [follower] });
  const forced = await ensureTrained(folder, follower, { force: true });
  assert.equal(forced.record.sharedSteps, 0);
  assert.deepEqual(left(forced), await leftAlone(follower));
});

test("of the paper's runs, those follow that differ in what acts now and then", () => {
  const leads = (of: number): number[] =>
    [...Array(10).keys()].filter((number) => number > of && mayFollow(run(number).method, run(of).method));
  assert.deepEqual([...Array(10).keys()].map(leads), [[], [], [3, 4, 5], [4, 5], [5], [], [], [], [9], []]);
});

test("a rule of one's own follows nobody, and neither does what starts otherwise", () => {
  const { method } = smallSpec().run;
  const prune = ownRule<Pruning>("mine", "mine", {}, () => ({ features: [], action: "disable" }));
  assert.ok(!mayFollow({ ...method, prune }, method));
  const adaptive = { ...method, sparsity: m.adaptiveSparsity() };
  assert.ok(!mayFollow({ ...adaptive, sparsity: m.adaptiveSparsity({ start: 0.5 }) }, adaptive));
  assert.ok(mayFollow({ ...adaptive, sparsity: m.adaptiveSparsity({ momentum: 0.5 }) }, adaptive));
  assert.ok(!mayFollow({ ...method, inhibit: m.winnerTakesAll() }, method));
});
