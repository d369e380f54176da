import { ascent, descent, textWidth } from "./font.js";

/** A rectangle in pixels, y downwards. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Where plotly's SVG text stands in the coordinates of `element`: what a browser's getBBox answers, for texts and groups of them. */
export function textBox(element: Element): Box | undefined {
  if (element.localName === "text") return boxOfText(element);
  const boxes = [...element.children].flatMap((child) => {
    const box = textBox(child);
    return box ? [transformed(box, child.getAttribute("transform"))] : [];
  });
  return boxes.length > 0 ? union(boxes) : undefined;
}

/** The same on the page: the element's own and all outer transforms applied. */
export function textBoxOnPage(element: Element): Box | undefined {
  let box = textBox(element);
  for (let e: Element | null = element; box && e; e = e.parentElement)
    box = transformed(box, e.getAttribute("transform"));
  return box;
}

function boxOfText(text: Element): Box {
  const size = fontSizeOf(text);
  const lines = [...text.children].filter((child) => child.classList.contains("line"));
  return union(
    (lines.length > 0 ? lines : [text]).map((line) => {
      const x = coordinate(line, "x") ?? coordinate(text, "x") ?? 0;
      const y = (coordinate(line, "y") ?? coordinate(text, "y") ?? 0) + emOf(line.getAttribute("dy")) * size;
      const width = widthOf(line);
      const anchor = text.getAttribute("text-anchor") ?? (text as SVGTextElement).style.textAnchor;
      const left = anchor === "middle" ? x - width / 2 : anchor === "end" ? x - width : x;
      return { left, right: left + width, top: y - ascent * size, bottom: y + descent * size };
    }),
  );
}

function widthOf(node: Node): number {
  if (node.nodeType !== 3) return [...node.childNodes].reduce((sum, child) => sum + widthOf(child), 0);
  const parent = node.parentElement as Element;
  return textWidth(node.textContent ?? "", fontSizeOf(parent), isBold(parent) ? "bold" : "normal");
}

const styleOf = (element: Element): CSSStyleDeclaration => (element as SVGElement).style;

function fontSizeOf(element: Element | null): number {
  if (!element) return 12;
  const size = styleOf(element).fontSize;
  if (size === "") return fontSizeOf(element.parentElement);
  return size.endsWith("%")
    ? (Number.parseFloat(size) / 100) * fontSizeOf(element.parentElement)
    : Number.parseFloat(size);
}

function isBold(element: Element | null): boolean {
  if (!element) return false;
  const weight = styleOf(element).fontWeight;
  return weight === "" ? isBold(element.parentElement) : weight === "bold" || Number(weight) >= 600;
}

const coordinate = (element: Element, name: string): number | undefined => {
  const value = element.getAttribute(name);
  return value === null ? undefined : Number.parseFloat(value);
};

const emOf = (length: string | null): number => (length?.endsWith("em") ? Number.parseFloat(length) : 0);

const union = (boxes: readonly Box[]): Box => ({
  left: Math.min(...boxes.map((b) => b.left)),
  top: Math.min(...boxes.map((b) => b.top)),
  right: Math.max(...boxes.map((b) => b.right)),
  bottom: Math.max(...boxes.map((b) => b.bottom)),
});

/** The box around a box moved by an SVG transform; plotly uses translate, rotate and scale. */
function transformed(box: Box, transform: string | null): Box {
  if (!transform) return box;
  const steps = [...transform.matchAll(/(\w+)\(([^)]*)\)/g)].reverse();
  const corners = [
    [box.left, box.top],
    [box.right, box.top],
    [box.left, box.bottom],
    [box.right, box.bottom],
  ].map(([x, y]) => steps.reduce(([px, py], [, name, numbers]) => apply(name, parse(numbers), px, py), [x, y]));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

const parse = (numbers: string): number[] =>
  numbers
    .split(/[\s,]+/)
    .filter((n) => n !== "")
    .map(Number);

function apply(name: string, [a, b = 0, c = 0]: number[], x: number, y: number): number[] {
  if (name === "translate") return [x + a, y + b];
  if (name === "scale") return [x * a, y * (b || a)];
  if (name !== "rotate") return [x, y];
  const [cos, sin] = [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)];
  return [b + (x - b) * cos - (y - c) * sin, c + (x - b) * sin + (y - c) * cos];
}
