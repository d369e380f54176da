import { SncError } from "../base/errors.js";
import type { Figure, Trace } from "./figure.js";
import { plainText } from "./figure.js";
import { panelFigure } from "./panels.js";
import { palette } from "./theme.js";

/** One universe of a curve: what it says, and what it chooses. */
export interface SpecificationRow {
  value: number;
  isSo: boolean;
  isDefault: boolean;
  /** By the name of what is chosen. */
  choices: Readonly<Record<string, string>>;
  /** For whoever points at it. */
  label: string;
}

/** How a curve is drawn. */
export interface SpecificationCurveOptions {
  title: string;
  /** What the values are. */
  quantity: string;
  subtitle?: readonly string[];
  /** Values that are drawn across: what the paper states, what chance gives. */
  bounds?: readonly number[];
  /** What is shown below the curve: names in this order, each with its choices, the default first. */
  names: readonly { name: string; choices: readonly string[] }[];
}

const satisfiedColor = palette.blue;
const otherColor = "#8A8A8A";

const isDrawn = ({ x = [] }: Trace): boolean => x.length > 0;

/**
 * A specification curve (Simonsohn, Simmons and Nelson 2020): universes by what they say, ascending, filled where that satisfies the
 * sentence; below each a mark at what it chooses. The default is a star.
 */
export function specificationCurve(
  rows: readonly SpecificationRow[],
  { title, quantity, subtitle = [], bounds = [], names }: SpecificationCurveOptions,
): Figure {
  if (rows.length === 0)
    throw new SncError("input", "specification curve: expected universes, found none. Run: snc multiverse run");
  const sorted = [...rows].sort((a, b) => a.value - b.value);
  const lines = names.flatMap(({ name, choices }) =>
    choices.map((choice) => ({ name, choice, text: `${name} = ${choice}` })),
  );
  const at = (name: string, choice: string): number =>
    lines.length - 1 - lines.findIndex((line) => line.name === name && line.choice === choice);
  const places = sorted.map((row, place) => ({ ...row, place: place + 1 }));
  const marks = (which: (row: SpecificationRow) => boolean, name: string, marker: object): Trace => {
    const own = places.filter(which);
    return {
      ...{ type: "scatter", mode: "markers", name, showlegend: true },
      x: own.map(({ place }) => place),
      y: own.map(({ value }) => value),
      text: own.map(({ label }) => plainText(label)),
      hovertemplate: "%{text}<br>%{y:.4g}<extra></extra>",
      marker,
    };
  };
  const chosen = (isSo: boolean): Trace => {
    const own = places.filter((row) => row.isSo === isSo).flatMap((row) => names.map(({ name }) => ({ ...row, name })));
    const known = own.filter(({ name, choices }) => choices[name] !== undefined);
    return {
      ...{ type: "scatter", mode: "markers", name: isSo ? "satisfied" : "not", showlegend: false },
      x: known.map(({ place }) => place),
      y: known.map(({ name, choices }) => at(name, choices[name])),
      text: known.map(({ label }) => plainText(label)),
      hovertemplate: "%{text}<extra></extra>",
      marker: { symbol: "line-ns-open", size: 7, color: isSo ? satisfiedColor : otherColor, line: { width: 1.6 } },
    };
  };
  return panelFigure({
    title,
    subtitle,
    x: { title: "universes, by what they say", range: [0, sorted.length + 1] },
    panels: [
      {
        heading: quantity,
        traces: [
          marks(({ isSo, isDefault }) => isSo && !isDefault, "satisfied", {
            color: satisfiedColor,
            size: 6,
            symbol: "circle",
          }),
          marks(({ isSo, isDefault }) => !isSo && !isDefault, "not satisfied", {
            ...{ color: otherColor, size: 6, symbol: "circle-open" },
          }),
          marks(({ isDefault }) => isDefault, "the default", { color: palette.vermillion, size: 13, symbol: "star" }),
        ].filter(isDrawn),
        bounds,
        y: { nticks: 7 },
        height: 230,
      },
      {
        heading: "What each chooses; the default first",
        traces: [chosen(false), chosen(true)].filter(isDrawn),
        y: {
          side: "right",
          tickvals: lines.map((_, i) => lines.length - 1 - i),
          ticktext: lines.map(({ text }) => plainText(text)),
          range: [-0.7, lines.length - 0.3],
          showgrid: true,
        },
        height: Math.max(60, 16 * lines.length),
      },
    ],
    columns: 1,
    width: 860,
    legend: { names: ["not satisfied", ...lines.map(({ text }) => text)] },
  });
}
