import type { Trace } from "./figure.js";
import { rounded } from "./numbers.js";
import { palette } from "./theme.js";

/** A correlation that chance alone gives, whatever is trained. */
export interface Baseline {
  name: string;
  value: number;
}

const dashes = ["longdashdot", "longdash", "dashdot"];

/** A thin line across the panel for each baseline, named in the legend. */
export const baselineTraces = (baselines: readonly Baseline[], across: readonly [number, number]): Trace[] =>
  baselines.map(({ name, value }, index) => ({
    type: "scatter",
    name,
    showlegend: true,
    x: across,
    y: [value, value].map(rounded),
    mode: "lines",
    line: { color: palette.black, width: 0.8, dash: dashes[index % dashes.length] },
    hovertemplate: `${name} %{y:.4~g}<extra></extra>`,
  }));
