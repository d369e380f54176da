import type { Layout } from "./figure.js";
import { plainText } from "./figure.js";
import { fontFamily, textWidth, wrapText } from "./font.js";

/** How a series is told from the others: by colour, and by dash, symbol and its filling where colour is lost. */
export interface SeriesStyle {
  color: string;
  dash: "solid" | "dash" | "dashdot";
  symbol: string;
  filled: boolean;
}

/** The seven colours of Okabe and Ito that show on white (yellow does not), told apart with any colour vision. */
export const palette = {
  black: "#000000",
  orange: "#E69F00",
  skyBlue: "#56B4E9",
  green: "#009E73",
  blue: "#0072B2",
  vermillion: "#D55E00",
  purple: "#CC79A7",
} as const;

const colors = [
  palette.black,
  palette.orange,
  palette.skyBlue,
  palette.green,
  palette.blue,
  palette.vermillion,
  palette.purple,
];
const symbols = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x"];

/** The style of series `index` (of a run: its number): seven colours with filled symbols, then dashed with open ones. */
export function seriesStyle(index: number): SeriesStyle {
  const at = index % colors.length;
  const filled = index % (2 * colors.length) < colors.length;
  return { color: colors[at], dash: filled ? "solid" : "dash", symbol: symbols[at], filled };
}

const variationSymbols = ["star", "hexagon", "pentagon", "hourglass", "bowtie", "star-square", "star-diamond"];

/** The style of the variation at this place among those of a figure: dash-dotted, with symbols that no run has. */
export function variationStyle(index: number): SeriesStyle {
  const filled = index % (2 * colors.length) < colors.length;
  const color = colors[(index + colors.indexOf(palette.vermillion)) % colors.length];
  return { color, dash: "dashdot", symbol: variationSymbols[index % variationSymbols.length], filled };
}

/** plotly's configuration of interactive figures: no button that uploads the data (plotly 4 has one by default), no logo. */
export const interactiveConfig: Record<string, unknown> = {
  displaylogo: false,
  showSendToCloud: false,
  modeBarButtonsToRemove: ["select2d", "lasso2d"],
  toImageButtonOptions: { format: "svg" },
};

/** Font sizes in pixels; 12 px are 9 pt in print. */
export const fontSizes = { title: 15, subtitle: 12, axis: 13, tick: 12, legend: 12 } as const;

const ink = "#000000";
const grid = "#E5E5E5";
const lineSpacing = 1.3; // plotly's, in em
const firstBaseline = 22; // of the title, from the top, in pixels
const legendSymbolWidth = 52; // plotly's gaps and the 30 px line sample left of a legend text, in pixels

/** One axis: its title with the unit, and its scale. */
export interface AxisOptions {
  title: string;
  scale?: "linear" | "log";
  [attribute: string]: unknown;
}

/** What `figureLayout` lays out. All texts are plain: markup in them is shown, not obeyed. */
export interface LayoutOptions {
  title: string;
  /** Sentences under the title: on one line if they fit, else each on its own. */
  subtitle?: readonly string[];
  x: AxisOptions;
  y: AxisOptions;
  /** The title of the legend and the names in it; left out, there is no legend. */
  legend?: { title?: string; names: string[] };
  width?: number;
  height?: number;
}

/** A publication layout, 7 inches wide: white, fixed margins made for the texts, the legend beside the data and never over it. */
export function figureLayout(options: LayoutOptions): Layout {
  const { x, y, legend, width = 672, height = 400 } = options;
  const left = 68;
  const title = titleLines(options, width - left - 16);
  const top = Math.round(firstBaseline + fontSizes.title * lineSpacing * (title.length - 1) + 18);
  return {
    width,
    height: height + top - 60, // a longer title does not shrink the plot
    autosize: false,
    margin: { l: left, r: legend ? legendWidth(legend) : 20, t: top, b: 52, pad: 0 },
    paper_bgcolor: "#FFFFFF",
    plot_bgcolor: "#FFFFFF",
    font: { family: fontFamily, size: fontSizes.tick, color: ink },
    title: {
      text: title.join("<br>"),
      font: { size: fontSizes.title },
      x: left / width,
      xanchor: "left",
      // Of plotly's anchors only this one puts the first baseline where it is told whatever the number of lines.
      y: 1 - firstBaseline / (height + top - 60),
      yref: "container",
      yanchor: "bottom",
      automargin: false,
    },
    xaxis: axis(x, false),
    yaxis: axis(y, true),
    showlegend: legend !== undefined,
    ...(legend && {
      legend: {
        x: 1.02,
        xanchor: "left",
        y: 1,
        yanchor: "top",
        traceorder: "normal",
        font: { size: fontSizes.legend },
        ...(legend.title && { title: { text: plainText(legend.title), font: { size: fontSizes.legend } } }),
      },
    }),
    hovermode: "closest",
  };
}

function titleLines({ title, subtitle = [] }: LayoutOptions, maxWidth: number): string[] {
  const wrap = (text: string): string[] => wrapText(text, maxWidth, fontSizes.subtitle);
  const oneLine = wrap(subtitle.join(". "));
  const below = oneLine.length > 1 ? subtitle.flatMap(wrap) : oneLine;
  // plotly's own subtitle moves with the number of its lines; lines of the title do not.
  return [
    ...wrapText(title, maxWidth, fontSizes.title, "bold").map((line) => `<b>${plainText(line)}</b>`),
    ...below.map((line) => `<span style="font-size: ${fontSizes.subtitle}px">${plainText(line)}</span>`),
  ];
}

// Ticks of one axis with the same number of decimals: 0.5, 1.0, 1.5.
const sameDecimals = [1, 2, 3, 4].map((decimals) => ({
  dtickrange: [0.999 * 10 ** -decimals, 0.501 * 10 ** (1 - decimals)],
  value: `.${decimals}f`,
}));

/** plotly's attributes of an axis. */
export function axis({ title, scale = "linear", ...attributes }: AxisOptions, showGrid: boolean): object {
  return {
    title: { text: plainText(title), font: { size: fontSizes.axis }, standoff: 8 },
    type: scale,
    automargin: true, // only labels wider than the margin move it
    showline: true,
    linecolor: ink,
    linewidth: 1,
    ticks: "outside",
    ticklen: 5,
    tickcolor: ink,
    tickfont: { size: fontSizes.tick },
    ...(scale === "linear"
      ? { nticks: showGrid ? 9 : 7, tickformatstops: sameDecimals }
      : { nticks: 5, minorloglabels: "complete", tickformat: "~g" }), // plain numbers: 0.5, 1, 20
    showgrid: showGrid,
    gridcolor: grid,
    zeroline: false,
    exponentformat: "power",
    ...attributes,
  };
}

/** A name as the legend shows it: plain, in lines short enough to leave the plot its room. */
export function legendText(name: string): string {
  return legendLines(name).map(plainText).join("<br>");
}

const legendLines = (name: string): string[] => wrapText(name, 170, fontSizes.legend);

function legendWidth({ title = "", names }: { title?: string; names: string[] }): number {
  const widest = (lines: string[]): number => Math.max(...lines.map((line) => textWidth(line, fontSizes.legend)));
  return Math.ceil(Math.max(14 + widest([title]), legendSymbolWidth + widest(names.flatMap(legendLines)))) + 16;
}
