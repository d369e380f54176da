import { readFile } from "node:fs/promises";
import path from "node:path";
import { packageFolder } from "../base/files.js";

/** The style sheets of the page, in the order in which they count. */
const styleSheets = ["../colours", "ground", "text", "verdicts", "tables", "figures", "chapters", "narrow", "print"];

/** The text of one of the report's assets, such as table.js. */
export const readReportAsset = (file: string): Promise<string> =>
  readFile(path.join(packageFolder, "assets", "report", file), "utf8");

/** The report's style, with its font inside. */
export async function reportStyle(): Promise<string> {
  const styles = await Promise.all(styleSheets.map((name) => readReportAsset(`${name}.css`)));
  const faces = await Promise.all(fontSubsets.map(fontFace));
  return [...faces, ...styles].join("\n");
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
