import { readFile } from "node:fs/promises";
import path from "node:path";
import { packageFolder } from "../base/files.js";
import { readReportAsset, reportStyle } from "../report/style.js";

const styleSheets = ["frame", "text", "code", "notebook"];

/** Style and scripts that the pages share, by their place on the site. */
export async function sharedFiles(): Promise<Map<string, string>> {
  const own = (file: string): Promise<string> => readFile(path.join(packageFolder, "assets", "site", file), "utf8");
  const library = (file: string): Promise<string> => readFile(require.resolve(file), "utf8");
  const styles = [
    await reportStyle(),
    await mathFace(),
    ...(await Promise.all(styleSheets.map((name) => own(`${name}.css`)))),
  ];
  return new Map([
    ["assets/site.css", styles.join("\n")],
    ["assets/table.js", await readReportAsset("table.js")],
    ["assets/figures.js", await readReportAsset("figures.js")],
    ["assets/search.js", await own("search.js")],
    ["assets/plotly.js", await library("plotly.js-cartesian-dist-min")],
    [
      "assets/minisearch.js",
      await library(path.join(path.dirname(require.resolve("minisearch")), "..", "umd", "index.js")),
    ],
  ]);
}

/** A font with what formulas need, since few systems have one. */
async function mathFace(): Promise<string> {
  const file = require.resolve("@fontsource/noto-sans-math/files/noto-sans-math-latin-400-normal.woff2");
  return `@font-face{font-family:"Noto Sans Math";src:url(data:font/woff2;base64,${await readFile(file, "base64")}) format("woff2")}`;
}
