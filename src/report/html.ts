import { readFile } from "node:fs/promises";
import path from "node:path";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { writeFileAtomic } from "../base/files.js";
import type { Assets } from "../base/policy.js";
import { inScript } from "../figures/html.js";
import { gatherReport, type ReportContent } from "./content.js";
import { Page } from "./page/page.js";
import { readReportAsset, reportStyle } from "./style.js";

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

async function readAssets(): Promise<Assets> {
  const [table, figures] = await Promise.all(["table.js", "figures.js"].map(readReportAsset));
  const plotly = await readFile(require.resolve("plotly.js-cartesian-dist-min"), "utf8");
  return { style: await reportStyle(), scripts: [table, plotly, figures].map(inScript) };
}
