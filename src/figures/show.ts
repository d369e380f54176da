import { displayBundle } from "../notebook/display.js";
import type { Figure } from "./figure.js";
import { renderPng, renderSvg } from "./render.js";
import { summarize } from "./summary.js";
import { interactiveConfig } from "./theme.js";

/** How `showFigure` shows a figure. */
export interface ShowOptions {
  /** Pixels of the PNG per pixel of the figure. */
  scale?: number;
  /** Shows the figure in place of an earlier one with the same id. */
  displayId?: string;
  /** Where the message goes; the notebook's output unless a test listens. */
  display?: (data: Record<string, unknown>, metadata?: Record<string, unknown>, displayId?: string) => void;
}

/** Shows the figure below a notebook's cell: interactive where plotly is, else as PNG, else as one line, in one message. */
export async function showFigure(figure: Figure, options: ShowOptions = {}): Promise<void> {
  const { scale = 2, displayId, display = displayBundle } = options;
  const png = renderPng(await renderSvg(figure), { scale });
  const { width, height } = figure.layout;
  const data = {
    "application/vnd.plotly.v1+json": { data: figure.data, layout: figure.layout, config: interactiveConfig },
    "image/png": Buffer.from(png).toString("base64"),
    "text/plain": summarize(figure),
  };
  display(data, { "image/png": { width, height } }, displayId);
}
