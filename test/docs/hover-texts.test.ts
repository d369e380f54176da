/** What an editor or JupyterLab shows of a public name says in its first sentence what it is. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { packageFolder } from "../../src/base/files.js";

test("the hover text of every public value and type begins with a sentence", () => {
  const index = path.join(packageFolder, "src", "index.ts");
  const { options } = ts.parseJsonConfigFileContent({ extends: "./tsconfig.json" }, ts.sys, packageFolder);
  const program = ts.createProgram([index], { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  const names = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index)!)!);
  const symbols = names
    .map((name) => (name.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(name) : name))
    .filter(({ flags }) => !(flags & ts.SymbolFlags.ValueModule)); // a namespace's members have their own
  assert.ok(symbols.length > 400);
  const silent = symbols.filter(
    (symbol) => !/^\S.{10,}?[.:;]/s.test(ts.displayPartsToString(symbol.getDocumentationComment(checker))),
  );
  assert.deepEqual(
    silent.map(({ name }) => name),
    [],
  );
});
