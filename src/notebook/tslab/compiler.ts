/**
 * tslab's own modules, with its TypeScript replaced by one that keeps source maps. Everything of tslab is loaded here
 * and nowhere else, because the replacement must be in place before the first of its modules asks for TypeScript.
 */
import Module from "node:module";
import ts from "@tslab/typescript-for-tslab";

/** From the JavaScript that runs to the ESNext that TypeScript emitted, and from there to the cell behind one line. */
export interface CompiledMaps {
  toJavaScript: Module.SourceMap;
  toTypeScript: Module.SourceMap;
  /** Lines of the JavaScript that runs; what tslab adds behind them calls the cell. */
  lines: number;
}

const mapComment = /\n?\/\/# sourceMappingURL=data:application\/json(?:;charset=utf-8)?;base64,([A-Za-z0-9+/=]+)\s*$/;

let onMaps: (maps: CompiledMaps) => void = () => {};

/** `listener` is told the maps of each cell as it is compiled. */
export function onCompiled(listener: (maps: CompiledMaps) => void): void {
  onMaps = listener;
}

/** Of the packages below `@types` only Node's is loaded unasked: the others would be read at every start, the DOM with them. */
function createWatchCompilerHost(files: string[], options: ts.CompilerOptions, ...rest: unknown[]): unknown {
  const create = ts.createWatchCompilerHost as (...all: unknown[]) => unknown;
  return create(files, { ...options, types: ["node"], inlineSourceMap: true }, ...rest);
}

/** tslab compiles twice, first to ESNext and then to CommonJS by this function: here both maps are at hand. */
function transpileModule(input: string, options: ts.TranspileOptions): ts.TranspileOutput {
  const comment = mapComment.exec(input);
  if (!comment) return ts.transpileModule(input, options);
  const compilerOptions = { ...options.compilerOptions, sourceMap: true };
  const output = ts.transpileModule(input.slice(0, comment.index), { ...options, compilerOptions });
  const outputText = output.outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "\n");
  const first: Module.SourceMapPayload = JSON.parse(Buffer.from(comment[1], "base64").toString("utf8"));
  if (output.sourceMapText && first.sources.some((source) => source.endsWith("__tslab__.ts"))) {
    const second: Module.SourceMapPayload = JSON.parse(output.sourceMapText);
    const lines = outputText.trimEnd().split("\n").length;
    onMaps({ toJavaScript: new Module.SourceMap(second), toTypeScript: new Module.SourceMap(first), lines });
  }
  return { ...output, outputText };
}

// TypeScript's exports cannot be assigned to, so the whole module is replaced by a copy of them.
require.cache[require.resolve("@tslab/typescript-for-tslab")]!.exports = {
  ...ts,
  createWatchCompilerHost,
  transpileModule,
};

export const { createConverter, isCompleteCode } =
  require("tslab/dist/converter") as typeof import("tslab/dist/converter.js");
export const { createExecutor } = require("tslab/dist/executor") as typeof import("tslab/dist/executor.js");
export const { getCodeMetadata } = require("tslab/dist/metadata") as typeof import("tslab/dist/metadata.js");
export const { printQuickInfo } = require("tslab/dist/inspect") as typeof import("tslab/dist/inspect.js");
export const versions: { tslab: string; typescript: string; node: string } = require("tslab").versions;
/** Holds the writer that tslab's display functions use. */
export const tslabJupyter = require("tslab/dist/jupyter") as { lastWriteDisplayData: unknown };
