import { markdownTable } from "../src/base/markdown.js";
import type { TrainingRecord } from "../src/experiment/training/record.js";
import { chanceColumns, type Readings, reportedColumns } from "../src/readings.js";
import { cell } from "./study.js";

/** One row of the study: a reading's value, and the trainings under it, one a seed; or why there are none. */
export interface StudyRow {
  label: string;
  run: number;
  /** R18 and R19: which of the measured columns are reported. */
  reported: Pick<Readings, keyof typeof reportedColumns>;
  records: TrainingRecord[];
  failure?: string;
}

type Measured = Pick<TrainingRecord, "final" | "flags">;

/** What is tabulated of a training. */
const columns: { title: string; of(m: Measured, reported: StudyRow["reported"]): number | null }[] = [
  { title: "FVE", of: ({ final }) => final.fractionVarianceExplained },
  { title: "L0", of: ({ final }) => final.l0 },
  {
    title: "mean correlation",
    of: ({ final }, { reportedCorrelation }) => final[reportedColumns.reportedCorrelation[reportedCorrelation]],
  },
  {
    title: "by chance",
    of: ({ final }, { reportedCorrelation }) => final[chanceColumns[reportedCorrelation] ?? ""] ?? null,
  },
  { title: "decoder cosine", of: ({ final }) => final.meanDecoderCosine },
  { title: "utilization", of: ({ final }, { utilization }) => final[reportedColumns.utilization[utilization]] },
  { title: "τ", of: ({ final }) => final.tau },
  { title: "λ₁", of: ({ final }) => final.lambda1 },
  { title: "pruned", of: ({ flags }) => flags.pruned },
  { title: "reallocated", of: ({ flags }) => flags.reallocated },
];

/** The study as a Markdown table; each row is compared with the row of the default readings in the same run. */
export function studyTable(rows: readonly StudyRow[]): string {
  const header = ["reading", "run", ...columns.map(({ title }) => title)];
  const defaults = new Map<number, StudyRow>();
  const lines = rows.map((row) => {
    const base = defaults.get(row.run);
    if (!base) defaults.set(row.run, row);
    if (row.failure) return [row.label, String(row.run), row.failure, ...columns.slice(1).map(() => "")];
    const cells = columns.map(({ of }) => {
      const values = (from: StudyRow) => from.records.map((record) => of(record, from.reported));
      return cell(values(row), base && values(base));
    });
    return [row.label, String(row.run), ...cells];
  });
  return markdownTable([header, ...lines]);
}
