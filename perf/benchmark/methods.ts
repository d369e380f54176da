import { once } from "../../src/base/once.js";
import { flopsPerStep } from "../../src/measure/flops.js";
import { noAuxiliary, reviveDead } from "../../src/mechanisms/index.js";
import type { Method } from "../../src/method.js";
import { methodNamed } from "../../src/methods/index.js";
import { type MethodName, sparsityOf } from "../../src/methods/names.js";
import { countCalls } from "../profile/call-profile.js";
import type { Comparison } from "./comparison.js";
import type { Peer } from "./peer.js";
import { batch, type OurStep, startingState, stepsOf, timed } from "./steps.js";

/** One method's training step to be measured. */
export interface MethodRow {
  method: MethodName;
  d_in: number;
  d_sae: number;
  /** Features a token: a tenth of d_in where a method is told, else a tenth of d_sae. */
  k: number;
  /** Whether features that did not fire in the step before are dead, and revived by the auxiliary loss; else none is dead. */
  revived: boolean;
  /** Steps a measurement. */
  steps: number;
  libraries: readonly string[];
}

const sizes = [
  { d_in: 576, d_sae: 2304, steps: 30 },
  { d_in: 576, d_sae: 16384, steps: 4 },
  { d_in: 2304, d_sae: 2304, steps: 10 },
  { d_in: 2304, d_sae: 16384, steps: 1 },
];

/** Both packages have a trainer of their own for these; for the others there is plain PyTorch. */
const ofPackages: readonly MethodName[] = ["relu", "top-k", "batch-top-k", "matryoshka", "jump-relu"];
const ofNone: readonly MethodName[] = ["ort-sae", "all-pairs", "frozen-decoder", "frozen-random"];

/** Rows by size and method, BatchTopK also with nothing to revive. PyTorch has no memory for all pairs of 16384 features. */
export function methodRows(): MethodRow[] {
  return sizes.flatMap((size) => {
    const rowsOf = (names: readonly MethodName[], libraries: readonly string[]): MethodRow[] =>
      names.map((method) => {
        const k = Math.round(0.1 * (sparsityOf(method) === "k" ? size.d_in : size.d_sae));
        return { ...size, method, k, libraries, revived: selects(method) };
      });
    const rows = [
      ...rowsOf(ofPackages, ["SAELens", "dictionary_learning"]),
      ...rowsOf(ofNone, ["PyTorch"]).filter(({ method, d_sae }) => method !== "all-pairs" || d_sae < 16384),
    ];
    const withoutDead = rows
      .filter(({ method }) => method === "batch-top-k")
      .map((row) => ({ ...row, revived: false }));
    return [...rows, ...withoutDead];
  });
}

/** Whether a method keeps the k largest, of a token's activations or of the batch's. */
const selects = (name: MethodName): boolean => sparsityOf(name) === "k" && name !== "jump-relu";

export const nameOfMethod = ({ method, d_in, d_sae, k, revived }: MethodRow): string =>
  `SAE step, other methods: ${method}, d_in = ${d_in}, d_sae = ${d_sae}, ${k} features a token${
    revived ? ", dead ones revived" : ""
  }`;

/** The method of a row: features are dead where they did not fire in the step before, or never. */
const methodOf = ({ method, k, revived }: MethodRow): Method => ({
  ...methodNamed(method, { k }),
  auxiliary: revived ? reviveDead({ after: 1 }) : noAuxiliary,
});

/** Our step of a method, on the batch and from the biases of `stepsOf` and `startingState`. */
function ourMethodStep(row: MethodRow): OurStep {
  const { d_in, d_sae, k } = row;
  const method = methodOf(row);
  const positive = selects(row.method) ? 0.5 : k / d_sae; // of what is selected from
  return stepsOf(method, startingState(d_in, d_sae, positive, method), { d_in });
}

/** Our step against the peers': the same sizes, batch, features a token, and rule for which of them are dead. */
export function methodComparison(row: MethodRow, peer: Peer): Comparison {
  const { libraries, steps, ...options } = row;
  const { d_in, d_sae } = row;
  const { step, end } = ourMethodStep(row);
  step();
  const { l0, pairs, meanRadius, dead } = step();
  if (Math.abs(l0 - row.k) > 0.2 * row.k)
    throw new Error(`${nameOfMethod(row)}: expected ${row.k} features a token to fire, found ${l0}`);
  return {
    name: nameOfMethod(row),
    unit: "ms",
    rounds: d_sae > 4096 ? 3 : undefined,
    ours: () => timed(step, steps),
    peers: libraries.map((library) => ({
      name: library,
      goal: 1.5,
      measure: () => peer.milliseconds("method", { library, ...options, batch, steps }),
    })),
    flops: flopsPerStep(methodOf(row), { d_in, d_sae, batch, pairs, meanRadius, reviving: dead ? 1 : 0 }).total,
    async end() {
      end();
      await peer.forget();
    },
  };
}

/** Rows whose selection is timed within the step. */
export const selectingRows = (): MethodRow[] =>
  methodRows().filter(({ method, d_sae }) => ["top-k", "batch-top-k"].includes(method) && d_sae === 16384);

export const nameOfSelection = (row: MethodRow): string => `selection of the k largest within the ${nameOfMethod(row)}`;

const calls = once(countCalls);

/** What selecting the k largest takes of a step, those of dead features included: not above 15 %. */
export function selectionShare(row: MethodRow): Comparison {
  const spent = calls();
  const { step, end } = ourMethodStep(row);
  return {
    name: nameOfSelection(row),
    unit: "ms",
    rounds: 3,
    ours() {
      spent.clear();
      timed(step, row.steps);
      const selection = spent.get("SncKeepLargest");
      if (!selection)
        throw new Error("SncKeepLargest: expected the kernel to be called, found no call. Run: npx snc setup");
      return selection.milliseconds / row.steps;
    },
    peers: [{ name: "our whole step", goal: 6.67, measure: () => timed(step, row.steps) }],
    end,
  };
}
