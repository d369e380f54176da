import Module from "node:module";
import path from "node:path";
import ts from "typescript";
import { bindCell, type CellNames } from "./bind-cell.js";
import type { Decorators } from "./compiler-options.js";
import type { NotebookProgram } from "./program.js";
import { exportedNames, type TopLevelName, topLevelNames } from "./top-level.js";

/** What TypeScript says about a cell it cannot compile; line and character count from 0. */
export interface Diagnostic {
  start: { line: number; character: number };
  messageText: string;
  code: number;
  fileName?: string;
}

/** From the JavaScript that runs to what TypeScript emitted, and from there to the cell. */
export interface CompiledMaps {
  toJavaScript: Module.SourceMap;
  toTypeScript: Module.SourceMap;
  /** Lines of the JavaScript that runs; the call of the cell stands behind them. */
  lines: number;
}

export interface CompiledCell {
  code: string;
  names: CellNames;
  maps: CompiledMaps;
  decorators: Decorators;
}

export type Compiled =
  | { diagnostics: Diagnostic[]; cell?: undefined }
  | { diagnostics?: undefined; cell: CompiledCell };

/** Where a name of an earlier cell is declared. */
interface Origin {
  specifier: string;
  isAssignable: boolean;
}

/** How an import names an earlier cell. */
const cellSpecifier = /^\.\/__cell_\d+$/;

/** Checks cells against those before them and makes JavaScript of them. */
export class CellCompiler {
  private readonly origins = new Map<string, Origin>();
  /** The cells that add to global types or to modules, by the text that does it: a cell run again replaces itself. */
  private readonly augmenting = new Map<string, string>();
  private values = new Set<string>();
  private number = 0;

  constructor(readonly program: NotebookProgram) {
    this.program.program("legacy"); // the libraries are read now, not when the first cell is waited for
  }

  /** The cell's JavaScript, with its names known to later cells from now on; or why there is none. */
  compile(code: string): Compiled {
    const source = parse(code);
    const own = topLevelNames(source);
    const text = this.textOf(code, source, own);
    this.program.setFile(this.program.root, text);
    const { diagnostics, decorators } = this.check(source, code.length);
    if (diagnostics.length > 0) return { diagnostics };
    const cell = this.emit(code, own, decorators);
    const specifier = `./__cell_${++this.number}`;
    this.program.setFile(this.program.fileOf(`${specifier}.ts`), text);
    for (const { name, isAssignable } of own.values()) this.origins.set(name, { specifier, isAssignable });
    for (const augmentation of augmentations(source)) this.augmenting.set(augmentation, specifier);
    return { cell };
  }

  /** The text in which the next cell would be compiled, as completion and inspection need it; the cell comes first. */
  prepare(code: string): string {
    const source = parse(code);
    this.program.setFile(this.program.root, this.textOf(code, source, topLevelNames(source), true));
    return this.program.root;
  }

  isEarlierName(name: string): boolean {
    return this.origins.has(name);
  }

  /** A file for a cell that defines a module for others to import. */
  addModule(name: string, code: string): Diagnostic[] {
    const file = this.program.fileOf(name);
    this.program.setFile(file, code);
    this.program.setFile(this.program.root, `import "./${name}";\n`);
    const program = this.program.program("legacy");
    return this.diagnosticsOf(program, program.getSourceFile(file)!, code.length);
  }

  /** The cell, and behind it what it sees of earlier cells and what later ones will see of it. */
  private textOf(code: string, source: ts.SourceFile, own: Map<string, TopLevelName>, isUnfinished = false): string {
    if (!isUnfinished && syntaxErrors(source).length > 0) return code; // they would go on into what follows
    const names = [...this.origins].flatMap(([name, { specifier, isAssignable }]) => {
      if (own.has(name)) return [];
      // An import cannot be assigned to; a declared variable would lose that the type of a constant can widen.
      return isAssignable
        ? `declare let ${name}: typeof import("${specifier}").${name};`
        : `import { ${name} } from "${specifier}";`;
    });
    const repeated = augmentations(source);
    const others = [...this.augmenting].filter(([text]) => !repeated.includes(text));
    const augmenting = [...new Set(others.map(([, specifier]) => specifier))].map(
      (specifier) => `import "${specifier}";`,
    );
    const exported = exportedNames(source);
    const exports = [...own.keys()].filter((name) => !exported.has(name));
    return [code, ...names, ...augmenting, `export { ${exports.join(", ")} };`, ""].join("\n");
  }

  /** What is wrong with the cell. Decorators are those of the standard where these fit, else TypeScript's older ones. */
  private check(source: ts.SourceFile, length: number): { diagnostics: Diagnostic[]; decorators: Decorators } {
    const kinds: Decorators[] = hasDecorator(source) ? ["standard", "legacy"] : ["legacy"];
    let fewest: { diagnostics: Diagnostic[]; decorators: Decorators } | undefined;
    for (const decorators of kinds) {
      const program = this.program.program(decorators);
      const diagnostics = this.program
        .importedSources(program, this.program.root, (file) => this.isCellFile(file))
        .flatMap((file) => this.diagnosticsOf(program, file, length));
      if (!fewest || diagnostics.length <= fewest.diagnostics.length) fewest = { diagnostics, decorators };
      if (diagnostics.length === 0) break;
    }
    return fewest!;
  }

  private isCellFile(fileName: string): boolean {
    return (
      cellSpecifier.test(`./${path.posix.basename(fileName, ".ts")}`) &&
      this.program.virtualText(fileName) !== undefined
    );
  }

  private diagnosticsOf(program: ts.Program, file: ts.SourceFile, length: number): Diagnostic[] {
    const isCell = file.fileName === this.program.root;
    const syntactic = program.getSyntacticDiagnostics(file);
    const found = syntactic.length > 0 ? syntactic : program.getSemanticDiagnostics(file);
    const isVirtual = this.program.virtualText(file.fileName) !== undefined;
    return found.flatMap((diagnostic): Diagnostic[] => {
      const { start = 0, code, category } = diagnostic;
      if (category !== ts.DiagnosticCategory.Error || (isCell && start > length && syntactic.length === 0)) return [];
      const at = ts.getLineAndCharacterOfPosition(file, isCell ? Math.min(start, length) : start);
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
      const [number, messageText] = isCell ? this.reworded(code, text) : [code, text];
      const folder = `${this.program.folder}/`;
      const fileName = file.fileName.startsWith(folder) ? file.fileName.slice(folder.length) : file.fileName;
      return [{ start: at, messageText, code: number, ...(isCell || isVirtual ? {} : { fileName }) }];
    });
  }

  /** Names of earlier cells are imports to TypeScript, which the author did not write. */
  private reworded(code: number, text: string): [code: number, text: string] {
    const name = code === 2632 ? /^Cannot assign to '(.*)' because it is an import\.$/.exec(text)?.[1] : undefined;
    if (name === undefined || !this.origins.has(name)) return [code, text];
    return [2588, `Cannot assign to '${name}' because it is declared in an earlier cell, and not by let or var.`];
  }

  private emit(code: string, own: Map<string, TopLevelName>, decorators: Decorators): CompiledCell {
    const suffix = "_".repeat(/__notebook_*/g.exec(code) ? 1 + longestRun(code) : 0);
    const names: CellNames = { variables: `__notebook${suffix}`, services: `__cell${suffix}` };
    const program = this.program.program(decorators);
    let [javaScript, map] = ["", ""];
    program.emit(
      program.getSourceFile(this.program.root),
      (name, text) => {
        if (name.endsWith(".map")) map = text;
        else if (name.endsWith(".js")) javaScript = text.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "\n");
      },
      undefined,
      false,
      { before: [keepResult(names, code.length)] },
    );
    const mergeable = [...own.values()].filter(({ isMergeable }) => isMergeable);
    const bound = bindCell(javaScript, {
      names,
      own: new Set(own.keys()),
      fresh: new Set(mergeable.map(({ name }) => name)),
      earlier: this.values,
      isCell: (specifier) => cellSpecifier.test(specifier),
    });
    this.values = new Set([...this.values, ...bound.values]);
    const maps = {
      toJavaScript: new Module.SourceMap(JSON.parse(bound.map)),
      toTypeScript: new Module.SourceMap(JSON.parse(map)),
      lines: bound.code.trimEnd().split("\n").length,
    };
    return { code: bound.code, names, maps, decorators };
  }
}

/** The texts by which a cell adds to global types or to those of modules. */
const augmentations = (file: ts.SourceFile): string[] =>
  file.statements
    .filter((statement) => ts.isModuleDeclaration(statement))
    .filter(({ name, flags }) => ts.isStringLiteral(name) || (flags & ts.NodeFlags.GlobalAugmentation) !== 0)
    .map((statement) => statement.getText(file));

const parse = (code: string): ts.SourceFile =>
  ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);

const syntaxErrors = (file: ts.SourceFile): readonly ts.Diagnostic[] =>
  (file as ts.SourceFile & { parseDiagnostics: ts.Diagnostic[] }).parseDiagnostics;

function hasDecorator(node: ts.Node): boolean {
  return ts.isDecorator(node) || (ts.forEachChild(node, (child) => hasDecorator(child) || undefined) ?? false);
}

/** The longest run of underscores in a text: a name with a longer one does not occur in it. */
const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/_+/g)].map(([run]) => run.length));

/** Keeps the value of the cell's last statement, if it is an expression: that is what the cell shows. */
function keepResult({ services }: CellNames, length: number): ts.TransformerFactory<ts.SourceFile> {
  const { factory } = ts;
  return () => (file) => {
    const last = file.statements.filter((statement) => statement.getStart(file) < length).at(-1);
    if (!last || !ts.isExpressionStatement(last)) return file;
    const result = factory.createPropertyAccessExpression(factory.createIdentifier(services), "result");
    const kept = factory.updateExpressionStatement(last, factory.createAssignment(result, last.expression));
    return factory.updateSourceFile(
      file,
      file.statements.map((statement) => (statement === last ? kept : statement)),
    );
  };
}
