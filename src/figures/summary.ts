import { type Figure, type Trace, textOf, titleOf } from "./figure.js";
import { panelHeadings } from "./panels.js";

/** One line for readers and logs that show no images: title, number of traces, and the range of each axis or panel. */
export function summarize(figure: Figure): string {
  const { data, layout } = figure;
  const traces = `${data.length} ${data.length === 1 ? "trace" : "traces"}`;
  const panels = [...panelHeadings(layout)];
  const ranges =
    panels.length > 0
      ? panels.map(([y, heading]) =>
          range(
            heading,
            data.filter((trace) => trace.yaxis === y),
            (trace) => trace.y,
          ),
        )
      : [
          range(axisTitle(layout.xaxis, "x"), data, (trace) => trace.x),
          range(axisTitle(layout.yaxis, "y"), data, (trace) => trace.y),
        ];
  return `[${titleOf(figure)}: ${[traces, ...ranges.filter((found) => found !== undefined)].join("; ")}]`;
}

const axisTitle = (axis: unknown, fallback: string): string =>
  (typeof axis === "object" && axis !== null && "title" in axis ? textOf(axis.title) : undefined) ?? fallback;

function range(
  name: string,
  data: readonly Trace[],
  valuesOf: (trace: Trace) => readonly (number | null)[] | undefined,
): string | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const trace of data)
    for (const value of valuesOf(trace) ?? [])
      if (value !== null && Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low <= high ? `${name} ${short(low)} to ${short(high)}` : undefined;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
