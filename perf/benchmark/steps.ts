import * as tf from "@tensorflow/tfjs";
import { type Precision, setPrecision } from "../../src/backend/precision.js";
import { stream } from "../../src/base/random.js";
import { startingParams } from "../../src/experiment/training/steps.js";
import { flopsPerStep } from "../../src/measure/flops.js";
import type { Method } from "../../src/method.js";
import { paper } from "../../src/paper.js";
import { run } from "../../src/runs.js";
import { notedAtMost } from "../../src/sae/lazy-coactivation.js";
import { initialParams } from "../../src/sae/params.js";
import { disposeState, initialState, type TrainState } from "../../src/sae/state.js";
import { type Optimization, type StepRecord, trainStep } from "../../src/train.js";
import type { Comparison } from "./comparison.js";
import type { Peer } from "./peer.js";

/** One training step to be measured. */
export interface StepRow {
  run: number;
  d_in: number;
  d_sae: number;
  precision: Precision;
  /** Share of the features that fire; 0.5 is where training starts. */
  active: number;
  /** Steps a measurement of a peer's; ours are as many, but in Run 9. */
  steps: number;
  peers: { name: string; goal: number; options: { library: string; compiled?: boolean } }[];
}

const eager = { name: "PyTorch", options: { library: "PyTorch" } };
const compiled = { name: "torch.compile", options: { library: "PyTorch", compiled: true } };
const libraries = ["SAELens", "dictionary_learning"].map((name) => ({ name, goal: 1, options: { library: name } }));

/** Rows by size, run and share; a further precision is one more in its list. */
export const stepRows = (precisions: Precision[] = ["float32", "bfloat16"]): StepRow[] =>
  precisions.flatMap((precision) => {
    const row = (run: number, d_in: number, d_sae: number, active: number, steps: number, goal: number): StepRow => {
      const own = (run === 0 ? [eager, compiled] : [eager]).map((peer) => ({ ...peer, goal }));
      const others = run === 0 && active === 0.1 ? libraries : [];
      return { run, d_in, d_sae, precision, active, steps, peers: [...own, ...others] };
    };
    const sparseGoal = precision === "float32" ? 1.5 : 1.2;
    if (precision === "bfloat16")
      return [
        row(0, 2304, 2304, 0.1, 12, sparseGoal),
        row(1, 2304, 2304, 0.1, 12, sparseGoal),
        row(9, 2304, 2304, 0.1, 3, sparseGoal),
        row(0, 2304, 16384, 0.1, 1, sparseGoal),
      ];
    return [
      row(0, 576, 576, 0.5, 100, 1.1),
      row(0, 576, 576, 0.1, 100, sparseGoal),
      row(1, 576, 576, 0.1, 100, sparseGoal),
      row(9, 576, 576, 0.1, 30, sparseGoal),
      row(0, 576, 2304, 0.1, 30, sparseGoal),
      row(0, 2304, 2304, 0.5, 12, 1.1),
      row(0, 2304, 2304, 0.1, 12, sparseGoal),
      row(1, 2304, 2304, 0.1, 12, sparseGoal),
      row(9, 2304, 2304, 0.1, 3, sparseGoal),
      row(0, 2304, 16384, 0.1, 1, 1.5),
      row(1, 2304, 16384, 0.1, 1, 1.5),
      row(9, 2304, 16384, 0.1, 1, 1.5),
    ];
  });

export const batch = paper.batchSize;
export const nameOf = ({ run, d_in, d_sae, precision, active }: StepRow): string =>
  `SAE step, Run ${run}, d_in = ${d_in}, d_sae = ${d_sae}, ${precision}, ${100 * active} % active`;

/** What PyTorch's side is told of a row. */
export const stepOptions = ({ run, d_in, d_sae, active, precision, steps }: StepRow): object => ({
  ...{ run, d_in, d_sae, active, precision, steps, batch },
});

/** Of our Run 9 as many steps are timed as go by from one move of the whole of H to the next. */
export const ourSteps = ({ run, steps }: StepRow): number => (run === 9 ? notedAtMost : steps);

/** Mean milliseconds of a step. */
export function timed(step: () => StepRecord, steps: number): number {
  const startedAt = performance.now();
  for (let i = 0; i < steps; i++) step();
  return (performance.now() - startedAt) / steps;
}

/** Our step against the peers', from the same sizes, share of active features and batch size. */
export function stepComparison(row: StepRow, peer: Peer): Comparison {
  const { d_in, d_sae, active } = row;
  const { method } = run(row.run);
  const { step, end } = ourStep(row);
  const record = step();
  if (Math.abs(record.activeFraction - active) > 0.2 * active)
    throw new Error(`${nameOf(row)}: expected ${active} of the features to fire, found ${record.activeFraction}`);
  return {
    name: nameOf(row),
    unit: "ms",
    rounds: d_sae > 4096 ? 3 : undefined,
    ours: () => timed(step, ourSteps(row)),
    peers: row.peers.map(({ name, goal, options }) => ({
      name,
      goal,
      measure: () => peer.milliseconds("steps", { ...options, ...stepOptions(row) }),
    })),
    flops: flopsPerStep(method, { d_in, d_sae, batch, pairs: record.pairs, meanRadius: record.meanRadius }).total,
    async end() {
      end();
      await peer.forget();
    },
  };
}

/** Run 9 against our own Run 0 of the same size: what all mechanisms together add. */
export function ownRunsComparison(d: number, active: number): Comparison {
  const steps = notedAtMost;
  const row = { d_in: d, d_sae: d, precision: "float32", active, steps, peers: [] } as const;
  const [last, first] = [9, 0].map((run) => ourStep({ ...row, run, peers: [] }));
  return {
    name: `SAE step, Run 9, d_in = d_sae = ${d}, float32, ${100 * active} % active`,
    unit: "ms",
    ours: () => timed(last.step, steps),
    peers: [{ name: "our Run 0", goal: 0.67, measure: () => timed(first.step, steps) }],
    end() {
      last.end();
      first.end();
    },
  };
}

/** Steps on one batch; weights hardly move, so that the share of active features stays. */
export function ourStep({ run: number, d_in, d_sae, active, precision }: StepRow): OurStep {
  return stepsOf(run(number).method, startingState(d_in, d_sae, active), { d_in, precision });
}

/** What takes a step, and frees what it holds. */
export interface OurStep {
  step(): StepRecord;
  end(): void;
}

/** Steps of a method on one batch of normal h of E‖h‖² = 1, from this state on, which it disposes in the end. */
export function stepsOf(
  method: Method,
  state: TrainState,
  { d_in, precision = "float32" }: { d_in: number; precision?: Precision },
): OurStep {
  const random = stream(1, "batch");
  const h = tf.tensor2d(
    Float32Array.from({ length: batch * d_in }, () => random.normal() / Math.sqrt(d_in)),
    [batch, d_in],
  );
  const optimization: Optimization = { ...paper.adam, learningRate: 1e-6, warmupSteps: 1 };
  return {
    step() {
      setPrecision(precision);
      return trainStep(state, method, h, optimization);
    },
    end() {
      setPrecision("float32");
      disposeState(state);
      h.dispose();
    },
  };
}

/** The paper's initial weights, with biases at which this share of the features fires on normal h of E‖h‖² = 1. */
export function startingState(d_in: number, d_sae: number, active: number, method: Method = run(0).method): TrainState {
  const initial = startingParams(method, initialParams(d_in, d_sae, 42));
  const bias = -quantile(1 - active) / Math.sqrt(d_in);
  const b_enc = tf.fill([d_sae], bias) as tf.Tensor1D;
  const options = { lambda1: 0.04, tau: 0.1, activityWindow: 1000, random: stream(0, "rebirth").state() };
  const state = initialState({ ...initial, b_enc }, options);
  tf.dispose([...Object.values(initial), b_enc]);
  return state;
}

/** The standard normal's value below which this share lies, from many draws. */
function quantile(share: number): number {
  const random = stream(2, "quantile");
  const draws = Float64Array.from({ length: 100_000 }, () => random.normal()).sort();
  return draws[Math.floor(share * draws.length)];
}
