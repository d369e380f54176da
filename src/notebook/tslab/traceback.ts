import path from "node:path";
import { inspect } from "node:util";
import type { CompiledMaps, Diagnostic } from "./cell-compiler.js";
import type { TypeScriptModules } from "./typescript-modules.js";

/** The content of Jupyter's `error` message. */
export interface ErrorReport {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** What turns a place in the JavaScript that ran back into one of the cell as it was written. */
interface TracedCell {
  count: number;
  maps?: CompiledMaps;
  /** Characters before the cell's JavaScript on its first line. */
  shift: number;
}

const cellPlace = /tslab-cell-(\d+):(\d+):(\d+)/g;
const filePlace = /((?:[A-Za-z]:)?[\\/][^():]*\.[cm]?tsx?):(\d+):(\d+)/g;
/** Frames that show how the kernel works, not what the cell did. */
const kernelFrame = /[\\/]tslab[\\/]dist[\\/]|\(?node:|^\s+at (async )?(Promise\.all \(index \d+\)|<anonymous>)$/;
const kernelFolder = __dirname + path.sep;

const cells = new Map<number, TracedCell>();
/** The request of the cell in which an error began: its stack tells, as long as it is not yet made readable. */
const origins = new WeakMap<object, number>();
let modules: TypeScriptModules | undefined;

/** The name under which the cell of this request runs. */
export const cellFilename = (request: number): string => `tslab-cell-${request}`;

/** What runs for this request is shown to people as the cell of this count. */
export function beginCell(request: number, count: number): void {
  cells.set(request, { count, shift: 0 });
}

/** The way back from the JavaScript of the request's cell. */
export function traceCell(request: number, maps: CompiledMaps, shift: number): void {
  const cell = cells.get(request);
  if (cell) Object.assign(cell, { maps, shift });
}

/** Stacks name places in these files too. */
export function traceModules(loaded: TypeScriptModules): void {
  modules = loaded;
}

/** From here on every error's stack, also one that a cell prints, has the cells' own lines and none of the kernel's. */
export function makeStacksReadable(): void {
  Error.stackTraceLimit = 30; // many frames are the kernel's own and not shown
  Error.prepareStackTrace = (error, sites) => {
    const frames = sites.map((site) => `    at ${site}`);
    const request = lastCell(frames.join("\n"));
    if (request !== undefined) origins.set(error, request);
    return [headOf(error), ...cleanFrames(frames)].join("\n");
  };
}

/** The first line of a stack as Node writes it: its own errors have their code in it. */
function headOf(error: Error): string {
  const isNodes = /^ERR_/.test(String((error as NodeJS.ErrnoException).code));
  try {
    return isNodes ? String(error) : Error.prototype.toString.call(error);
  } catch {
    return "<error>";
  }
}

/** The request of the cell at the end of a stack: there it began; those above may be functions of earlier cells. */
function lastCell(stack: string): number | undefined {
  const request = [...stack.matchAll(cellPlace)].at(-1)?.[1];
  return request === undefined ? undefined : Number(request);
}

/** The request of the cell whose code threw this, by its stack: for code that runs in no cell's asynchronous context. */
export function throwingCell(thrown: unknown): number | undefined {
  if (!isErrorLike(thrown)) return undefined;
  return lastCell(String(thrown.stack)) ?? origins.get(thrown);
}

/** The place in the written cell, as "cell [3]:2:9", of a place in the JavaScript that ran (both from 1). */
function writtenPlace(request: number, line: number, column: number): string {
  const cell = cells.get(request);
  const shift = line === 1 ? (cell?.shift ?? 0) : 0;
  const middle = cell?.maps?.toJavaScript.findEntry(line - 1, column - 1 - shift);
  const name = `cell [${cell?.count}]`;
  if (!cell || !middle || !("originalLine" in middle)) return name;
  const first = cell.maps?.toTypeScript.findEntry(middle.originalLine, middle.originalColumn);
  if (!first || !("originalLine" in first)) return name;
  return `${name}:${first.originalLine + 1}:${first.originalColumn + 1}`;
}

/** A stack without the kernel's own frames, its places those of the cells and files as they were written. */
function cleanStack(stack: string): string[] {
  const lines = stack.split("\n");
  const isFrame = (line: string): boolean => /^\s+at /.test(line);
  return lines.flatMap((line) => (isFrame(line) ? cleanFrames([line]) : [line]));
}

/** What called the cell, below the frame of its call, is the kernel. */
function withoutCallers(frames: string[]): string[] {
  const call = frames.findIndex(isCallOfCell);
  return call < 0 ? frames : frames.slice(0, call);
}

const cleanFrames = (frames: string[]): string[] =>
  withoutCallers(frames)
    .filter((frame) => !kernelFrame.test(frame) && !frame.includes(kernelFolder))
    .map((frame) =>
      frame
        .replace(cellPlace, (_, request, line, column) => writtenPlace(+request, +line, +column))
        .replace(filePlace, (place, file, line, column) => modules?.writtenPlace(file, +line, +column) ?? place),
    );

/** The frame in which the script of a cell calls the cell's function. */
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
export function reportDiagnostics(diagnostics: readonly Diagnostic[], code: string): ErrorReport {
  const lines = code.split("\n");
  const messages: string[] = [];
  const traceback: string[] = [];
  for (const { start, messageText, code, fileName } of diagnostics) {
    const [line, column] = [start.line + 1, start.character + 1];
    const message = `${fileName ? `${fileName}:` : ""}${line}:${column} - TS${code}: ${messageText}`;
    messages.push(message);
    traceback.push(`TypeScriptError: ${message}`);
    if (fileName || lines[line - 1] === undefined) continue;
    traceback.push(`    ${lines[line - 1]}`, `    ${" ".repeat(column - 1)}^`);
  }
  return { ename: "TypeScriptError", evalue: messages.join("\n"), traceback };
}
