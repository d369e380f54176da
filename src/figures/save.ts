import path from "node:path";
import { SncError } from "../base/errors.js";
import { replaceFolder, writeFileAtomic } from "../base/files.js";
import { recordHashes } from "../base/recorded.js";
import { type Figure, figureError } from "./figure.js";
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

/**
 * Writes `<id>.plotly.json`, `.svg`, `.png` (300 dpi) and `.html` into the folder, once all of them are made, and their
 * sha256 into its SHA256SUMS.
 */
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
  const names = Object.values(files).map((name) => path.basename(name));
  await recordHashes(folder, names);
  return files;
}

/**
 * Saves figures as the whole content of a folder, each as `saveFigure` does: all of them, or nothing in it changes. An error
 * names its figure. `onSaved` is called after each.
 */
export async function saveFigures(
  figures: readonly { id: string; figure: Figure }[],
  folder: string,
  onSaved: () => void = () => {},
): Promise<({ id: string } & FigureFiles)[]> {
  const saved: ({ id: string } & FigureFiles)[] = [];
  const inFolder = (file: string): string => path.join(folder, path.basename(file));
  await replaceFolder(folder, async (temporary) => {
    for (const { id, figure } of figures) {
      const { json, svg, png, html } = await saveFigure(figure, temporary, id).catch((cause) => {
        throw figureError(id, cause);
      });
      saved.push({ id, json: inFolder(json), svg: inFolder(svg), png: inFolder(png), html: inFolder(html) });
      onSaved();
    }
  });
  return saved;
}
