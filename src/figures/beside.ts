import { groupBy } from "../base/group-by.js";
import { mean } from "../base/mean.js";
import { plainText, type Trace } from "./figure.js";
import { rounded } from "./numbers.js";
import { isOfPaper, type RowOfRun, type Series, seriesId, seriesOf } from "./series.js";
import { legendText, palette } from "./theme.js";

interface RunValue extends RowOfRun {
  value: number;
}

/**
 * The traces of variations in a plot over runs: each stands right of the run that it varies, every seed as a point, the mean
 * over them larger, and what chance gives at the same place.
 */
export function tracesBeside(values: readonly RunValue[], chance: readonly RunValue[], quantity: string): Trace[] {
  const variations = seriesOf(values.filter((row) => !isOfPaper(row)));
  return [...groupBy(variations, ({ series }) => String(series.run)).values()].flatMap((ofRun) =>
    ofRun.flatMap(({ series, rows }, i) => {
      const x = rounded(series.run + (0.8 * (i + 1)) / (ofRun.length + 1));
      const byChance = chance.filter((row) => seriesId(row) === series.id).map(({ value }) => value);
      const measured = rows.map(({ value }) => value);
      return [
        measuredAt(x, series, measured, quantity),
        ...(byChance.length > 0 ? [chanceAt(x, byChance, quantity)] : []),
      ];
    }),
  );
}

function measuredAt(
  x: number,
  { label, short, style, id }: Series,
  values: readonly number[],
  quantity: string,
): Trace {
  const points = values.length > 1 ? [...values, mean(values)] : values;
  const { color, symbol, filled } = style;
  return {
    type: "scatter",
    name: legendText(label),
    legendgroup: id,
    x: points.map(() => x),
    y: points.map(rounded),
    mode: "markers",
    cliponaxis: false,
    marker: {
      color: filled ? color : "#FFFFFF",
      symbol,
      size: points.map((_, i) => (i === points.length - 1 ? 11 : 5)),
      opacity: 1, // of sizes that differ plotly makes bubbles one can see through
      line: { color, width: 1 },
    },
    hovertemplate: `${plainText(short)}<br>${quantity} %{y:.4~g}<extra></extra>`,
  };
}

const chanceAt = (x: number, values: readonly number[], quantity: string): Trace => ({
  type: "scatter",
  name: "by chance",
  legendgroup: "by chance",
  showlegend: false,
  x: [x],
  y: [rounded(mean(values))],
  mode: "markers",
  cliponaxis: false,
  marker: { color: palette.black, symbol: "triangle-up-open", size: 8 },
  hovertemplate: `by chance<br>${quantity} %{y:.4~g}<extra></extra>`,
});
