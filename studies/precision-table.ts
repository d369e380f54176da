import type { Precision } from "../src/backend/precision.js";
import { markdownTable } from "../src/base/markdown.js";
import type { TrainingRecord } from "../src/experiment/training/record.js";
import { cell, short } from "./study.js";

/** ‖rounded − exact‖ / ‖exact‖ of each vector, [vectors, d_in] → vectors. */
export function relativeDeviations(exact: Float32Array, rounded: Float32Array, d_in: number): number[] {
  return Array.from({ length: exact.length / d_in }, (_, i) => {
    let [off, size] = [0, 0];
    for (let j = i * d_in; j < (i + 1) * d_in; j++) {
      off += (rounded[j] - exact[j]) ** 2;
      size += exact[j] ** 2;
    }
    return Math.sqrt(off / size);
  });
}

/** A row for each block: mean and largest of its vectors' deviations. */
export const deviationTable = (deviations: ReadonlyMap<number, readonly number[]>): string =>
  markdownTable([
    ["residual stream after block", "vectors", "mean ‖Δ‖ / ‖x‖", "largest"],
    ...[...deviations].map(([block, values]) => [
      String(block),
      String(values.length),
      percent(values.reduce((sum, value) => sum + value, 0) / values.length),
      percent(values.reduce((most, value) => Math.max(most, value), 0)),
    ]),
  ]);

const percent = (share: number): string => `${short(100 * share)} %`;

const columns = {
  FVE: "fractionVarianceExplained",
  "mean cosine": "meanActivationCosine",
  L0: "l0",
  utilization: "utilizationImportance",
} as const;

type Measured = Pick<TrainingRecord, "run" | "final">;

/** Final metrics of each run in both precisions, over the same seeds; bfloat16 compared with float32. */
export function metricsTable(trainings: Record<Precision, readonly Measured[]>): string {
  const runs = [...new Set(trainings.float32.map(({ run }) => run.number))];
  const values = (precision: Precision, run: number, column: string) =>
    trainings[precision].filter((training) => training.run.number === run).map(({ final }) => final[column] ?? null);
  const cells = (precision: Precision, run: number): string[] =>
    Object.values(columns).map((column) =>
      cell(values(precision, run, column), precision === "float32" ? undefined : values("float32", run, column)),
    );
  return markdownTable([
    ["run", "precision", ...Object.keys(columns)],
    ...runs.flatMap((run) =>
      (["float32", "bfloat16"] as const).map((precision) => [String(run), precision, ...cells(precision, run)]),
    ),
  ]);
}
