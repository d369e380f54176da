import { sha256 } from "../../base/files.js";
import { type Content, isRecord } from "../kernel/protocol.js";

/** A place where a notebook is not as its format says, as ajv names it. */
export interface Misfit {
  /** JSON pointer of the value. */
  instancePath: string;
  keyword: string;
  /** The name of a property that the format does not know. */
  extra?: string;
}

/** What each type of cell has, by format 4.5. */
const cellKeys: Record<string, readonly string[]> = {
  code: ["cell_type", "id", "metadata", "source", "outputs", "execution_count"],
  markdown: ["cell_type", "id", "metadata", "source", "attachments"],
  raw: ["cell_type", "id", "metadata", "source", "attachments"],
};

/**
 * Brings what other tools write and run to the shape of format 4.5, in place: nothing that decides an execution changes.
 * Cells keep the properties that their type has; what is missing and has one possible value gets it.
 */
export function bringToFormat(notebook: Content): void {
  for (const key of Object.keys(notebook))
    if (!["nbformat", "nbformat_minor", "metadata", "cells"].includes(key)) delete notebook[key];
  if (!(Number(notebook.nbformat_minor) >= 5)) notebook.nbformat_minor = 5;
  notebook.metadata ??= {};
  if (!Array.isArray(notebook.cells)) return;
  for (const cell of notebook.cells.filter(isRecord)) {
    const keys = cellKeys[String(cell.cell_type)];
    if (!keys) continue;
    for (const key of Object.keys(cell)) if (!keys.includes(key)) delete cell[key];
    cell.metadata ??= {};
    if (cell.cell_type !== "code") continue;
    cell.outputs ??= [];
    if (!Number.isInteger(cell.execution_count)) cell.execution_count = null;
  }
  giveIds(notebook.cells);
}

/** Cells of formats before 4.5 have no id, and copied cells may share one; the new ones depend on content alone. */
function giveIds(cells: unknown[]): void {
  const seen = new Set<unknown>();
  for (const [index, cell] of cells.entries()) {
    if (!isRecord(cell)) continue;
    const isFit = typeof cell.id === "string" && /^[a-zA-Z0-9_-]{1,64}$/.test(cell.id);
    if (!isFit || seen.has(cell.id)) cell.id = sha256(`${index}\n${JSON.stringify(cell.source)}`).slice(0, 8);
    seen.add(cell.id);
  }
}

/** Where a misfit decides nothing of an execution: metadata, outputs of earlier runs, attachments. */
const harmless = /^\/(metadata|cells\/\d+\/(metadata|outputs|attachments))(\/|$)/;

/** Takes out what does not fit and decides nothing; false where there is nothing of that kind. */
export function takeOut(notebook: Content, misfits: readonly Misfit[]): boolean {
  const places = misfits.filter(({ instancePath, extra }) =>
    harmless.test(extra === undefined ? instancePath : `${instancePath}/${extra}`),
  );
  // The deepest first, and of a list the last first: what is taken out moves no other place.
  const pointers = [...new Set(places.map(pointerOf))].sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
  const deepest = Math.max(0, ...pointers.map(depth));
  const taken = pointers.filter((pointer) => depth(pointer) === deepest).map((pointer) => remove(notebook, pointer));
  return taken.includes(true);
}

const depth = (pointer: string): number => pointer.split("/").length;

/** An output is taken out whole: of half an output nothing can be said. */
function pointerOf({ instancePath, extra }: Misfit): string {
  const output = /^\/cells\/\d+\/outputs\/\d+/.exec(instancePath)?.[0];
  return output ?? (extra === undefined ? instancePath : `${instancePath}/${escaped(extra)}`);
}

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");

/** Whether something was there to take out. */
function remove(root: Content, pointer: string): boolean {
  const keys = pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop()!;
  let at: unknown = root;
  for (const key of keys) at = isRecord(at) || Array.isArray(at) ? (at as Content)[key] : undefined;
  if (Array.isArray(at)) return at.splice(Number(last), 1).length > 0;
  if (!isRecord(at) || !Object.hasOwn(at, last)) return false;
  // A cell has to have its metadata and outputs, and a notebook its metadata: nothing of what they had fits.
  const isNeeded = keys.length === 0 || (keys.length === 2 && keys[0] === "cells" && last !== "attachments");
  const empty = last === "outputs" ? [] : {};
  if (isNeeded && JSON.stringify(at[last]) === JSON.stringify(empty)) return false;
  if (isNeeded) at[last] = empty;
  else delete at[last];
  return true;
}
