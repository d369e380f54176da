import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { emptyFates, readFates, watched } from "../../../src/experiment/training/fates.js";
import { readTrainedWeights } from "../../../src/experiment/training/read-weights.js";
import { readTrace } from "../../../src/experiment/training/record.js";
import type { TrainingSpec } from "../../../src/experiment/training/spec.js";
import { ensureTrained } from "../../../src/experiment/training/training.js";
import { describe } from "../../../src/method.js";
import { withBackend } from "../../helpers/backend.js";
import { actingSpec, methodSpec } from "../../helpers/small-training.js";

withBackend();

async function fatesOf(spec: TrainingSpec) {
  const results = await mkdtemp(path.join(os.tmpdir(), "snc-fates-"));
  try {
    const { folder, record } = await ensureTrained(results, spec);
    const [fates, trace, { alive }] = [
      await readFates(folder, record.key),
      await readTrace(folder),
      await readTrainedWeights(folder),
    ];
    return { fates: fates!, trace, alive, others: await readFates(folder, "another") };
  } finally {
    await rm(results, { recursive: true });
  }
}

test("what rules did to each feature adds up to what the trace counts, step by step", async () => {
  const { fates, trace, alive, others } = await fatesOf(actingSpec());
  const last = trace[trace.length - 1];
  assert.ok(last.pruned > 0 && last.reallocated > 0, "the rules act within these steps");
  const steps = trace.map(({ step }) => step);
  const started = fates.flatMap(({ startedAgainAt }) => startedAgainAt);
  for (const [n, { step, reallocated }] of trace.entries()) {
    const before = n === 0 ? 0 : trace[n - 1].reallocated;
    assert.equal(started.filter((at) => at === step).length, reallocated - before, `step ${step}`);
  }
  const pruningSteps = steps.filter((_, n) => trace[n].pruned > (n === 0 ? 0 : trace[n - 1].pruned));
  for (const [i, { prunedAt, startedAgainAt, inPairsShare }] of fates.entries()) {
    if (prunedAt !== null) assert.ok(pruningSteps.includes(prunedAt));
    const isOff = prunedAt !== null && !startedAgainAt.some((at) => at >= prunedAt);
    assert.equal(isOff, alive[i] === 0, `feature ${i}`);
    assert.ok(inPairsShare >= 0 && inPairsShare <= 1);
  }
  const pairs = trace.reduce((sum, step) => sum + step.pairs, 0) / trace.length;
  const inPairs = fates.reduce((sum, { inPairsShare }) => sum + inPairsShare, 0);
  assert.ok(inPairs > 0 && inPairs <= 2 * pairs, `${inPairs} features a step in ${pairs} pairs`);
  assert.equal(others, undefined, "fates are those of one training");
});

test("where every pair counts, every feature is in T_k in every step", async () => {
  const { fates } = await fatesOf(methodSpec("all-pairs"));
  assert.ok(fates.every(({ inPairsShare, prunedAt }) => inPairsShare === 1 && prunedAt === null));
});

test("a watched method is described as the method is", () => {
  const { method } = actingSpec().run;
  assert.deepEqual(describe(watched(method, emptyFates(12))), describe(method));
});
