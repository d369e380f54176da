import { readFileSync } from "node:fs";
import { Script } from "node:vm";
import { Resvg } from "@resvg/resvg-js";
import type { DOMWindow } from "jsdom";
import { SncError } from "../base/errors.js";
import { canonicalJson } from "../base/files.js";
import { stream } from "../base/random.js";
import { assertDrawn, isDrawable } from "./drawn.js";
import { escapeXml, type Figure } from "./figure.js";
import { fontOptions } from "./font.js";
import { summarize } from "./summary.js";
import { type Box, textBox, textBoxOnPage } from "./text-box.js";

/** The part of plotly used here. */
interface Plotly {
  newPlot(div: Element, data: unknown, layout: unknown, config: object): Promise<unknown>;
  toImage(div: Element, options: { format: "svg"; imageDataOnly: true }): Promise<string>;
  validate(data: unknown, layout: unknown): { code: string; msg: string }[] | undefined;
}

/**
 * The figure as SVG, drawn by plotly without a browser. Equal figures give equal bytes: each is drawn in a window of its own,
 * whose random numbers (plotly's ids) come from the figure. Throws when plotly does not know an attribute or draws too little.
 */
export async function renderSvg(figure: Figure): Promise<string> {
  const { window, plotly, problems } = await openWindow(figure);
  try {
    const { data, layout } = window.JSON.parse(JSON.stringify(figure));
    const mistakes = (plotly.validate(data, layout) ?? []).filter((issue) => issue.code !== "unused");
    if (mistakes.length > 0) throw new SncError("internal", `figure: ${mistakes.map((issue) => issue.msg).join("; ")}`);
    const serialized = captureSerialized(window);
    const div = window.document.body.appendChild(window.document.createElement("div"));
    await plotly.newPlot(div, data, layout, { staticPlot: true });
    await plotly.toImage(div, { format: "svg", imageDataOnly: true });
    const label = `role="img" aria-label="${escapeXml(summarize(figure))}"`;
    const svg = serialized().replace("<svg", () => `<svg ${label}`);
    if (problems.length > 0) throw new SncError("internal", `figure: ${problems.join("; ")}`);
    await assertDrawn(svg, figure);
    return svg;
  } finally {
    window.close(); // ends its timers: the process can exit
  }
}

/** An SVG of `renderSvg` as PNG bytes; 1 pixel of the figure becomes `scale` pixels. */
export function renderPng(svg: string, { scale = 2 }: { scale?: number } = {}): Uint8Array {
  const options = { font: fontOptions, fitTo: { mode: "zoom", value: scale }, background: "white" } as const;
  return new Resvg(svg, options).render().asPng();
}

/** plotly's smallest bundle that draws all kinds of traces that are drawn here. For other kinds the whole, which knows their names. */
const bundleFor = ({ data }: Figure): string =>
  data.every(isDrawable) ? require.resolve("plotly.js-cartesian-dist-min") : require.resolve("plotly.js-dist");

/** By their files, compiled once. */
const scripts = new Map<string, Script>();

function scriptIn(file: string): Script {
  const script = scripts.get(file) ?? new Script(readFileSync(file, "utf8"));
  scripts.set(file, script);
  return script;
}

/** A fresh window with plotly in it, nothing of which reaches Node's own globals. jsdom and plotly load at the first call. */
async function openWindow(figure: Figure): Promise<{ window: DOMWindow; plotly: Plotly; problems: string[] }> {
  const { JSDOM, VirtualConsole } = await import("jsdom");
  const virtualConsole = new VirtualConsole();
  const problems: string[] = [];
  const dom = new JSDOM("<!DOCTYPE html><body></body>", { runScripts: "outside-only", virtualConsole });
  const { window } = dom;
  window.Math.random = stream(0, canonicalJson(figure)).uniform;
  measureText(window);
  Object.assign(window, { TextDecoder, TextEncoder }); // which plotly's maps ask for when it loads
  Object.assign(window, { process: {} }); // plotly asks for it at every object, and jsdom is slow to say that there is none
  scriptIn(bundleFor(figure)).runInContext(dom.getInternalVMContext());
  virtualConsole.on("jsdomError", (error) => problems.push(error.message)); // its maps look for a canvas when they load
  return { window, plotly: window.Plotly, problems };
}

/** jsdom lays nothing out; plotly asks it only for the boxes of texts. */
function measureText(window: DOMWindow): void {
  const rectangle = (box: Box | undefined) => {
    const { left, top, right, bottom } = box ?? { left: 0, top: 0, right: 0, bottom: 0 };
    return { x: left, y: top, left, top, right, bottom, width: right - left, height: bottom - top };
  };
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      return rectangle(textBox(this));
    },
    getBoundingClientRect(this: Element) {
      return rectangle(textBoxOnPage(this));
    },
  });
}

/** plotly decodes and encodes entities again after serializing, which breaks texts such as "AT&T;": what it serialized is kept. */
function captureSerialized(window: DOMWindow): () => string {
  const serializer = window.XMLSerializer.prototype;
  const serialize = serializer.serializeToString;
  let text = "";
  serializer.serializeToString = function (node) {
    text = serialize.call(this, node);
    return text;
  };
  return () => text;
}
