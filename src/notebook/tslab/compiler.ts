/**
 * TypeScript, and tslab's own modules with this TypeScript in place of the older one that tslab brings. Everything of
 * tslab is loaded here and nowhere else, because the replacement must be in place before the first of its modules.
 */
import Module from "node:module";
import ts from "typescript";

// As tslab finds it: below itself. By this name beside tslab stands another package, which keeps the commands of theirs (`tsc`
// 5.0.4) out of a project's node_modules/.bin, where they would take the place of the project's own.
const theirs = require.resolve("@tslab/typescript-for-tslab", { paths: [require.resolve("tslab")] });
const replacement = new Module(theirs);
Object.assign(replacement, { exports: ts, filename: theirs, loaded: true });
require.cache[theirs] = replacement;

export const { isCompleteCode } = require("tslab/dist/converter") as typeof import("tslab/dist/converter.js");
export const { getCodeMetadata } = require("tslab/dist/metadata") as typeof import("tslab/dist/metadata.js");
export const { printQuickInfo } = require("tslab/dist/inspect") as typeof import("tslab/dist/inspect.js");
/** What `import "tslab"` gives a cell: tslab's display functions, connected to this kernel. */
export const tslab = require("tslab");
export const versions: { tslab: string; typescript: string; node: string } = {
  ...tslab.versions,
  typescript: ts.version,
};
/** Holds the writer that tslab's display functions use. */
export const tslabJupyter = require("tslab/dist/jupyter") as { lastWriteDisplayData: unknown };
