/** What the cells of a notebook import, as far as it decides whether their result may have changed. */
export interface Imports {
  /** Modules of this package, below src/ without extension. */
  modules: string[];
  /** Imported files beside the notebook: what they import in turn is not followed. */
  local: string[];
}

const specifier = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"']+)["']/g;

/**
 * The imports of code, read without a parser and rather too many than too few: a use of the package that is not plainly
 * of some of its names counts as a use of all of it. `exported` is the module of each name of the package's index.
 */
export function importsOf(code: string, packageName: string, exported: ReadonlyMap<string, string>): Imports {
  const specifiers = [...code.matchAll(specifier)].map(([, name]) => name);
  const local = specifiers.filter((name) => name.startsWith(".") || name.startsWith("/"));
  if (!code.includes(packageName)) return { modules: [], local };
  const names = namesUsed(code, packageName);
  const modules = names?.map((name) => exported.get(name));
  const isKnown = modules?.every((module) => module !== undefined);
  return { modules: isKnown ? [...new Set(modules as string[])].sort() : ["index"], local };
}

/** The names of the package that code uses; undefined where that cannot be told. */
function namesUsed(code: string, packageName: string): string[] | undefined {
  const quoted = `["']${packageName}["']\\s*;?`;
  const names: string[] = [];
  let rest = code;
  for (const [statement, list] of code.matchAll(new RegExp(`import\\s*\\{([^}]*)\\}\\s*from\\s*${quoted}`, "g"))) {
    rest = rest.replace(statement, "");
    for (const item of list.split(",")) if (item.trim() !== "") names.push(importedName(item));
  }
  for (const [statement, space] of rest.matchAll(
    new RegExp(`import\\s*\\*\\s*as\\s+([\\w$]+)\\s+from\\s*${quoted}`, "g"),
  )) {
    rest = rest.replace(statement, "");
    const use = new RegExp(`(?<![\\w$.])${space.replaceAll("$", "\\$")}(?![\\w$])(?:\\.([A-Za-z_$][\\w$]*))?`, "g");
    const uses = [...rest.matchAll(use)];
    if (uses.some(([, name]) => name === undefined)) return undefined;
    names.push(...uses.map(([, name]) => name));
  }
  return rest.includes(packageName) ? undefined : names;
}

/** `type Figure`, `paper as constants` → the name as the package has it. */
const importedName = (item: string): string =>
  item
    .trim()
    .replace(/^type\s+/, "")
    .split(/\s+as\s+/)[0];

/** The module of every name that an index re-exports, from its source or its declarations. */
export function exportsOf(index: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, list, space, module] of index.matchAll(
    /export (?:type )?(?:\{([^}]*)\}|\* as (\w+)) from "\.\/([^"]+)\.js"/g,
  )) {
    if (space) found.set(space, module);
    for (const item of list?.split(",") ?? []) {
      const name = item
        .trim()
        .replace(/^type\s+/, "")
        .split(/\s+as\s+/)
        .at(-1)!;
      if (name !== "") found.set(name, module);
    }
  }
  return found;
}
