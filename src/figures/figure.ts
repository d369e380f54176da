import { SncError } from "../base/errors.js";

/** One trace of a plotly figure: its type, its name in the legend, its data, and any other attribute of plotly's schema. */
export interface Trace {
  type: string;
  name?: string;
  x?: readonly number[];
  y?: readonly (number | null)[];
  [attribute: string]: unknown;
}

/** A plotly layout of fixed size in CSS pixels (96 to the inch). */
export interface Layout {
  width: number;
  height: number;
  [attribute: string]: unknown;
}

/** A plotly specification: JSON values only, so that it can be stored, compared and displayed as it is. */
export interface Figure {
  data: readonly Trace[];
  layout: Layout;
}

/** An error of a figure that says of which: "per-run-layer-6: …". */
export function figureError(id: string, cause: unknown): SncError {
  const { message } = cause as Error;
  return new SncError(cause instanceof SncError ? cause.failure : "internal", `${id}: ${message}`, { cause });
}

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", $: "&#36;" };

/**
 * Text that plotly shows as it stands. plotly reads its own markup in every text (tags, entities, TeX between dollar signs);
 * characters that XML cannot hold become spaces.
 */
export function plainText(text: string): string {
  return replaceInvalidXml(text).replace(/[&<>$]/g, (character) => escapes[character]);
}

/** What a reader sees of a plotly text: line breaks as spaces, no tags, entities decoded. */
export function readableText(markup: string): string {
  return markup
    .replace(/<br>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/&(lt|gt|amp|#36);/g, (entity) => Object.keys(escapes).find((c) => escapes[c] === entity) as string);
}

/** Text that stays text inside XML and HTML, between tags and in quoted attributes. */
export function escapeXml(text: string): string {
  return replaceInvalidXml(text)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}

/** The title of a figure as one line of plain text, without the smaller lines (spans) that `figureLayout` sets below it. */
export function titleOf(figure: Figure): string {
  return textOf(figure.layout.title, "<br><span") ?? "figure";
}

/** `{ text }` or a string, as plotly takes titles, as one line of plain text; `end` is where to stop. */
export function textOf(title: unknown, end?: string): string | undefined {
  const text = typeof title === "object" && title !== null && "text" in title ? title.text : title;
  if (typeof text !== "string" || text === "") return undefined;
  return readableText(end === undefined ? text : text.split(end)[0]);
}

// XML 1.0, "Char": tab, newline and return are the only control characters, and a surrogate never stands alone.
const replaceInvalidXml = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, " ");
