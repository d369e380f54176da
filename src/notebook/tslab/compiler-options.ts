import { existsSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** TypeScript's own decorators from before the standard (`experimentalDecorators`), or those of the standard. */
export type Decorators = "legacy" | "standard";

/** Parts of newer standard libraries, each with what shows that this Node has it. */
const newerLibraries: [library: string, isThere: () => boolean][] = [
  ["es2024.arraybuffer", () => "transfer" in ArrayBuffer.prototype],
  ["es2024.collection", () => "groupBy" in Map],
  ["es2024.object", () => "groupBy" in Object],
  ["es2024.promise", () => "withResolvers" in Promise],
  ["es2024.regexp", () => "unicodeSets" in RegExp.prototype],
  ["es2024.sharedmemory", () => "waitAsync" in Atomics],
  ["es2024.string", () => "isWellFormed" in String.prototype],
  ["esnext.array", () => "fromAsync" in Array],
  ["esnext.collection", () => "union" in Set.prototype],
  ["esnext.iterator", () => "Iterator" in globalThis],
  ["esnext.promise", () => "try" in Promise],
  ["esnext.float16", () => "Float16Array" in globalThis],
  ["esnext.error", () => "isError" in Error],
];

/** Where the types of Node are: beside the notebook or above it, else those that come with this package. */
function typeRoots(folder: string): string[] {
  const roots: string[] = [];
  for (let at = folder; ; at = path.dirname(at)) {
    roots.push(path.join(at, "node_modules", "@types"));
    if (path.dirname(at) === at) break;
  }
  if (roots.some((root) => existsSync(path.join(root, "node", "package.json")))) return roots;
  return [...roots, path.dirname(path.dirname(require.resolve("@types/node/package.json")))];
}

/** How cells, and the TypeScript files that they import, are compiled: as tslab does it, with all that this Node has. */
export function compilerOptions(folder: string, decorators: Decorators): ts.CompilerOptions {
  const libraries = ["es2023", ...newerLibraries.filter(([, isThere]) => isThere()).map(([library]) => library)];
  return {
    target: ts.ScriptTarget.ES2022,
    lib: libraries.map((library) => `lib.${library}.d.ts`),
    // Finds packages by their `exports`, takes `import x = require("y")` and every way to name a file.
    module: ts.ModuleKind.Preserve,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    esModuleInterop: true,
    allowJs: true,
    checkJs: true,
    jsx: ts.JsxEmit.React,
    experimentalDecorators: decorators === "legacy",
    strict: false,
    skipLibCheck: true,
    types: ["node"], // others below @types would be read at every start, the DOM with them
    typeRoots: typeRoots(folder),
    sourceMap: true,
    outDir: "/emitted", // never written: emitting beside the sources would be refused
    newLine: ts.NewLineKind.LineFeed,
  };
}
