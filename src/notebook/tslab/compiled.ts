import type { SourceMap } from "node:module";

/** From the JavaScript that runs to what TypeScript emitted, and from there to the cell. */
export interface CompiledMaps {
  toJavaScript: SourceMap;
  toTypeScript: SourceMap;
  /** Lines of the JavaScript that runs; the call of the cell stands behind them. */
  lines: number;
}

/** What TypeScript says about a cell it cannot compile; line and character count from 0. */
export interface Diagnostic {
  start: { line: number; character: number };
  messageText: string;
  code: number;
  /** The file it is in, if not the cell. */
  fileName?: string;
}
