import { SncError } from "../base/errors.js";
import { mean } from "../base/mean.js";
import { type Baseline, baselineTraces } from "./baselines.js";
import { type Figure, plainText, type Trace } from "./figure.js";
import { rounded } from "./numbers.js";
import { panelFigure } from "./panels.js";
import { type RowOfRun, type Series, seriesOf } from "./series.js";
import { legendText, palette } from "./theme.js";

/** The end of one training: §6.2's two quantities, and what the correlation would be by chance. */
export interface CrossLayerRow extends RowOfRun {
  layer: number;
  seed: number;
  correlation: number;
  /** null where there is no null baseline. */
  correlationByChance: number | null;
  /** In [0, 1]. */
  utilization: number;
}

/** A number that is stated of a run on a layer, not measured. */
export interface StatedAtLayer {
  run: number;
  layer: number;
  value: number;
}

/** How the cross-layer figure is drawn. Stated values are a series of their own. */
export interface CrossLayerOptions {
  /** The scale of what is shown, for example "SmolLM2-135M, layer 6, 14, 2 runs, 3 seeds, 1000 steps". */
  scale?: string;
  stated?: { correlation: readonly StatedAtLayer[]; utilization: readonly StatedAtLayer[] };
  /** What correlations of other kinds are by chance. */
  baselines?: readonly Baseline[];
}

type Quantity = "correlation" | "correlationByChance" | "utilization";

/** One run at one layer: its value for every seed, and where on the x axis their mean and they stand. */
interface Place {
  layer: number;
  x: number;
  seedsX: number;
  values: number[];
}

/** One run or variation: its place at each layer where it has values. */
interface RunPlaces extends Series {
  places: Place[];
}

/** §6.2: correlation and utilization by layer, of every run and variation in the table: seeds faint, their mean bold, chance as a bar. */
export function crossLayer(rows: readonly CrossLayerRow[], options: CrossLayerOptions = {}): Figure {
  if (rows.length === 0) throw new SncError("input", "cross-layer figure: expected trainings, found no rows");
  const layers = distinct(rows.map((row) => row.layer));
  const runs = placesOfRuns(rows, "correlation");
  const chance = placesOfRuns(rows, "correlationByChance").flatMap(({ places }) => places);
  const { baselines = [] } = options;
  const ends = [-0.5, layers.length - 0.5] as const;
  const lines = baselineTraces(baselines, ends);
  const stated = (quantity: "correlation" | "utilization"): Trace[] =>
    statedPoints(runs, options.stated?.[quantity] ?? [], quantity === "correlation");
  const severalSeeds = distinct(rows.map((row) => row.seed)).length > 1;
  return panelFigure({
    title: "Mean correlation and utilization by layer",
    subtitle: [options.scale ?? "", severalSeeds ? "Bold: mean over seeds; faint: single seeds" : ""].filter(
      (part) => part !== "",
    ),
    x: {
      title: "Layer",
      tickvals: layers.map((_, at) => at),
      ticktext: layers.map(String),
      range: [...ends],
    },
    panels: [
      {
        heading: "Mean correlation",
        traces: [
          ...runs.flatMap((run) => tracesOf(run, true)),
          ...(chance.length > 0 ? [chanceBars(chance)] : []),
          ...lines,
          ...stated("correlation"),
        ],
        y: { rangemode: "tozero" },
      },
      {
        heading: "Utilization",
        traces: [...placesOfRuns(rows, "utilization").flatMap((run) => tracesOf(run, false)), ...stated("utilization")],
        y: { range: [0, 1.05] },
      },
    ],
    panelHeight: 230,
    legend: {
      title: "Run",
      names: [
        ...runs.map(({ label }) => label),
        ...(chance.length > 0 ? [byChance] : []),
        ...[...lines, ...stated("correlation")].map(({ name }) => name as string),
      ],
    },
  });
}

/** Where each run's values stand: layers side by side, the runs of one layer next to each other. */
function placesOfRuns(rows: readonly CrossLayerRow[], quantity: Quantity): RunPlaces[] {
  const layers = distinct(rows.map((row) => row.layer));
  const runs = seriesOf(rows);
  const apart = Math.min(0.2, 0.8 / runs.length); // of the distance between layers
  return runs.map(({ series, rows: ofRun }, index) => {
    const places = layers.flatMap((layer, at) => {
      const here = ofRun.filter((row) => row.layer === layer);
      const values = here.map((row) => finite(row, quantity)).filter((value) => value !== null);
      const x = at + apart * (index - (runs.length - 1) / 2);
      return values.length > 0 ? [{ layer, x: rounded(x), seedsX: rounded(x + 0.4 * apart), values }] : [];
    });
    return { ...series, places };
  });
}

const byChance = "by chance";

/** The row's value; throws where it is not finite. */
function finite(row: CrossLayerRow, quantity: Quantity): number | null {
  const value = row[quantity];
  if (value === null || Number.isFinite(value)) return value;
  throw new SncError(
    "input",
    `run ${row.run}, layer ${row.layer}, seed ${row.seed}: expected a finite ${quantity}, found ${value}`,
  );
}

const tracesOf = (run: RunPlaces, showlegend: boolean): Trace[] => [
  ...(run.places.some(({ values }) => values.length > 1) ? [seedPoints(run)] : []),
  means(run, showlegend),
];

const seedPoints = ({ id, style, places }: RunPlaces): Trace => ({
  type: "scatter",
  mode: "markers",
  x: places.flatMap(({ seedsX, values }) => values.map(() => seedsX)),
  y: places.flatMap(({ values }) => values.map(rounded)),
  showlegend: false,
  legendgroup: id,
  opacity: 0.4,
  marker: { color: style.color, symbol: style.symbol, size: 5 },
  hoverinfo: "skip",
});

function means({ id, label, short, style, places }: RunPlaces, showlegend: boolean): Trace {
  const { color, dash, symbol, filled } = style;
  return {
    type: "scatter",
    mode: "lines+markers",
    name: legendText(label),
    legendgroup: id,
    showlegend,
    x: places.map(({ x }) => x),
    y: places.map(({ values }) => rounded(mean(values))),
    customdata: places.map(({ layer }) => layer),
    line: { color, dash, width: 1.5 },
    marker: { symbol, size: 9, color: filled ? color : "#FFFFFF", line: { color, width: 1.5 } },
    hovertemplate: `${plainText(short)}, layer %{customdata}<br>%{y:.4~g}<extra></extra>`,
  };
}

const chanceBars = (places: readonly Place[]): Trace => ({
  type: "scatter",
  mode: "markers",
  name: byChance,
  x: places.map(({ x }) => x),
  y: places.map(({ values }) => rounded(mean(values))),
  marker: { symbol: "line-ew-open", size: 12, color: palette.black, line: { width: 2 } },
  hovertemplate: "by chance %{y:.4~g}<extra></extra>",
});

/** What is stated of these runs, where they stand. */
function statedPoints(runs: readonly RunPlaces[], stated: readonly StatedAtLayer[], showlegend: boolean): Trace[] {
  const points = stated.flatMap(({ run, layer, value }) => {
    const place = runs.find((one) => !one.isVariation && one.run === run)?.places.find((one) => one.layer === layer);
    return place ? [{ x: place.x, value }] : [];
  });
  if (points.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      name: "stated in the paper",
      legendgroup: "stated",
      showlegend,
      x: points.map(({ x }) => x),
      y: points.map(({ value }) => value),
      marker: { symbol: "square-open", size: 12, color: palette.vermillion, line: { width: 1.5 } },
      hovertemplate: "stated %{y:.4~g}<extra></extra>",
    },
  ];
}

const distinct = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
