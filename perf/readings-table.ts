import { spreadOf } from "../src/claims/interval.js";
import { chanceColumns, type Readings, reportedColumns } from "../src/readings.js";
import type { TrainingRecord } from "../src/training-record.js";

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
  return [header, header.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/**
 * Mean ± standard deviation over seeds, and in brackets the difference of the mean from that of `base` in units of both
 * standard deviations' root mean square; "=" where every seed's value is that of the base, "–" where one is undefined.
 */
export function cell(values: readonly (number | null)[], base?: readonly (number | null)[]): string {
  if (!defined(values)) return "–";
  if (base && values.length === base.length && values.every((value, seed) => value === base[seed])) return "=";
  const { mean, sd } = spreadOf(values);
  const text = sd ? `${short(mean)} ± ${short(sd, 2)}` : short(mean);
  if (!base || !defined(base)) return text;
  const other = spreadOf(base);
  const unit = Math.sqrt(((sd ?? 0) ** 2 + (other.sd ?? 0) ** 2) / 2);
  const difference = mean - other.mean;
  return unit > 0 ? `${text} (${difference < 0 ? "−" : "+"}${short(Math.abs(difference) / unit, 2)})` : text;
}

const defined = (values: readonly (number | null)[]): values is readonly number[] => !values.includes(null);

/** Rounded to so many digits, without an exponent. */
const short = (value: number, digits = 3): string =>
  Math.abs(value) >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));

/** The marks in docs/readings.md between which the study stands. */
export const marks = {
  begin: "<!-- The study below is written by `npm run study:readings -- --write`. -->",
  end: "<!-- End of the study. -->",
};

/** A page with the text between its marks replaced. Throws where it has none. */
export function withStudy(page: string, study: string): string {
  const [begin, end] = [page.indexOf(marks.begin), page.indexOf(marks.end)];
  if (begin < 0 || end < begin) throw new Error(`no place for the study: expected ${marks.begin} and ${marks.end}`);
  return `${page.slice(0, begin + marks.begin.length)}\n\n${study}\n\n${page.slice(end)}`;
}
