import { sum } from "../base/mean.js";
import { type Figure, type Layout, plainText, readableText, type Trace } from "./figure.js";
import { type AxisOptions, axis, figureLayout, fontSizes, type LayoutOptions } from "./theme.js";

/** One of several small plots in a figure. */
export interface Panel {
  /** Stands above the panel, left, in place of a title of its y axis. */
  heading: string;
  traces: readonly Trace[];
  /** Horizontal and vertical lines through the whole panel. */
  bounds?: readonly number[];
  verticals?: readonly number[];
  /** Attributes of its y axis. */
  y?: Omit<AxisOptions, "title">;
  /** In pixels, of the only panel of its row; as high as the others where it is not said. */
  height?: number;
}

/** What `panelFigure` lays out: panels from left to right in rows of two, or of as many as `columns`, with the same x axis. */
export interface PanelOptions extends Omit<LayoutOptions, "y" | "height"> {
  panels: readonly Panel[];
  columns?: number;
  /** Height of one panel in pixels. */
  panelHeight?: number;
}

/** A panel and where it is: the suffix of its axes' names, and its shares of the plot's width and height. */
interface PlacedPanel extends Panel {
  id: string;
  across: [number, number];
  up: [number, number];
  isLowest: boolean;
}

const headingHeight = 20;
const rowGap = 26; // room for the tick labels of the row above
const columnGap = 62; // room for the tick labels of the next column
const outsideAxes = 112; // of figureLayout's height, in pixels

/** Panels as one figure: rows under each other with aligned x axes, whose title stands below each column. */
export function panelFigure({ panels, columns: most = 2, panelHeight = 110, ...options }: PanelOptions): Figure {
  const columns = Math.min(most, panels.length);
  const heightOf = (row: number): number => panels[row * columns].height ?? panelHeight;
  const rows = Math.ceil(panels.length / columns);
  const above = (row: number): number =>
    sum(Array.from({ length: row }, (_, before) => headingHeight + heightOf(before) + rowGap));
  const height = above(rows) - rowGap;
  const { xaxis, yaxis, ...layout } = figureLayout({ ...options, y: { title: "" }, height: height + outsideAxes });
  const { l, r } = layout.margin as { l: number; r: number };
  const width = layout.width - l - r;
  const panelWidth = (width - (columns - 1) * columnGap) / columns;
  const placed = panels.map((panel, index): PlacedPanel => {
    const left = (index % columns) * (panelWidth + columnGap);
    const row = Math.floor(index / columns);
    const top = height - above(row) - headingHeight;
    return {
      ...panel,
      id: index === 0 ? "" : String(index + 1),
      across: [share(left, width), share(left + panelWidth, width)],
      up: [share(top - heightOf(row), height), share(top, height)],
      isLowest: index + columns >= panels.length,
    };
  });
  return {
    data: placed.flatMap(({ id, traces }) => traces.map((trace) => ({ ...trace, xaxis: `x${id}`, yaxis: `y${id}` }))),
    layout: {
      ...layout,
      ...Object.assign({}, ...placed.map((panel) => axesOf(panel, options.x))),
      annotations: placed.map(headingOf),
      shapes: placed.flatMap(boundsOf),
    },
  };
}

/** A place on the plot as plotly's share of it, rounded so that machines agree. */
const share = (pixels: number, total: number): number => Number((pixels / total).toFixed(5));

const axesOf = ({ id, across, up, isLowest, y }: PlacedPanel, x: AxisOptions): object => ({
  [`xaxis${id}`]: {
    ...axis({ nticks: 5, ...x, title: isLowest ? x.title : "" }, false),
    domain: across,
    anchor: `y${id}`,
    ...(id !== "" && { matches: "x" }), // zooms with the first
  },
  [`yaxis${id}`]: { ...axis({ nticks: 5, ...y, title: "" }, true), domain: up, anchor: `x${id}`, automargin: false },
});

const headingOf = ({ id, heading, across: [left], up: [, top] }: PlacedPanel): object => ({
  name: `y${id}`, // for `panelHeadings`; plotly reads it in templates only
  text: plainText(heading),
  font: { size: fontSizes.tick },
  xref: "paper",
  yref: "paper",
  x: left,
  y: top,
  xanchor: "left",
  yanchor: "bottom",
  showarrow: false,
});

const boundsOf = ({ id, bounds = [], verticals = [] }: PlacedPanel): object[] => [
  ...bounds.map((at) => ({
    ...{ type: "line", xref: `x${id} domain`, yref: `y${id}`, x0: 0, x1: 1, y0: at, y1: at },
    ...dotted,
  })),
  ...verticals.map((at) => ({
    ...{ type: "line", xref: `x${id}`, yref: `y${id} domain`, x0: at, x1: at, y0: 0, y1: 1 },
    ...dotted,
  })),
];

const dotted = { layer: "below", line: { width: 1, dash: "dot", color: "#555555" } };

/** The heading of each panel by the name of its y axis; empty for a figure without panels. */
export function panelHeadings({ annotations }: Layout): Map<string, string> {
  const headings = Array.isArray(annotations) ? annotations.filter(({ name }) => /^y\d*$/.test(name)) : [];
  return new Map(headings.map(({ name, text }) => [name, readableText(text)]));
}
