/**
 * Lets a notebook in any folder import this package and its dependencies by name, for the type checker and at run time
 * alike. What the notebook's own folders offer comes first: the fallback acts as the very last `node_modules`.
 */
import { existsSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import ts from "typescript";

interface ResolverInternals {
  _resolveFilename(request: string, parent: NodeModule | undefined, ...rest: unknown[]): string;
}

export interface PackageFallback {
  name: string;
  folder: string;
}

/** Where packages of this name would lie beside ours: below our folder, or next to it when we are installed. */
function candidates({ name, folder }: PackageFallback, request: string): string[] {
  if (request === name || request.startsWith(`${name}/`)) return [path.join(folder, request.slice(name.length))];
  const beside = path.dirname(folder);
  const roots = [path.join(folder, "node_modules"), ...(path.basename(beside) === "node_modules" ? [beside] : [])];
  return roots.map((root) => path.join(root, request));
}

const isBare = (request: string): boolean => !/^(\.{0,2}\/|\.{1,2}$|node:|[A-Za-z]:[\\/])/.test(request);

/** At run time: a bare name that a notebook's file cannot resolve is looked for at our package. */
function patchRequire(fallback: PackageFallback): void {
  const internals = Module as unknown as ResolverInternals;
  const resolve = internals._resolveFilename.bind(Module);
  internals._resolveFilename = (request, parent, ...rest) => {
    try {
      return resolve(request, parent, ...rest);
    } catch (error) {
      const fromPackage = parent?.filename?.split(path.sep).includes("node_modules");
      if (fromPackage || !isBare(request) || (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
      for (const candidate of candidates(fallback, request)) {
        try {
          return resolve(candidate, parent, ...rest);
        } catch {
          // try the next place, then report the first error: it names what the notebook asked for
        }
      }
      throw error;
    }
  };
}

/** For the type checker: paths below `/node_modules`, where it looks last, are answered from our package. */
function patchTypeScript(fallback: PackageFallback): void {
  const lastResort = `${ts.sys.resolvePath("/").replace(/\\/g, "/")}node_modules`;
  const { fileExists, directoryExists, readFile, realpath } = ts.sys;
  const actual = (file: string): string => {
    const request = file.slice(lastResort.length + 1);
    if (!file.startsWith(`${lastResort}/`) || request.startsWith("@types") || existsSync(file)) return file;
    return (candidates(fallback, request).find(existsSync) ?? file).replace(/\\/g, "/");
  };
  ts.sys.fileExists = (file) => fileExists(actual(file));
  ts.sys.directoryExists = (file) => file === lastResort || directoryExists(actual(file));
  ts.sys.readFile = (file, encoding) => readFile(actual(file), encoding);
  if (realpath) ts.sys.realpath = (file) => realpath(actual(file));
}

export function installPackageFallback(fallback: PackageFallback): void {
  patchRequire(fallback);
  patchTypeScript(fallback);
}
