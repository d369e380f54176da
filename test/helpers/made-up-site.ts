/** A made-up result set with a page of features, and notebooks with all that a page shows of one. */
import path from "node:path";
import { readJson, writeFileAtomic, writeJson } from "../../src/base/files.js";
import { dashboardHtml } from "../../src/dashboard/html.js";
import type { Figure } from "../../src/figures/figure.js";
import { renderPng, renderSvg } from "../../src/figures/render.js";
import { interactiveConfig } from "../../src/figures/theme.js";
import { madeUpContent } from "./made-up-dashboard.js";
import { writeMadeUpSet } from "./made-up-report.js";

/** Outputs and texts that would run, load or cover something if a page took them as they are. */
export const hostileTexts = {
  html: `<p style="position:fixed;opacity:0.9;background:url(https://example.org/a)" onclick="alert(1)" id="page-content">text</p>
<script>alert(2)</script><img src=x onerror="alert(3)"><img src="https://example.org/b.png" alt="far"><a href="javascript:alert(4)">a</a>
<iframe srcdoc="<script>alert(5)</script>"></iframe><form action="https://example.org"><input name="attributes"></form>
<svg onload="alert(6)"><animate onbegin="alert(7)" attributeName="x"/></svg><math><mtext><style><img src=x onerror=alert(8)></style></mtext></math>
<style>body{display:none}</style><base href="https://example.org/"><meta http-equiv="refresh" content="0;url=https://example.org">`,
  svg: `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(9)" width="9" height="9"><script>alert(10)</script></svg>`,
  markdown: `<script>alert(11)</script> <img src=x onerror=alert(12)> [a](javascript:alert(13)) [b](data:text/html,x) ![c](https://example.org/c.png)
[d](../../../etc/passwd) [e](../.git/config) [f](../node_modules/preact/package.json) $\\href{javascript:alert(14)}{x}$ and $\\frac{$`,
};

/** Writes the set into a folder, which it returns. */
export async function writeMadeUpSite(folder: string): Promise<string> {
  await writeMadeUpSet({ folder });
  const figure = (await readJson(path.join(folder, "figures", "per-run-layer-6.plotly.json"))) as Figure;
  const png = Buffer.from(renderPng(await renderSvg(figure), { scale: 1 })).toString("base64");
  const plotly = { ...figure, config: interactiveConfig };
  const write = (name: string, cells: object[]): Promise<void> =>
    writeJson(path.join(folder, "notebooks", `${name}.ipynb`), { nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
  await write("layers", [
    text(
      "head",
      "# Layers\n\nWith $x^2$, `code`, [Run 9](run-9-reallocation.ipynb) and [docs](../docs/library.md#install).\n\n$$\\frac{1}{2}$$",
    ),
    text("second", "## What goes where?\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    code("figure", "const a: number = 1; // one", [
      shown({ "application/vnd.plotly.v1+json": plotly, "image/png": png, "text/plain": "A figure" }),
    ]),
    code("table", "table()", [
      shown({ "text/html": `<table><tr><th style="text-align:left">a</th><td>1</td></tr></table>` }),
    ]),
    code("lines", "print()", [{ output_type: "stream", name: "stdout", text: "10 %\r20 %\n\u001b[31mred\u001b[0m\n" }]),
  ]);
  await write("stranger", [
    text("says", `# A stranger's\n\n${hostileTexts.markdown}`),
    code("shows", "</script><script>alert(15)</script>", [
      shown({ "text/html": hostileTexts.html }),
      shown({ "image/svg+xml": hostileTexts.svg }),
      shown({ "text/markdown": hostileTexts.markdown }),
      {
        output_type: "error",
        ename: "<b>",
        evalue: "<img src=x onerror=alert(16)>",
        traceback: ["<script>alert(17)</script>"],
      },
    ]),
  ]);
  const page = await dashboardHtml(madeUpContent({ features: 4, sequences: 4 }));
  await writeFileAtomic(path.join(folder, "features", "layer-6", "run-0", "seed-42.html"), page);
  return folder;
}

const text = (id: string, source: string): object => ({ cell_type: "markdown", id, metadata: {}, source });
const code = (id: string, source: string, outputs: object[]): object => ({
  ...{ cell_type: "code", id, metadata: {}, source, outputs },
  execution_count: 1,
});
const shown = (data: object): object => ({ output_type: "display_data", data, metadata: {} });
