/** Lets `require` load TypeScript: files beside, above and below the notebook, and cells that define a module. */
import { readFileSync, statSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import ts from "typescript";
import type { Decorators } from "./compiler-options.js";

interface ModuleInternals {
  _resolveFilename(request: string, parent: NodeModule | undefined, ...rest: unknown[]): string;
  _extensions: Record<string, (module: NodeModule, file: string) => void>;
}

type Compiling = NodeModule & { _compile(code: string, file: string): void };

/** By what an import may end, what the file may end with instead. */
const sourceEndings: [written: RegExp, source: string[]][] = [
  [/\.jsx?$/, [".ts", ".tsx"]],
  [/\.mjs$/, [".mts"]],
  [/\.cjs$/, [".cts"]],
];

/** The TypeScript that `require` has loaded for a notebook. */
export class TypeScriptModules {
  decorators: Decorators = "legacy";
  /** For each file loaded, what it was when it was read; and the way back from its JavaScript. */
  private readonly loaded = new Map<string, { state: string; map: Module.SourceMap }>();

  /** `virtualText` gives files that exist for the compiler only. */
  constructor(private readonly virtualText: (file: string) => string | undefined) {}

  install(): void {
    const internals = Module as unknown as ModuleInternals;
    const resolve = internals._resolveFilename.bind(Module);
    internals._resolveFilename = (request, parent, ...rest) => {
      const virtual = this.virtualFile(request, parent);
      if (virtual !== undefined) return virtual;
      try {
        return resolve(request, parent, ...rest);
      } catch (error) {
        for (const [written, sources] of isPath(request) ? sourceEndings : []) {
          for (const ending of written.test(request) ? sources : []) {
            try {
              return resolve(request.replace(written, ending), parent, ...rest);
            } catch {
              // the first error names what the notebook asked for
            }
          }
        }
        throw error;
      }
    };
    for (const ending of [".ts", ".tsx", ".mts", ".cts"])
      internals._extensions[ending] = (module, file) => this.compile(module as Compiling, file);
  }

  /** Forgets the files that changed since they were loaded, and all that loaded them: the next import reads them again. */
  forgetChanged(): void {
    const stale = new Set(
      [...this.loaded].filter(([file, { state }]) => this.stateOf(file) !== state).map(([file]) => file),
    );
    const isStale = (file: string): boolean =>
      stale.has(file) || (require.cache[file]?.children.some(({ filename }) => stale.has(filename)) ?? false);
    for (let size = -1; size !== stale.size; ) {
      size = stale.size;
      for (const file of this.loaded.keys()) if (isStale(file)) stale.add(file);
    }
    for (const file of stale) {
      delete require.cache[file];
      this.loaded.delete(file);
    }
  }

  /** The place in the file, from 1, of one in the JavaScript made of it. */
  writtenPlace(file: string, line: number, column: number): string | undefined {
    const entry = this.loaded.get(file)?.map.findEntry(line - 1, column - 1);
    if (!entry || !("originalLine" in entry)) return undefined;
    return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }

  private virtualFile(request: string, parent: NodeModule | undefined): string | undefined {
    if (!isPath(request) || !parent?.filename) return undefined;
    const file = path.resolve(path.dirname(parent.filename), request);
    const withoutEnding = file.replace(/\.jsx?$/, "");
    return [file, `${withoutEnding}.ts`, `${withoutEnding}.tsx`].find((name) => this.virtualText(name) !== undefined);
  }

  private stateOf(file: string): string {
    const virtual = this.virtualText(file);
    if (virtual !== undefined) return virtual;
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat ? `${stat.mtimeMs}:${stat.size}` : "missing";
  }

  private compile(module: Compiling, file: string): void {
    const state = this.stateOf(file);
    const { outputText, sourceMapText } = ts.transpileModule(this.virtualText(file) ?? readFileSync(file, "utf8"), {
      fileName: file,
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
        jsx: ts.JsxEmit.React,
        experimentalDecorators: this.decorators === "legacy",
        sourceMap: true,
      },
    });
    this.loaded.set(file, { state, map: new Module.SourceMap(JSON.parse(sourceMapText ?? "{}")) });
    module._compile(outputText.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "\n"), file);
  }
}

const isPath = (request: string): boolean => /^(\.{1,2}(\/|$)|\/)/.test(request) || path.isAbsolute(request);
