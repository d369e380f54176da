import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { packageFolder } from "../base/files.js";

/** A public name of the library. */
export interface ApiName {
  /** As it is written behind `snc.`; `mechanisms.adaptiveTau` for what a name of names holds. */
  name: string;
  /** Its docstring, as Markdown. */
  documentation: string;
  /** As the package's types declare it. */
  declaration: string;
}

/** Names that src/index.ts puts below one heading. */
export interface ApiGroup {
  title: string;
  about: string;
  names: ApiName[];
}

/** The library's public names with what their types and docstrings say. */
export function readApi(): ApiGroup[] {
  const index = path.join(packageFolder, "dist", "index.d.ts");
  const program = ts.createProgram([index], { skipLibCheck: true, types: [], module: ts.ModuleKind.Node20 });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(index)!)!;
  const symbols = new Map(checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
  return groupsOfIndex().map(({ names, ...heading }) => ({
    ...heading,
    names: names.flatMap((name) => namesOf(name, symbols.get(name)!, checker)),
  }));
}

/** A name, or all that it holds where it stands for a module. */
function namesOf(name: string, symbol: ts.Symbol, checker: ts.TypeChecker): ApiName[] {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (target.flags & ts.SymbolFlags.Module)
    return checker.getExportsOfModule(target).flatMap((of) => namesOf(`${name}.${of.name}`, of, checker));
  const documentation = ts.displayPartsToString(target.getDocumentationComment(checker));
  const declaration = [...new Set((target.declarations ?? []).map(declarationText))].join("\n\n");
  return [{ name, documentation, declaration }];
}

/** What is declared, without the words that say that it is exported. */
function declarationText(node: ts.Declaration): string {
  const whole = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return whole
    .getText()
    .replace(/^export /, "")
    .replace(/^declare /, "");
}

/** The headings of src/index.ts, and the names below each: the types that are built have no headings. */
function groupsOfIndex(): { title: string; about: string; names: string[] }[] {
  const text = readFileSync(path.join(packageFolder, "src", "index.ts"), "utf8");
  const source = ts.createSourceFile("index.ts", text, ts.ScriptTarget.Latest);
  const groups: ReturnType<typeof groupsOfIndex> = [];
  for (const statement of source.statements) {
    const heading = /^\/\/ ([^:]+?)(?:: (.*?))?\.?$/m.exec(text.slice(statement.pos, statement.getStart(source)));
    if (heading) groups.push({ title: heading[1], about: sentence(heading[2]), names: [] });
    groups.at(-1)?.names.push(...exportedNames(statement));
  }
  return groups;
}

const sentence = (words = ""): string => (words === "" ? "" : `${words[0].toUpperCase()}${words.slice(1)}.`);

function exportedNames(statement: ts.Statement): string[] {
  if (!ts.isExportDeclaration(statement) || !statement.exportClause) return [];
  const { exportClause } = statement;
  return ts.isNamedExports(exportClause)
    ? exportClause.elements.map(({ name }) => name.text)
    : [exportClause.name.text];
}
