import { readFile } from "node:fs/promises";
import { escapeXml, type Figure, titleOf } from "./figure.js";
import { interactiveConfig } from "./theme.js";

/**
 * An interactive page of one figure that needs nothing else: plotly's cartesian bundle (1.5 MB) is inside, so that the file
 * can be moved or mailed and opens offline. Its policy forbids every request. Without scripts the SVG is shown.
 */
export async function figureHtml(figure: Figure, svg: string): Promise<string> {
  const plotly = await readFile(require.resolve("plotly.js-cartesian-dist-min"), "utf8");
  const title = escapeXml(titleOf(figure));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
</head>
<body>
<div id="figure" role="img" aria-label="${title}"></div>
<noscript>
${svg}
</noscript>
<script>${inScript(plotly)}</script>
<script>
const figure = ${inScript(JSON.stringify({ ...figure, config: interactiveConfig }))};
Plotly.newPlot("figure", figure.data, figure.layout, figure.config);
</script>
</body>
</html>
`;
}

/** JavaScript or JSON whose strings cannot end, or comment out, the script element it stands in. */
export const inScript = (code: string): string => code.replace(/<(?=\/script|!--|script)/gi, "\\u003c");
