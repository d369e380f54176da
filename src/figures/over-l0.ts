import { groupBy } from "../base/group-by.js";
import { mean } from "../base/mean.js";
import { plainText, type Trace } from "./figure.js";
import { rounded } from "./numbers.js";

/** What is drawn over L0 of one autoencoder: seeds of one level are one mark. */
interface RowOverL0 {
  level: string;
  /** Whether it is a run as the paper has it: a large mark. */
  isOfPaper: boolean;
  l0: number;
}

/** The mean over the seeds of one level, and their lowest and highest value. */
interface Mark extends RowOverL0 {
  value: number;
  lowest: number;
  highest: number;
}

/** A mark for each level, by L0. */
export const marksOverL0 = <Row extends RowOverL0>(rows: readonly Row[], heightOf: (row: Row) => number): Mark[] =>
  [...groupBy(rows, ({ level }) => level).values()]
    .map((seeds) => {
      const values = seeds.map(heightOf);
      const [{ level, isOfPaper }] = seeds;
      return {
        ...{ level, isOfPaper, value: mean(values) },
        l0: mean(seeds.map(({ l0 }) => l0)),
        lowest: Math.min(...values),
        highest: Math.max(...values),
      };
    })
    .sort((a, b) => a.l0 - b.l0);

/** The places of marks, with a bar from the lowest seed to the highest, and what the pointer says. */
export const placesOf = (marks: readonly Mark[], { label, color }: { label: string; color: string }): Trace => ({
  type: "scatter",
  x: marks.map(({ l0 }) => rounded(l0)),
  y: marks.map(({ value }) => rounded(value)),
  customdata: marks.map(({ level }) => level),
  error_y: {
    type: "data",
    symmetric: false,
    array: marks.map(({ value, highest }) => rounded(highest - value)),
    arrayminus: marks.map(({ value, lowest }) => rounded(value - lowest)),
    ...{ color, thickness: 1, width: 3 },
  },
  hovertemplate: `${plainText(label)}, %{customdata}<br>L0 %{x:.4~g}: %{y:.4~g}<extra></extra>`,
});

/** Where an axis of L0, which is logarithmic, has numbers. */
export const ticksOfL0 = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
