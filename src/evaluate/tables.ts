import { groupBy } from "../base/group-by.js";
import { spreadOf } from "../base/interval.js";
import type { EvaluationValues } from "../experiment/results/evaluation.js";
import { runFolder, runInWords } from "../experiment/training/folders.js";
import type { RunStability } from "./seeds.js";
import type { EvaluatedTraining } from "./stage.js";

/** A column of a table of evaluations: what it is headed, where its value stands, and where its null does. */
interface EvaluationColumn {
  title: string;
  value: keyof EvaluationValues;
  beside?: keyof EvaluationValues;
  digits: number;
}

/** Whether the model still predicts, what is explained, and how distinct and telling features are; each beside its null. */
const central: readonly EvaluationColumn[] = [
  { title: "L0", value: "l0", digits: 1 },
  { title: "CE recovered", value: "ceRecovered", digits: 4 },
  { title: "CE recovered from mean", value: "ceRecoveredFromMean", digits: 3 },
  { title: "KL recovered", value: "klRecovered", digits: 4 },
  { title: "nearest decoder cos (null)", value: "nearestDecoder", beside: "nullNearestDecoder", digits: 3 },
  { title: "nearest Pearson (null)", value: "nearestActivation", beside: "nullNearestActivation", digits: 3 },
  { title: "probing, k = 1 (x)", value: "probing1", beside: "inputProbing1", digits: 3 },
  { title: "probing, k = 5 (x)", value: "probing5", beside: "inputProbing5", digits: 3 },
  { title: "labels permuted, k = 5", value: "nullProbing5", digits: 3 },
];

/** The four definitions of variance explained, side by side. */
const variance: readonly EvaluationColumn[] = [
  { title: "pooled", value: "variancePooled", digits: 4 },
  { title: "per token", value: "variancePerToken", digits: 4 },
  { title: "uncentred", value: "varianceUncentred", digits: 4 },
  { title: "per dimension", value: "variancePerDimension", digits: 4 },
];

/** A row for each layer and run, the mean over its seeds with their standard deviation, and the null's mean in brackets. */
export const evaluationTable = (evaluated: readonly EvaluatedTraining[]): string[][] => tableOf(evaluated, central);

/** The same of variance explained, by each definition in use. */
export const varianceTable = (evaluated: readonly EvaluatedTraining[]): string[][] => tableOf(evaluated, variance);

function tableOf(evaluated: readonly EvaluatedTraining[], columns: readonly EvaluationColumn[]): string[][] {
  const groups = groupBy(evaluated, ({ training: { record }, isUntrained }) =>
    [record.layer, runFolder(record.run), isUntrained].join(" "),
  );
  return [
    ["layer", "run", "seeds", ...columns.map(({ title }) => title)],
    ...[...groups.values()].map((group) => [
      String(group[0].training.record.layer),
      group[0].isUntrained ? "untrained" : runInWords(group[0].training.record.run),
      group.map(({ training }) => training.record.seed).join(","),
      ...columns.map((column) => cell(group, column)),
    ]),
  ];
}

function cell(group: readonly EvaluatedTraining[], { value, beside, digits }: EvaluationColumn): string {
  const all = (column: keyof EvaluationValues): number[] =>
    group.map(({ evaluation }) => evaluation.values[column]).filter((found) => typeof found === "number");
  const known = all(value);
  if (known.length === 0) return "–";
  const { mean, sd } = spreadOf(known);
  const text = sd === null ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${sd.toFixed(digits)}`;
  const null_ = beside ? all(beside) : [];
  return null_.length === 0 ? text : `${text} (${spreadOf(null_).mean.toFixed(digits)})`;
}

/** A row for each run of which several seeds are there: how alike the features are that they found, beside the nulls. */
export const stabilityTable = (stability: readonly RunStability[]): string[][] => [
  [
    "layer",
    "run",
    "seeds",
    "mean matched cosine",
    "share at 0.7 or more",
    "random directions",
    "directions at the start",
  ],
  ...stability.map(({ layer, run, seeds, mean, share, nullRandom, nullInitial }) => [
    String(layer),
    run,
    seeds.join(","),
    ...[mean, share, nullRandom, nullInitial].map((value) => (value === null ? "–" : value.toFixed(3))),
  ]),
];
