import { readFile } from "node:fs/promises";
import path from "node:path";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { packageFolder } from "../base/files.js";
import type { Assets } from "../base/policy.js";
import { comparedFeatures, type Pairing } from "./matching.js";
import { Page, type PageContent } from "./page/page.js";
import { type DashboardContent, pageTraining } from "./page-data.js";

/**
 * The features of a training as one page that needs nothing else and asks for nothing: a list to sort and search, and a view of
 * each. `#feature-17` at the end of its address opens feature 17. The same content gives the same bytes.
 */
export const dashboardHtml = (content: DashboardContent): Promise<string> =>
  pageHtml({ trainings: [pageTraining(content)] });

/** Two trainings side by side, their features paired: which survived, which were split, which are gone, which are new. */
export const comparisonHtml = (
  [a, b]: readonly [DashboardContent, DashboardContent],
  pairing: Pairing,
): Promise<string> => {
  const trainings = [pageTraining(a), pageTraining(b)];
  return pageHtml({ trainings, compared: comparedFeatures(trainings[0], trainings[1], pairing) });
};

const pageHtml = async (content: PageContent): Promise<string> =>
  `<!DOCTYPE html>\n${render(h(Page, { content, assets: await readAssets() }))}\n`;

/** In the order in which they count, or run. */
const styles = ["../colours", "ground", "list", "feature", "compared", "narrow"];
const scripts = ["elements", "excerpts", "feature", "rows", "list", "main"];

async function readAssets(): Promise<Assets> {
  const read = (file: string): Promise<string> =>
    readFile(path.join(packageFolder, "assets", "dashboard", file), "utf8");
  return {
    style: (await Promise.all(styles.map((name) => read(`${name}.css`)))).join("\n"),
    scripts: await Promise.all(scripts.map((name) => read(`${name}.js`))),
  };
}
