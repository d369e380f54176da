/**
 * Every alternative of every reading, at runs where it acts: the float32 library agrees with the float64 oracle, and the
 * trajectory is another than the default reading's.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stream } from "../../src/base/random.js";
import { describe } from "../../src/method.js";
import { readingChoices, readings } from "../../src/readings.js";
import { run as runOf } from "../../src/runs.js";
import { withBackend } from "../helpers/backend.js";
import { alternatives } from "../helpers/oracle/alternatives.js";
import { type Config, paperConfig } from "../helpers/oracle/config.js";
import {
  type Data,
  distance,
  lockstep,
  oracleTrajectory,
  randomData,
  type Snapshot,
  small,
} from "../helpers/oracle/lockstep.js";
import { methodOf, type Trace } from "../helpers/trace.js";

withBackend();

// Batches of more than a few vectors: of few, columns are often equal but for a factor. Their c is then 1 up to rounding,
// which alone would order them in T_k.
const sizes = [
  { d_in: 12, d_sae: 20, batch: 16 },
  { d_in: 5, d_sae: 13, batch: 9 },
];
const dataOf = (which: number): Data => randomData(sizes[which % sizes.length], 1);
const runs = Array.from({ length: 10 }, (_, run) => run);

/** The default readings' trajectory at one of the sizes, computed once. */
const usualTrajectories = new Map<string, Snapshot[]>();
function usually(usual: Config, which: number): Snapshot[] {
  const key = JSON.stringify([usual, which]);
  const found = usualTrajectories.get(key) ?? oracleTrajectory(usual, dataOf(which));
  usualTrajectories.set(key, found);
  return found;
}

for (const { reading, changes, scaled, constants, runs, shows } of alternatives)
  for (const run of runs)
    test(`Reading ${reading} at Run ${run}: as the oracle says, and ${shows} is not the default's`, () => {
      const usual: Config = { ...small, ...constants, run };
      for (const which of run === runs[0] ? sizes.keys() : [0]) {
        const found = lockstep({ ...usual, ...changes, ...scaled }, dataOf(which));
        const apart = distance(found, usually(usual, which), shows);
        assert.ok(apart > 1e-3, `${shows} differs from the default reading's by ${apart} only`); // 10 × the tolerance
      }
    });

test("Reading init=kaiming at Run 9: as the oracle says, and another loss than from tied weights", () => {
  const found = lockstep({ ...small, run: 9 }, randomData(sizes[0], 1, 16, "kaiming"));
  assert.ok(distance(found, usually({ ...small, run: 9 }, 0), "loss") > 1e-3);
});

// Which of two equally important features is pruned, and who is above the percentile, float32's rounding would decide.
test("Reading importance=decoderNorm from Run 4 on: every I is 1 up to rounding, so it is compared without pruning", () => {
  const found = lockstep({ ...small, run: 9, importance: "dec_norm", prune_every: 100 }, dataOf(0));
  for (const { imp } of found) for (const I of imp) assert.ok(Math.abs(I - 1) < 1e-6);
});

test("any combination of readings at Run 9: as the oracle says", () => {
  const random = stream(5, "combinations");
  const ids = new Set(alternatives.map(({ reading }) => reading.split("=")[0]));
  for (let n = 0; n < 16; n++) {
    const cfg: Config = { ...small, run: 9 };
    const taken: string[] = [];
    for (const id of ids) {
      const choices = alternatives.filter(({ reading }) => reading.startsWith(`${id}=`));
      const chosen = choices[random.integer(choices.length + 1)]; // one of them, or the default
      if (!chosen || chosen.reading === "importance=decoderNorm") continue; // see above
      Object.assign(cfg, chosen.scaled ?? chosen.changes);
      taken.push(chosen.reading);
    }
    withContext(taken.join(" "), () => lockstep(cfg, dataOf(n)));
  }
});

/** What is thrown says where. */
function withContext(what: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    (error as Error).message = `${what}: ${(error as Error).message}`;
    throw error;
  }
}

test("a reading means the same to `run` and in the words of the traces, at every run", () => {
  for (const run of runs)
    for (const { reading, changes } of [{ reading: "penalty=sum", changes: {} }, ...alternatives]) {
      const [id, value] = reading.split("=");
      const cfg = { ...paperConfig, run, ...changes } as unknown as Trace["cfg"];
      const method = runOf(run, { readings: readings({ [id]: value }) }).method;
      assert.deepEqual(describe(method), describe(methodOf(cfg)), `${reading} at Run ${run}`);
    }
});

test("every alternative of every reading of the step is among these tests", () => {
  const tested = new Set([...alternatives.map(({ reading }) => reading), "init=kaiming"]);
  // What goes in (R14, R20, R21) and what is reported (R18, R19) are no part of a step.
  const beside = ["inputScale", "site", "firstPosition", "utilization", "reportedCorrelation"];
  for (const [id, [, ...others]] of Object.entries(readingChoices))
    if (!beside.includes(id)) for (const value of others) assert.ok(tested.has(`${id}=${value}`), `${id}=${value}`);
});
