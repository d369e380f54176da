import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { type Scheduled, schedule } from "../../../src/notebook/plan/schedule.js";

const node = (name: string, ...dependsOn: string[]): Scheduled => ({ name, dependsOn });

interface Log {
  /** Names with what happened to them, in the order it happened. */
  entries: string[];
  mostAtOnce: number;
}

/** Schedules nodes whose work takes one or more turns of the event loop and fails for those named. */
async function scheduled(
  nodes: Scheduled[],
  { jobs = 1, keepGoing = false, fail = [] as string[], signal = undefined as AbortSignal | undefined } = {},
): Promise<Log> {
  const log: Log = { entries: [], mostAtOnce: 0 };
  let atOnce = 0;
  await schedule(nodes, {
    jobs,
    keepGoing,
    signal,
    async run({ name }) {
      log.mostAtOnce = Math.max(log.mostAtOnce, ++atOnce);
      log.entries.push(`${name} starts`);
      await sleep(name.length % 3);
      log.entries.push(`${name} ends`);
      atOnce--;
      return !fail.includes(name);
    },
    passOver: ({ name }, reason) => log.entries.push(`${name}: ${reason}`),
  });
  return log;
}

test("one job: in order, one after another", async () => {
  const { entries } = await scheduled([node("a"), node("b", "a"), node("c")]);
  assert.deepEqual(entries, ["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
});

test("two jobs: what does not depend on each other runs side by side, what does waits", async () => {
  const { entries, mostAtOnce } = await scheduled([node("a"), node("b", "a"), node("c")], { jobs: 2 });
  assert.equal(mostAtOnce, 2);
  assert.deepEqual(entries.slice(0, 2), ["a starts", "c starts"]);
  assert.ok(entries.indexOf("a ends") < entries.indexOf("b starts"));
});

test("a failure stops the rest; with keepGoing only what depends on it, however far", async () => {
  const nodes = [node("a"), node("b", "a"), node("c", "b"), node("d")];
  const stopped = await scheduled(nodes, { fail: ["a"] });
  assert.deepEqual(stopped.entries.slice(2), [
    "b: it needs a, which did not succeed",
    "c: it needs b, which did not succeed",
    "d: a failed",
  ]);
  const { entries } = await scheduled(nodes, { fail: ["a"], keepGoing: true });
  assert.deepEqual(entries.slice(2), [
    "b: it needs a, which did not succeed",
    "c: it needs b, which did not succeed",
    "d starts",
    "d ends",
  ]);
});

test("after a stop nothing starts", async () => {
  const { entries } = await scheduled([node("a"), node("b")], { signal: AbortSignal.abort() });
  assert.deepEqual(entries, ["a: stopped", "b: stopped"]);
});

test("what one throws stops those beside it and is thrown when they have ended", async () => {
  const ended: string[] = [];
  const work = schedule([node("bad"), node("beside"), node("later")], {
    jobs: 2,
    keepGoing: true,
    async run({ name }, signal) {
      if (name === "bad") throw new Error("no disk");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      ended.push(name);
      return false;
    },
    passOver: ({ name }, reason) => ended.push(`${name}: ${reason}`),
  });
  await assert.rejects(work, /no disk/);
  assert.deepEqual(ended.sort(), ["beside", "later: stopped"]);
});

test("any graph and any failures: each node once, never more than jobs at once, none before what it needs has succeeded", async () => {
  const graphs = fc.record({
    edges: fc.array(fc.array(fc.nat({ max: 9 }), { maxLength: 3 }), { minLength: 1, maxLength: 8 }),
    failing: fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 3 }),
    jobs: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(graphs, async ({ edges, failing, jobs }) => {
      const named = (i: number): string => "n".repeat(i + 1);
      const nodes = edges.map((needs, i) => node(named(i), ...new Set(needs.filter((j) => j < i).map(named))));
      const { entries, mostAtOnce } = await scheduled(nodes, { jobs, keepGoing: true, fail: failing.map(named) });
      assert.ok(mostAtOnce <= jobs);
      for (const { name, dependsOn } of nodes) {
        const started = entries.indexOf(`${name} starts`);
        const told = entries.filter((entry) => entry === `${name} starts` || entry.startsWith(`${name}: `));
        assert.equal(told.length, 1, name);
        for (const needed of dependsOn) {
          const isGood = entries.includes(`${needed} ends`) && !failing.map(named).includes(needed);
          if (!isGood) assert.equal(started, -1);
          else if (started >= 0) assert.ok(entries.indexOf(`${needed} ends`) < started);
        }
      }
    }),
    { numRuns: 50 },
  );
});
