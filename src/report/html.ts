import { readFile } from "node:fs/promises";
import path from "node:path";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { packageFolder, writeFileAtomic } from "../base/files.js";
import type { Assets } from "../base/policy.js";
import { inScript } from "../figures/html.js";
import { gatherReport, type ReportContent } from "./content.js";
import { Page } from "./page/page.js";

/** Writes report.html into a result set (its name in results/, or its folder); returns where it is. */
export async function writeReport(resultSet: string): Promise<string> {
  const content = await gatherReport(resultSet);
  const file = path.join(content.set.folder, "report.html");
  await writeFileAtomic(file, await reportHtml(content));
  return file;
}

/**
 * The report as one page that needs nothing else: style, font, scripts and figures are inside it. The same content gives
 * the same bytes.
 */
export async function reportHtml(content: ReportContent): Promise<string> {
  const assets = await readAssets();
  return `<!DOCTYPE html>\n${render(h(Page, { content, assets }))}\n`;
}

/** The style sheets of the page, in the order in which they count. */
const styleSheets = ["../colours", "ground", "text", "verdicts", "tables", "figures", "chapters", "narrow", "print"];

async function readAssets(): Promise<Assets> {
  const read = (file: string): Promise<string> => readFile(path.join(packageFolder, "assets", "report", file), "utf8");
  const styles = await Promise.all(styleSheets.map((name) => read(`${name}.css`)));
  const [table, figures] = [await read("table.js"), await read("figures.js")];
  const plotly = await readFile(require.resolve("plotly.js-cartesian-dist-min"), "utf8");
  const faces = await Promise.all(fontSubsets.map(fontFace));
  return { style: [...faces, ...styles].join("\n"), scripts: [table, plotly, figures].map(inScript) };
}

/** The parts of the font that the page's texts are made of, and the characters in each. */
const fontSubsets = [
  { subset: "latin", range: "U+0000-00FF,U+2000-206F,U+2122,U+2191,U+2193,U+2212,U+2215" },
  { subset: "greek", range: "U+0370-03FF" },
];

/** Inter is inside the page so that it looks the same, and figures are as wide, on machines that have few fonts. */
async function fontFace({ subset, range }: (typeof fontSubsets)[number]): Promise<string> {
  const file = require.resolve(`@fontsource-variable/inter/files/inter-${subset}-wght-normal.woff2`);
  const source = `url(data:font/woff2;base64,${await readFile(file, "base64")})`;
  return `@font-face{font-family:Inter;font-weight:100 900;src:${source} format("woff2");unicode-range:${range}}`;
}
