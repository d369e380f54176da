import ts from "typescript";
import type { CellCompiler } from "./cell-compiler.js";
import { printQuickInfo } from "./compiler.js";

/** Names that may stand at a place of a cell, and the part of the cell that they replace. */
export interface Completion {
  start: number;
  end: number;
  candidates: string[];
}

/** Jupyter counts a cell's characters as code points, JavaScript as UTF-16 units. */
const unitsOf = (code: string, points: number): number => [...code].slice(0, points).join("").length;
const pointsOf = (code: string, units: number): number => [...code.slice(0, units)].length;

/**
 * What may stand at this place, names that begin as what is written first, then those that contain it. Places are
 * counted in code points.
 */
export function complete(compiler: CellCompiler, code: string, cursorPoints: number): Completion {
  const cursor = unitsOf(code, cursorPoints);
  const file = compiler.prepare(code);
  const entries = compiler.program.service("legacy").getCompletionsAtPosition(file, cursor, {})?.entries ?? [];
  const [start, end] = wordAt(code, cursor);
  const word = code.slice(start, end);
  const ranked = entries.flatMap(({ name, sortText }) => {
    const rank = rankOf(name, word);
    return rank < 0 ? [] : [{ name, key: `${rank}${sortText}` }];
  });
  ranked.sort((a, b) => (a.key === b.key ? a.name.localeCompare(b.name) : a.key < b.key ? -1 : 1));
  return { start: pointsOf(code, start), end: pointsOf(code, end), candidates: ranked.map(({ name }) => name) };
}

/** 0 for a name that begins as what is written, then less and less alike; -1 for one that has nothing of it. */
function rankOf(name: string, word: string): number {
  if (name.startsWith(word)) return 0;
  const [lower, sought] = [name.toLowerCase(), word.toLowerCase()];
  return lower.startsWith(sought) ? 1 : lower.includes(sought) ? 2 : -1;
}

/** Where the identifier that touches this place starts and ends, in UTF-16 units. */
function wordAt(code: string, cursor: number): [start: number, end: number] {
  const before = /[\p{ID_Continue}$]*$/u.exec(code.slice(0, cursor))![0];
  const after = /^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))![0];
  return [cursor - before.length, cursor + after.length];
}

/** The type and documentation of the name at this place (in code points), as text. */
export function inspectAt(compiler: CellCompiler, code: string, cursorPoints: number): string | undefined {
  const file = compiler.prepare(code);
  const info = compiler.program.service("legacy").getQuickInfoAtPosition(file, unitsOf(code, cursorPoints));
  if (!info) return undefined;
  const text = ts.displayPartsToString(info.displayParts);
  // A name of an earlier cell is an import to TypeScript, which nobody wrote.
  const plain = text.replace(/^\(alias\) ([\s\S]*)\nimport (\S+)$/, (whole, declaration, name) =>
    compiler.isEarlierName(name) ? declaration : whole,
  );
  const displayParts = [{ text: plain, kind: "text" }];
  return printQuickInfo({ ...info, displayParts } as Parameters<typeof printQuickInfo>[0]);
}
