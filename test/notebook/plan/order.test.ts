import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dependsOn, type Flow, orderByDependency, overlap } from "../../../src/notebook/plan/order.js";

interface Step extends Flow {
  name: string;
}
const step = (name: string, reads: string[], writes: string[]): Step => ({ name, reads, writes });
const names = (steps: Step[]): string[] => orderByDependency(steps, ({ name }) => name).map(({ name }) => name);

test("a folder and what is in it overlap, names that merely begin alike do not", () => {
  assert.ok(overlap("runs", "runs/run-1"));
  assert.ok(overlap("runs/run-1", "runs"));
  assert.ok(overlap("claims", "claims"));
  assert.ok(!overlap("runs/run-1", "runs/run-10"));
});

test("steps that depend on nothing keep their order, others come behind what they read", () => {
  assert.deepEqual(names([step("b", [], ["b"]), step("a", [], ["a"])]), ["b", "a"]);
  const runs = [
    step("layers", ["runs"], []),
    step("run-1", ["activations", "runs/run-0"], ["runs/run-1"]),
    step("run-0", ["activations"], ["runs/run-0"]),
    step("audit", [], []),
  ];
  assert.deepEqual(names(runs), ["run-0", "run-1", "layers", "audit"]);
});

test("a circle is an error that names its steps in turn, and only them", () => {
  const steps = [step("start", ["x"], []), step("a", ["z"], ["x"]), step("b", ["x"], ["y"]), step("c", ["y"], ["z"])];
  assert.throws(() => names(steps), /: a → c → b → a$/);
  assert.throws(() => names([step("own", ["runs"], ["runs/run-3"])]), /: own → own$/);
});

/** Graphs without circles: each step may read what steps of a lower number write; then the steps are shuffled. */
const graphs = fc
  .array(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .chain((edges) => {
    const steps = edges.map((reads, i) =>
      step(
        `s${i}`,
        reads.filter((j) => j < i).map((j) => `d/${j}`),
        [`d/${i}`],
      ),
    );
    return fc.shuffledSubarray(steps, { minLength: steps.length });
  });

test("any graph without a circle: every step once, behind all it depends on, and an ordered list stays as it is", () => {
  fc.assert(
    fc.property(graphs, (steps) => {
      const ordered = orderByDependency(steps, ({ name }) => name);
      assert.deepEqual(new Set(ordered), new Set(steps));
      assert.equal(ordered.length, steps.length);
      for (const [i, reader] of ordered.entries())
        for (const writer of ordered.slice(i)) assert.ok(!dependsOn(reader, writer), `${reader.name} ${writer.name}`);
      assert.deepEqual(
        orderByDependency(ordered, ({ name }) => name),
        ordered,
      );
    }),
  );
});
