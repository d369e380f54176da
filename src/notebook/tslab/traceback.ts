import { inspect } from "node:util";
import vm from "node:vm";
import { type CompiledMaps, onCompiled } from "./compiler.js";
import type { PreparedSource } from "./source.js";

/** The content of Jupyter's `error` message. */
export interface ErrorReport {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** What tslab's converter says about a cell it cannot compile; line and character count from 0. */
export interface Diagnostic {
  start: { line: number; character: number };
  messageText: string;
  code: number;
  fileName?: string;
}

/** What turns a place in the JavaScript that ran back into one of the cell as it was written. */
interface TracedCell {
  count: number;
  source: PreparedSource;
  maps?: CompiledMaps;
}

/** What tslab puts before the compiled cell, on its first line. */
const wrapper = "(async function(exports, require) { ";
const cellPlace = /tslab-cell-(\d+):(\d+):(\d+)/g;
/** Frames that show how the kernel works, not what the cell did. */
const kernelFrame = /[\\/]tslab[\\/]dist[\\/]|[\\/]notebook[\\/](tslab[\\/]|launcher\.)|\(?node:|^\s+at <anonymous>$/;

const cells = new Map<number, TracedCell>();
let current = 0;

/** Everything compiled and run from here on belongs to the cell of this request, shown to people by its count. */
export function beginCell(request: number, count: number, source: PreparedSource): void {
  current = request;
  cells.set(request, { count, source });
}

/** Remembers each cell's source maps and runs it under a name of its own, so that stacks can be read. */
export function traceCells(): void {
  Error.stackTraceLimit = 30; // many frames are the kernel's own and not shown
  onCompiled((maps) => {
    const cell = cells.get(current);
    if (cell) cell.maps = maps;
  });
  const run = vm.runInThisContext;
  vm.runInThisContext = (code, options) => {
    const isCell = typeof options === "object" && options.breakOnSigint;
    return run(code, isCell ? { ...options, filename: `tslab-cell-${current}` } : options);
  };
}

/** The request of the cell whose code threw this, by its stack: for code that runs in no cell's asynchronous context. */
export function throwingCell(thrown: unknown): number | undefined {
  const stack = isErrorLike(thrown) ? String(thrown.stack) : "";
  // The last frame is where it began; those above may be functions of earlier cells.
  const request = [...stack.matchAll(cellPlace)].at(-1)?.[1];
  return request === undefined ? undefined : Number(request);
}

/** The place in the written cell, as "cell [3]:2:9", of a place in the JavaScript that ran (both from 1). */
function writtenPlace(request: number, line: number, column: number): string {
  const cell = cells.get(request);
  const shift = line === 1 ? wrapper.length : 0;
  const middle = cell?.maps?.toJavaScript.findEntry(line - 1, column - 1 - shift);
  const name = `cell [${cell?.count}]`;
  if (!cell || !middle || !("originalLine" in middle)) return name;
  const first = cell.maps?.toTypeScript.findEntry(middle.originalLine, middle.originalColumn);
  if (!first || !("originalLine" in first)) return name;
  // tslab compiles the cell behind one line of its own, so its line 1 is the cell's line 0.
  const place = cell.source.writtenPosition({ line: first.originalLine, column: first.originalColumn + 1 });
  return `${name}:${place.line}:${place.column}`;
}

/** A stack without the kernel's own frames, its places those of the cells as they were written. */
function cleanStack(stack: string): string[] {
  return stack
    .split("\n")
    .filter((line) => !(/^\s+at /.test(line) && (kernelFrame.test(line) || isCallOfCell(line))))
    .map((line) => line.replace(cellPlace, (_, request, row, column) => writtenPlace(+request, +row, +column)));
}

/** The frame in which tslab's wrapper calls the cell's function. */
function isCallOfCell(frame: string): boolean {
  const [, request, line] = /tslab-cell-(\d+):(\d+):\d+\)?$/.exec(frame) ?? [];
  const lines = cells.get(Number(request))?.maps?.lines;
  return lines !== undefined && Number(line) > lines;
}

const longestCauseChain = 5;

/** What Jupyter shows for anything that was thrown: an error with its causes, or any other value. */
export function reportThrown(thrown: unknown, depth = 0): ErrorReport {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
    const text = inspect(thrown);
    return { ename: "Thrown value", evalue: text, traceback: [`Thrown value: ${text}`] };
  }
  if ((thrown as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return interrupted();
  const ename = String(thrown.name || "Error");
  const evalue = String(thrown.message);
  const traceback = cleanStack(typeof thrown.stack === "string" ? thrown.stack : `${ename}: ${evalue}`);
  const nested = [
    ...(thrown.cause === undefined ? [] : [thrown.cause]),
    ...(Array.isArray((thrown as AggregateError).errors) ? (thrown as AggregateError).errors : []),
  ];
  if (depth < longestCauseChain) {
    for (const inner of nested) {
      const [first, ...rest] = reportThrown(inner, depth + 1).traceback;
      traceback.push(`caused by ${first}`, ...rest);
    }
  }
  return { ename, evalue, traceback };
}

/** Errors of another realm (a vm context, a worker) are not instances of this realm's Error. */
function isErrorLike(value: unknown): value is Error {
  return typeof value === "object" && value !== null && "message" in value && "stack" in value;
}

export const interrupted = (): ErrorReport => ({
  ename: "Interrupted",
  evalue: "the cell was interrupted",
  traceback: ["Interrupted: the cell was interrupted"],
});

/** All diagnostics of a cell as one error: message, then the line of the cell with a mark below the place. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], source: PreparedSource): ErrorReport {
  const lines = source.written.split("\n");
  const messages: string[] = [];
  const traceback: string[] = [];
  for (const { start, messageText, code, fileName } of diagnostics) {
    const inText = { line: start.line + 1, column: start.character + 1 };
    const { line, column } = fileName ? inText : source.writtenPosition(inText);
    const message = `${fileName ? `${fileName}:` : ""}${line}:${column} - TS${code}: ${messageText}`;
    messages.push(message);
    traceback.push(`TypeScriptError: ${message}`);
    if (fileName || lines[line - 1] === undefined) continue;
    traceback.push(`    ${lines[line - 1]}`, `    ${" ".repeat(column - 1)}^`);
  }
  return { ename: "TypeScriptError", evalue: messages.join("\n"), traceback };
}
