import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../src/base/files.js";
import { readRegistry } from "../src/claims/list.js";
import { batches, optimizationOf, startingState } from "../src/experiment/training/steps.js";
import type * as controlTraces from "../src/figures/control-traces.js";
import type { Figure, Trace } from "../src/figures/figure.js";
import { prepareEvaluation } from "../src/measure/evaluation.js";
import type * as metrics from "../src/measure/metrics.js";
import type * as reportFigures from "../src/report/figures.js";
import { train } from "../src/train.js";
import { withBackend } from "./helpers/backend.js";
import { everyTraining, measurementOn } from "./helpers/made-up-claims.js";
import { smallSpec } from "./helpers/small-training.js";

withBackend();

const src = path.join(packageFolder, "src");
const factor = 1.25;

/** A module of src/, loaded anew in a package whose paper.ts has every number but the seed `factor` times as large. */
function withOtherConstants<T>(name: string): T {
  const own = Object.keys(require.cache).filter((file) => file.startsWith(src));
  const kept = own.map((file) => [file, require.cache[file]] as const);
  for (const file of own) delete require.cache[file];
  try {
    scale(require(path.join(src, "paper.ts")).paper);
    return require(path.join(src, `${name}.ts`));
  } finally {
    for (const file of Object.keys(require.cache)) if (file.startsWith(src)) delete require.cache[file];
    for (const [file, module] of kept) require.cache[file] = module;
  }
}

function scale(constants: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(constants))
    if (name === "seed")
      continue; // no size of anything: it orders tokens where features are permuted
    else if (typeof value === "number") constants[name] = factor * value;
    else if (typeof value === "object" && !Array.isArray(value)) scale(value as Record<string, unknown>);
}

/** Series that are not measured, and say so by their names. */
const isNamed = ({ name = "" }: Trace): boolean => /^(active above|target of|paper: |stated in the paper)/.test(name);
const measured = ({ data }: Figure): Trace[] => data.filter((trace) => !isNamed(trace));
const named = ({ data }: Figure): Trace[] => data.filter(isNamed);

test("no constant of the paper becomes a measurement in a figure: others change the series that are named so, and nothing else", async () => {
  const here = await import("../src/report/figures.js");
  const there = withOtherConstants<typeof reportFigures>("report/figures");
  const { claims } = await readRegistry();
  const sources = { ...measurementOn(everyTraining()), modelName: "SmolLM2-135M", claims };
  const [before, after] = [here.figuresOf(sources), there.figuresOf(sources)];
  assert.ok(before.length > 0);
  for (const [i, { id, figure }] of before.entries()) {
    assert.ok(measured(figure).length > 0, id);
    assert.deepEqual(measured(after[i].figure), measured(figure), id);
  }
  const constants = before.filter(({ id }, i) => {
    assert.equal(after[i].id, id);
    return JSON.stringify(named(after[i].figure)) !== JSON.stringify(named(before[i].figure));
  });
  const kinds = new Set(constants.map(({ id }) => id.replace(/-layer-\d+$/, "")));
  assert.deepEqual([...kinds], ["feature-usage", "sparsity-over-training"], "their bound and their target are drawn");
});

test("nor in control traces, whose bounds are lines of the layout", async () => {
  const here = await import("../src/figures/control-traces.js");
  const there = withOtherConstants<typeof controlTraces>("figures/control-traces");
  const [{ record, trace }] = everyTraining();
  const rows = trace.map((row, i) => ({
    ...{ ...row, tau: 0.1 + 0.01 * i, lambda1: 0.04 + 0.01 * i },
    ...{ run: record.run.number, runName: record.run.name, seed: record.seed, layer: record.layer },
  }));
  const [before, after] = [here.controlTraces(rows), there.controlTraces(rows)];
  assert.deepEqual(after.data, before.data);
  assert.notDeepEqual(after.layout.shapes, before.layout.shapes);
});

test("no column of metrics.arrow reads a constant of the paper: with others, the same training measures the same", async () => {
  const here = await import("../src/measure/metrics.js");
  const there = withOtherConstants<typeof metrics>("measure/metrics");
  const spec = smallSpec();
  const activations = await spec.activations.load();
  const evaluation = prepareEvaluation(activations.test, activations.d_in);
  const state = startingState(activations.d_in, spec);
  const steps = train(state, spec.run.method, batches(activations, spec), {
    ...optimizationOf(spec.profile),
    steps: 5,
  });
  assert.equal([...steps].length, 5);
  // The bound of "active" may decide what is counted, here of no feature: all lie far above it.
  assert.ok(Math.min(...state.importance!) > 0.1);
  // So do Eq. 2's μ + 2σ and θ_corr, which say what pair is strongly correlated, or pruned.
  const importance = state.importance!.map((value) => value / 2);
  const bounded = ["strongPairs", "nullStrongPairs", "prunablePairs", "nullPrunablePairs"] as const;
  const [found, others] = [here, there].map(({ measure }) => measure(state, spec.run.method, evaluation, importance));
  const unbounded = (row: metrics.Metrics): [string, number | null][] =>
    Object.entries(row).filter(([name]) => !(bounded as readonly string[]).includes(name));
  assert.ok(Object.values(found).every((value) => value !== null));
  assert.deepEqual(unbounded(others), unbounded(found));
  for (const share of bounded) assert.ok(others[share] <= found[share], `${share}: a higher bound leaves fewer`);
});
