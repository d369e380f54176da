import path from "node:path";
import { SncError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import type { Figure } from "./figure.js";
import { figureHtml } from "./html.js";
import { renderPng, renderSvg } from "./render.js";

/** The files of one figure. */
export interface FigureFiles {
  json: string;
  svg: string;
  png: string;
  html: string;
}

const printScale = 300 / 96; // 300 pixels an inch

/** Writes `<id>.plotly.json`, `.svg`, `.png` (300 dpi) and `.html` into the folder, once all of them are made. */
export async function saveFigure(figure: Figure, folder: string, id: string): Promise<FigureFiles> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
    throw new SncError("usage", `figure id: expected lower-case letters, digits and hyphens, found "${id}"`);
  const file = (extension: string): string => path.join(folder, `${id}.${extension}`);
  const files = { json: file("plotly.json"), svg: file("svg"), png: file("png"), html: file("html") };
  const svg = await renderSvg(figure);
  const png = renderPng(svg, { scale: printScale });
  const html = await figureHtml(figure, svg);
  await writeFileAtomic(files.json, `${JSON.stringify({ data: figure.data, layout: figure.layout })}\n`);
  await writeFileAtomic(files.svg, svg);
  await writeFileAtomic(files.png, png);
  await writeFileAtomic(files.html, html);
  return files;
}
