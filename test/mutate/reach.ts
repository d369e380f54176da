import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** A test file, and how many imports lie between it and a module. */
export interface Reach {
  test: string;
  distance: number;
}

/** Which test files of a package reach which modules, by path below its root. */
export type Reaching = (module: string) => string[];

/**
 * The test files below `root`/test, its suites left out, that import a module, however far round: the one that mirrors its
 * path first, then those of its folder, then by distance.
 */
export function reachingTests(root: string, tests: readonly string[]): Reaching {
  const importsOf = new Map<string, string[]>();
  const next = (file: string): string[] => {
    if (!importsOf.has(file)) importsOf.set(file, importedFiles(root, file));
    return importsOf.get(file)!;
  };
  const distances = new Map(tests.map((test) => [test, distancesFrom(test, next)]));
  return (module) => {
    const mirror = module.replace(/^src/, "test").replace(/\.tsx?$/, ".test.ts");
    const rank = (test: string): number =>
      test === mirror
        ? -1
        : distances.get(test)!.get(module)! + (path.dirname(test) === path.dirname(mirror) ? 0 : 100);
    return tests.filter((test) => distances.get(test)!.has(module)).sort((a, b) => rank(a) - rank(b));
  };
}

function distancesFrom(start: string, next: (file: string) => string[]): Map<string, number> {
  const distances = new Map([[start, 0]]);
  for (const [file, distance] of distances) // a map goes on to what is added on the way
    for (const target of next(file)) if (!distances.has(target)) distances.set(target, distance + 1);
  return distances;
}

/** The files of the package whose values a file imports, static or dynamic; types are gone when it runs. */
function importedFiles(root: string, file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
  const named = source.statements.flatMap((statement) => {
    const isStatic = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    if (!isStatic || !statement.moduleSpecifier || isTypesOnly(statement)) return [];
    return [(statement.moduleSpecifier as ts.StringLiteral).text];
  });
  const dynamic = [...text.matchAll(/\bimport\("(\.[^"]+)"\)/g)].map(([, target]) => target);
  return [...named, ...dynamic]
    .filter((target) => target.startsWith("."))
    .flatMap((target) => {
      const module = path.join(path.dirname(file), target.replace(/\.js$/, ""));
      return [".ts", ".tsx"].map((ending) => module + ending).filter((found) => existsSync(path.join(root, found)));
    });
}

function isTypesOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  const clause = statement.importClause;
  if (!clause || clause.isTypeOnly) return clause !== undefined;
  const { name, namedBindings } = clause;
  return (
    !name &&
    namedBindings !== undefined &&
    ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every((e) => e.isTypeOnly)
  );
}
