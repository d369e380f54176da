/** How a cell's imports are loaded: TypeScript and CommonJS by `require`, ECMAScript modules as what they are. */
import { existsSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { types } from "node:util";
import ts from "typescript";
import { tslab } from "./compiler.js";

type Exports = Record<string, unknown>;

/** What cells are given to load modules with, as if they stood in a file of this folder. */
export interface ModuleLoader {
  require: NodeJS.Require;
  /** The module's exports, whatever kind of module it is. */
  load(specifier: string): Promise<unknown>;
}

/** Whether Node takes a file for an ECMAScript module. */
function isEsModule(file: string): boolean {
  if (file.endsWith(".mjs")) return true;
  if (!file.endsWith(".js")) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (existsSync(manifest)) {
      const { type } = JSON.parse(readFileSync(manifest, "utf8"));
      if (type !== undefined) return type === "module";
      break;
    }
    if (path.dirname(folder) === folder) break;
  }
  if (file.includes(`${path.sep}node_modules${path.sep}`)) return false;
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ESNext);
  return ts.isExternalModule(source);
}

/** Errors of `require` for modules that only `import` may load. */
const needsImport = /^ERR_(REQUIRE_ESM|REQUIRE_ASYNC_MODULE|PACKAGE_PATH_NOT_EXPORTED)$/;

/** Node's `import()`, resolved as in this file. */
function importFrom(file: string): (specifier: string) => Promise<unknown> {
  const module = new Module(file) as Module & { _compile(code: string, file: string): void };
  module._compile("module.exports = (specifier) => import(specifier);", file);
  return module.exports;
}

/** Loads modules as cells in this folder name them. */
export function createLoader(folder: string): ModuleLoader {
  const beside = path.join(folder, "notebook.js");
  const fromFolder = createRequire(beside);
  const requireModule = (specifier: string): unknown => (specifier === "tslab" ? tslab : fromFolder(specifier));
  const importModule = importFrom(beside);
  async function load(specifier: string): Promise<unknown> {
    if (specifier === "tslab") return tslab;
    try {
      const file = /^(file|data|https?):/.test(specifier) ? specifier : fromFolder.resolve(specifier);
      if (file === specifier && file.includes(":") && !file.startsWith("node:")) return await importModule(specifier);
      if (path.isAbsolute(file) && isEsModule(file)) return await importModule(pathToFileURL(file).href);
      return requireModule(specifier);
    } catch (error) {
      if (!needsImport.test(String((error as NodeJS.ErrnoException).code))) throw error;
      return importModule(specifier);
    }
  }
  return { require: Object.assign(requireModule, fromFolder) as NodeJS.Require, load };
}

const isNamespace = (module: unknown): module is Exports =>
  types.isModuleNamespaceObject(module) || Boolean((module as Exports | null | undefined)?.__esModule);

/** The module as `import * as name` gives it. */
export function namespaceOf(module: unknown): unknown {
  if (isNamespace(module)) return module;
  const isHolder = (typeof module === "object" || typeof module === "function") && module !== null;
  return { ...(isHolder ? ownProperties(module) : {}), default: module };
}

const ownProperties = (holder: object): object =>
  Object.fromEntries(Object.getOwnPropertyNames(holder).map((name) => [name, (holder as Exports)[name]]));

/** What an import of this name gives now: modules may change what they export. */
export function importedValue(module: unknown, name: string): unknown {
  if (name === "*") return namespaceOf(module);
  if (name === "default" && !isNamespace(module)) return module;
  return (module as Exports)[name];
}

/** ECMAScript modules refuse imports of names they do not have. */
export function assertExported(module: unknown, name: string, specifier: string): void {
  if (name === "*" || !types.isModuleNamespaceObject(module) || name in (module as object)) return;
  throw new SyntaxError(`The requested module '${specifier}' does not provide an export named '${name}'`);
}
