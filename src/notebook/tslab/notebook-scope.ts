import path from "node:path";
import { pathToFileURL } from "node:url";
import { assertExported, importedValue, type ModuleLoader, namespaceOf } from "./load-module.js";

/** The variables of all cells, by name. */
export type Variables = Record<string, unknown>;

/** What one execution of a cell calls for what is not plain JavaScript. */
export interface CellServices {
  /** The value of the cell's last statement. */
  result: unknown;
  readonly meta: { url: string; dirname: string };
  importStatically(specifier: string, bindings: [local: string, imported: string][]): Promise<void>;
  importDynamically(specifier: string): Promise<unknown>;
}

/** An object without a prototype: `toString` or `__proto__` is a name like any other. */
export const createVariables = (): Variables => Object.create(null) as Variables;

/** A live binding, as imports are; declaring the name anew in a later cell replaces it. */
function bindImport(variables: Variables, name: string, get: () => unknown): void {
  const set = (value: unknown): void => {
    Object.defineProperty(variables, name, { value, writable: true, enumerable: true, configurable: true });
  };
  Object.defineProperty(variables, name, { get, set, enumerable: true, configurable: true });
}

export function createServices(folder: string, variables: Variables, loader: ModuleLoader): CellServices {
  return {
    result: undefined,
    meta: { url: pathToFileURL(`${folder}${path.sep}`).href, dirname: folder },
    async importStatically(specifier, bindings) {
      const module = await loader.load(specifier);
      for (const [local, imported] of bindings) {
        assertExported(module, imported, specifier);
        const whole = imported === "*" ? namespaceOf(module) : undefined;
        bindImport(variables, local, () => whole ?? importedValue(module, imported));
      }
    },
    async importDynamically(specifier) {
      return namespaceOf(await loader.load(String(specifier)));
    },
  };
}
