import ts from "typescript";

/** A name that a cell declares at its top level. */
export interface TopLevelName {
  name: string;
  /** May be assigned to: declared by `let` or `var`. */
  isAssignable: boolean;
  /** An enum or a namespace, whose object TypeScript makes if there is none yet. */
  isMergeable: boolean;
  /** The identifiers that declare it. */
  declarations: ts.Identifier[];
}

/** The identifiers that a binding name declares: one, or all of its pattern. */
export function boundIdentifiers(name: ts.BindingName): ts.Identifier[] {
  if (ts.isIdentifier(name)) return [name];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundIdentifiers(element.name) : []));
}

/** All names declared at the top level of a file, by name; a `var` inside a block or loop is one of them. */
export function topLevelNames(file: ts.SourceFile): Map<string, TopLevelName> {
  const found = new Map<string, TopLevelName>();
  const add = (identifier: ts.Identifier, isAssignable = false, isMergeable = false): void => {
    const { text: name } = identifier;
    const known = found.get(name);
    if (known) {
      known.declarations.push(identifier);
      known.isAssignable ||= isAssignable;
    } else found.set(name, { name, isAssignable, isMergeable, declarations: [identifier] });
  };
  const addVariables = (list: ts.VariableDeclarationList, isTop: boolean): void => {
    const kind = list.flags & ts.NodeFlags.BlockScoped;
    if (!isTop && kind !== 0) return;
    const isAssignable = kind === 0 || kind === ts.NodeFlags.Let;
    for (const { name } of list.declarations)
      for (const identifier of boundIdentifiers(name)) add(identifier, isAssignable);
  };
  /** Inside of statements only `var` reaches the top level, and not out of functions, classes and namespaces. */
  const visitNested = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isVariableDeclarationList(node)) addVariables(node, false);
    ts.forEachChild(node, visitNested);
  };
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) addVariables(statement.declarationList, true);
    else if (ts.isImportDeclaration(statement)) for (const name of importedNames(statement)) add(name);
    else if (ts.isEnumDeclaration(statement)) add(statement.name, false, true);
    else if (ts.isModuleDeclaration(statement)) {
      if (ts.isIdentifier(statement.name) && !(statement.flags & ts.NodeFlags.GlobalAugmentation))
        add(statement.name, false, true);
    } else if (isNamedDeclaration(statement) && statement.name) add(statement.name);
    else visitNested(statement);
  }
  return found;
}

type NamedDeclaration =
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.ImportEqualsDeclaration;

const isNamedDeclaration = (node: ts.Statement): node is NamedDeclaration =>
  ts.isFunctionDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isImportEqualsDeclaration(node);

/** The local names that an import declares. */
function importedNames({ importClause }: ts.ImportDeclaration): ts.Identifier[] {
  const bindings = importClause?.namedBindings;
  const named = bindings
    ? ts.isNamespaceImport(bindings)
      ? [bindings.name]
      : bindings.elements.map(({ name }) => name)
    : [];
  return importClause?.name ? [importClause.name, ...named] : named;
}

/** The names under which a file itself exports something, `export default` left out. */
export function exportedNames(file: ts.SourceFile): Set<string> {
  const names = file.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause;
      if (!clause) return [];
      return ts.isNamespaceExport(clause) ? [clause.name.text] : clause.elements.map(({ name }) => name.text);
    }
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const isExported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported || modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return [];
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations
        .flatMap(({ name }) => boundIdentifiers(name))
        .map(({ text }) => text);
    const { name } = statement as ts.Statement & { name?: ts.Node };
    return name && ts.isIdentifier(name) ? [name.text] : [];
  });
  return new Set(names);
}
