import { SncError } from "../base/errors.js";
import type { Figure, Trace } from "./figure.js";

/** Where plotly draws the traces of a type (one group each), and the shapes that make one visible. Not here: types that jsdom cannot draw. */
const places: Record<string, { groups: string; shapes: string }> = {
  scatter: { groups: ".scatterlayer > .trace", shapes: ".js-line, .js-fill, .point" },
  bar: { groups: ".barlayer > .trace", shapes: ".point > path" },
  histogram: { groups: ".barlayer > .trace", shapes: ".point > path" },
  box: { groups: ".boxlayer > .trace", shapes: ".box" },
};

/**
 * Throws unless the SVG is well-formed XML with finite coordinates, runs no code, and shows every trace of the figure: no
 * figure may come out blank.
 */
export async function assertDrawn(svg: string, figure: Figure): Promise<void> {
  const { JSDOM } = await import("jsdom");
  const { window } = inFigure("not well-formed XML", () => new JSDOM(svg, { contentType: "image/svg+xml" }));
  try {
    const { document } = window;
    for (const element of document.querySelectorAll("*")) checkElement(element);
    const expected = new Map<string, number>();
    for (const trace of figure.data.filter(isShown)) {
      const { groups } = placeOf(trace);
      expected.set(groups, (expected.get(groups) ?? 0) + 1);
    }
    if (expected.size === 0) fail("no trace with data");
    for (const [groups, count] of expected) {
      const { shapes } = Object.values(places).find((place) => place.groups === groups)!;
      const visible = [...document.querySelectorAll(groups)].filter((group) =>
        [...group.querySelectorAll(shapes)].some(isVisible),
      );
      if (visible.length !== count) fail(`${groups}: expected ${count} traces drawn, found ${visible.length}`);
    }
  } finally {
    window.close();
  }
}

const fail = (problem: string): never => {
  throw new SncError("internal", `figure: ${problem}`);
};

function inFigure<T>(problem: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new SncError("internal", `figure: ${problem}: ${(cause as Error).message}`, { cause });
  }
}

/** Whether a trace is of a kind whose drawing can be checked. */
export const isDrawable = ({ type }: Trace): boolean => type in places;

const isShown = (trace: Trace): boolean => trace.visible !== false && trace.visible !== "legendonly";

const placeOf = (trace: Trace) =>
  places[trace.type] ?? fail(`trace type ${trace.type}: expected one of ${Object.keys(places).join(", ")}`);

const geometry = new Set("d transform points viewBox x y x1 y1 x2 y2 cx cy r width height".split(" "));

function checkElement(element: Element): void {
  if (["script", "foreignobject", "iframe"].includes(element.localName.toLowerCase()))
    fail(`<${element.localName}> in the SVG`);
  for (const { name, value } of element.attributes) {
    if (/^on/i.test(name)) fail(`attribute ${name} in the SVG`);
    if (/href$/i.test(name) && !/^(#|data:image\/|https:)/.test(value)) fail(`link to ${value} in the SVG`);
    if (geometry.has(name) && /NaN|Infinity|undefined|null/.test(value))
      fail(`${name}="${value.slice(0, 80)}" in the SVG`);
  }
}

/** Something is inked inside the plotting area: a point, a bar, or a line of two vertices or more. */
function isVisible(shape: Element): boolean {
  const path = shape.getAttribute("d") ?? "";
  if (!shape.classList.contains("js-line")) return path !== "";
  const area = clipOf(shape);
  const vertices = [...path.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  const inside = ([x, y]: number[]) => !area || (x >= 0 && x <= area.width && y >= 0 && y <= area.height);
  return /[LHVCQ]/.test(path) && vertices.some(inside);
}

function clipOf(shape: Element): { width: number; height: number } | undefined {
  const id = shape
    .closest("[clip-path]")
    ?.getAttribute("clip-path")
    ?.match(/#([\w-]+)/)?.[1];
  const rect = id === undefined ? null : shape.ownerDocument.querySelector(`[id="${id}"] > rect`);
  return rect ? { width: Number(rect.getAttribute("width")), height: Number(rect.getAttribute("height")) } : undefined;
}
