/**
 * Moves a cell's top-level variables into the notebook's one object of variables. Every reference to them, also from
 * functions that run much later, becomes a property of that object: whatever cell assigns to a name or declares it
 * anew, all cells see it.
 */
import ts from "typescript";
import { isNamingAssignment, isReference, isWithin } from "./references.js";
import { boundIdentifiers, topLevelNames } from "./top-level.js";

/** What the compiled cell calls: the notebook's variables, and what stands for syntax of modules. */
export interface CellNames {
  variables: string;
  services: string;
}

export interface BindOptions {
  names: CellNames;
  /** The names that the cell itself declares; others in the JavaScript are TypeScript's helpers and stay local. */
  own: ReadonlySet<string>;
  /** Those of `own` that are enums and namespaces: their object is made anew. */
  fresh: ReadonlySet<string>;
  /** Values of earlier cells. */
  earlier: ReadonlySet<string>;
  /** Whether an import is one of an earlier cell, and not of a module. */
  isCell(specifier: string): boolean;
}

export interface BoundCell {
  code: string;
  /** The source map from `code` to the JavaScript given, as JSON. */
  map: string;
  /** The names of `own` that have a value. */
  values: string[];
}

const { factory } = ts;
const fileName = "/cell.ts"; // read as TypeScript: in .js files assignments like `exports.x = 1` declare something

/** The cell's emitted JavaScript with its top-level names bound to the notebook. */
export function bindCell(javaScript: string, options: BindOptions): BoundCell {
  const file = ts.createSourceFile(fileName, javaScript, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
  const output = { code: "", map: "" };
  const host: ts.CompilerHost = {
    getSourceFile: (name) => (name === fileName ? file : undefined),
    writeFile: (name, text) => {
      output[name.endsWith(".map") ? "map" : "code"] = text;
    },
    getDefaultLibFileName: () => "",
    getCurrentDirectory: () => "/",
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => "\n",
    fileExists: (name) => name === fileName,
    readFile: () => undefined,
  };
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    noLib: true,
    noResolve: true,
    types: [],
    sourceMap: true,
  };
  const program = ts.createProgram([fileName], compilerOptions, host);
  const values = [...topLevelNames(file).keys()].filter((name) => options.own.has(name));
  const binder = new Binder(file, program.getTypeChecker(), options);
  program.emit(file, undefined, undefined, false, {
    before: [(context) => (root) => binder.bind(root, context)],
    after: [() => withoutModuleMark],
  });
  const code = output.code.replace(/\n?\/\/# sourceMappingURL=\S*\s*$/, "\n");
  return { code, map: output.map, values };
}

class Binder {
  private readonly declared = new Set<ts.Node>();
  private readonly local = new Set<string>();
  private context!: ts.TransformationContext;

  constructor(
    file: ts.SourceFile,
    private readonly checker: ts.TypeChecker,
    private readonly options: BindOptions,
  ) {
    for (const { name, declarations } of topLevelNames(file).values()) {
      this.local.add(name);
      const isShared = options.own.has(name) || declarations.some((node) => this.isOfEarlierCell(node));
      if (isShared) for (const declaration of declarations) this.declared.add(declaration);
    }
  }

  bind(file: ts.SourceFile, context: ts.TransformationContext): ts.SourceFile {
    this.context = context;
    const functions: ts.Statement[] = [];
    const imports: ts.Statement[] = [];
    const rest: ts.Statement[] = [];
    for (const statement of file.statements) {
      if (ts.isFunctionDeclaration(statement) && statement.name && this.declared.has(statement.name))
        functions.push(this.assign(statement.name, factory.createIdentifier(statement.name.text)));
      if (ts.isImportDeclaration(statement)) imports.push(...this.importOf(statement));
      else if (ts.isExportDeclaration(statement)) imports.push(...this.reexportOf(statement));
      else rest.push(...this.statement(statement));
    }
    return factory.updateSourceFile(file, [...functions, ...imports, ...rest]);
  }

  private isOfEarlierCell(declaration: ts.Identifier): boolean {
    const { moduleSpecifier } = ts.findAncestor(declaration, ts.isImportDeclaration) ?? {};
    return moduleSpecifier !== undefined && this.options.isCell((moduleSpecifier as ts.StringLiteral).text);
  }

  private variable(name: ts.Identifier): ts.Expression {
    const variables = factory.createIdentifier(this.options.names.variables);
    return ts.setTextRange(factory.createPropertyAccessExpression(variables, name.text), name);
  }

  private service(name: string): ts.Expression {
    return factory.createPropertyAccessExpression(factory.createIdentifier(this.options.names.services), name);
  }

  private assign(name: ts.Identifier, value: ts.Expression): ts.Statement {
    return factory.createExpressionStatement(factory.createAssignment(this.variable(name), value));
  }

  /** Whether this reference means a name of the notebook. */
  private isShared(reference: ts.Identifier): boolean {
    const { text } = reference;
    if (!this.options.own.has(text) && !this.options.earlier.has(text)) return false;
    const isShorthand = ts.isShorthandPropertyAssignment(reference.parent) && reference.parent.name === reference;
    const symbol = isShorthand
      ? this.checker.getShorthandAssignmentValueSymbol(reference.parent)
      : this.checker.getSymbolAtLocation(reference);
    const declarations = symbol?.declarations ?? [];
    // Nothing here declares it: an earlier cell did, or it is a global.
    if (declarations.length === 0) return this.options.earlier.has(text) && !this.local.has(text);
    const isDeclared = declarations.some((node) => this.declared.has((node as ts.NamedDeclaration).name as ts.Node));
    // A class's name means this very class inside of its own body, whatever becomes of the variable.
    const isInOwnClass = declarations.some((node) => ts.isClassLike(node) && isWithin(reference, node));
    return isDeclared && !isInOwnClass;
  }

  private readonly visit = (node: ts.Node): ts.VisitResult<ts.Node> => {
    if (ts.isIdentifier(node)) return isReference(node) && this.isShared(node) ? this.variable(node) : node;
    if (ts.isShorthandPropertyAssignment(node)) return this.shorthand(node);
    if (ts.isBinaryExpression(node) && isNamingAssignment(node) && ts.isIdentifier(node.left)) {
      const right = this.named(node.left.text, node.right);
      return factory.updateBinaryExpression(node, this.expression(node.left), node.operatorToken, right);
    }
    if (ts.isCallExpression(node)) return this.call(node);
    if (ts.isTaggedTemplateExpression(node) && ts.isIdentifier(node.tag)) {
      const template = ts.visitEachChild(node.template, this.visit, this.context);
      return factory.updateTaggedTemplateExpression(node, this.callee(node.tag), undefined, template);
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return this.service("meta");
    if (ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node)) return this.loop(node);
    if (ts.isVariableStatement(node)) return this.variables(node);
    return ts.visitEachChild(node, this.visit, this.context);
  };

  private expression(node: ts.Expression): ts.Expression {
    return ts.visitNode(node, this.visit) as ts.Expression;
  }

  /** The value of an assignment to this name: functions and classes without a name take it, as JavaScript has it. */
  private named(name: string, value: ts.Expression): ts.Expression {
    const visited = this.expression(value);
    let inner = value;
    while (ts.isParenthesizedExpression(inner)) inner = inner.expression;
    const isNameless =
      ts.isArrowFunction(inner) || ((ts.isFunctionExpression(inner) || ts.isClassExpression(inner)) && !inner.name);
    if (!isNameless) return visited;
    const key = factory.createComputedPropertyName(factory.createStringLiteral(name)); // `__proto__` would be special
    const holder = factory.createObjectLiteralExpression([factory.createPropertyAssignment(key, visited)]);
    return factory.createElementAccessExpression(holder, factory.createStringLiteral(name));
  }

  private shorthand(node: ts.ShorthandPropertyAssignment): ts.ObjectLiteralElementLike {
    const isShared = this.isShared(node.name);
    const fallback = node.objectAssignmentInitializer && this.named(node.name.text, node.objectAssignmentInitializer);
    if (!isShared) return factory.updateShorthandPropertyAssignment(node, node.name, fallback);
    const value = this.variable(node.name);
    return factory.createPropertyAssignment(
      this.key(node.name.text),
      fallback ? factory.createAssignment(value, fallback) : value,
    );
  }

  private key(name: string): ts.PropertyName {
    return name === "__proto__" // written out as a plain key it would set the prototype
      ? factory.createComputedPropertyName(factory.createStringLiteral(name))
      : factory.createIdentifier(name);
  }

  /** A call of a variable must not become one of a method: `this` would be the notebook's variables. */
  private callee(name: ts.Identifier): ts.Expression {
    if (!this.isShared(name)) return name;
    const plain = ts.setTextRange(this.variable(name), { pos: -1, end: -1 });
    const called = factory.createParenthesizedExpression(factory.createComma(factory.createNumericLiteral(0), plain));
    // V8 places the call at its arguments; without a mark at the callee's end that leads back to the name.
    return ts.setEmitFlags(ts.setTextRange(called, name), ts.EmitFlags.NoTrailingSourceMap);
  }

  private call(node: ts.CallExpression): ts.Expression {
    const args = node.arguments.map((argument) => this.expression(argument));
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword)
      return ts.setTextRange(factory.createCallExpression(this.service("importDynamically"), undefined, args), node);
    const callee = ts.isIdentifier(node.expression) ? this.callee(node.expression) : this.expression(node.expression);
    return ts.isCallChain(node)
      ? factory.updateCallChain(node, callee, node.questionDotToken, undefined, args)
      : factory.updateCallExpression(node, callee, undefined, args);
  }

  private isSharedDeclaration(declaration: ts.VariableDeclaration): boolean {
    return boundIdentifiers(declaration.name).some((name) => this.declared.has(name));
  }

  private variables(node: ts.VariableStatement): ts.Statement[] {
    const { declarationList } = node;
    if (!declarationList.declarations.some((declaration) => this.isSharedDeclaration(declaration)))
      return [ts.visitEachChild(node, this.visit, this.context)];
    return declarationList.declarations.flatMap((declaration): ts.Statement[] => {
      if (!this.isSharedDeclaration(declaration)) {
        const kept = ts.visitEachChild(declaration, this.visit, this.context);
        const list = factory.createVariableDeclarationList([kept], declarationList.flags);
        return [factory.createVariableStatement(undefined, list)];
      }
      const value = this.initializer(declaration, declarationList);
      return value ? [ts.setTextRange(factory.createExpressionStatement(value), declaration)] : [];
    });
  }

  /** What a declaration does, as an assignment; a bare `var` does nothing. */
  private initializer(
    { name, initializer }: ts.VariableDeclaration,
    list: ts.VariableDeclarationList,
  ): ts.Expression | undefined {
    if (!initializer) {
      const isVar = (list.flags & ts.NodeFlags.BlockScoped) === 0;
      const isFresh = ts.isIdentifier(name) && this.options.fresh.has(name.text);
      if (isVar && !isFresh) return undefined;
    }
    const value = initializer
      ? ts.isIdentifier(name)
        ? this.named(name.text, initializer)
        : this.expression(initializer)
      : factory.createVoidZero();
    const assignment = ts.setTextRange(factory.createAssignment(this.target(name), value), name);
    return ts.isObjectBindingPattern(name) ? factory.createParenthesizedExpression(assignment) : assignment;
  }

  /** A binding pattern as the pattern of an assignment. */
  private target(name: ts.BindingName): ts.Expression {
    if (ts.isIdentifier(name)) return this.variable(name);
    const withDefault = (element: ts.BindingElement): ts.Expression => {
      const target = this.target(element.name);
      if (!element.initializer) return target;
      const fallback = ts.isIdentifier(element.name)
        ? this.named(element.name.text, element.initializer)
        : this.expression(element.initializer);
      return factory.createAssignment(target, fallback);
    };
    if (ts.isArrayBindingPattern(name))
      return factory.createArrayLiteralExpression(
        name.elements.map((element) => {
          if (!ts.isBindingElement(element)) return factory.createOmittedExpression();
          return element.dotDotDotToken ? factory.createSpreadElement(this.target(element.name)) : withDefault(element);
        }),
      );
    return factory.createObjectLiteralExpression(
      name.elements.map((element) => {
        if (element.dotDotDotToken) return factory.createSpreadAssignment(this.target(element.name));
        const key = element.propertyName
          ? (ts.visitNode(element.propertyName, this.visit) as ts.PropertyName)
          : this.key((element.name as ts.Identifier).text);
        return factory.createPropertyAssignment(key, withDefault(element));
      }),
    );
  }

  private loop(node: ts.ForStatement | ts.ForInOrOfStatement): ts.Node {
    const list = node.initializer;
    if (!list || !ts.isVariableDeclarationList(list) || !list.declarations.some((d) => this.isSharedDeclaration(d)))
      return ts.visitEachChild(node, this.visit, this.context);
    const body = ts.visitNode(node.statement, this.visit) as ts.Statement;
    if (!ts.isForStatement(node)) {
      const target = this.target(list.declarations[0].name);
      const values = this.expression(node.expression);
      return ts.isForInStatement(node)
        ? factory.updateForInStatement(node, target, values, body)
        : factory.updateForOfStatement(node, node.awaitModifier, target, values, body);
    }
    const parts = list.declarations.flatMap((declaration) => this.initializer(declaration, list) ?? []);
    const first = parts.length === 0 ? undefined : parts.reduce((all, part) => factory.createComma(all, part));
    const condition = node.condition && this.expression(node.condition);
    const incrementor = node.incrementor && this.expression(node.incrementor);
    return factory.updateForStatement(node, first, condition, incrementor, body);
  }

  /** A statement of the cell's top level. */
  private statement(node: ts.Statement): ts.Statement[] {
    if (ts.isExportAssignment(node)) return [factory.createExpressionStatement(this.expression(node.expression))];
    if (ts.isClassDeclaration(node) && (!node.name || this.declared.has(node.name))) {
      const members = node.members.map((member) => ts.visitNode(member, this.visit) as ts.ClassElement);
      const heritage = node.heritageClauses?.map((clause) => ts.visitNode(clause, this.visit) as ts.HeritageClause);
      const value = factory.createClassExpression(undefined, node.name, undefined, heritage, members);
      ts.setTextRange(value, node);
      return [node.name ? this.assign(node.name, value) : factory.createExpressionStatement(value)];
    }
    const visited = this.visit(node);
    const statements = (Array.isArray(visited) ? visited : [visited]) as ts.Statement[];
    return statements.flatMap(withoutExport);
  }

  private importOf(node: ts.ImportDeclaration): ts.Statement[] {
    const { moduleSpecifier, importClause } = node;
    if (this.options.isCell((moduleSpecifier as ts.StringLiteral).text)) return [];
    const bindings: [local: string, imported: string][] = [];
    if (importClause?.name) bindings.push([importClause.name.text, "default"]);
    const { namedBindings } = importClause ?? {};
    if (namedBindings && ts.isNamespaceImport(namedBindings)) bindings.push([namedBindings.name.text, "*"]);
    else
      for (const { name, propertyName } of namedBindings?.elements ?? [])
        bindings.push([name.text, (propertyName ?? name).text]);
    return [this.importing(moduleSpecifier, bindings)];
  }

  private reexportOf({ moduleSpecifier }: ts.ExportDeclaration): ts.Statement[] {
    if (!moduleSpecifier || this.options.isCell((moduleSpecifier as ts.StringLiteral).text)) return [];
    return [this.importing(moduleSpecifier, [])];
  }

  private importing(specifier: ts.Expression, bindings: [local: string, imported: string][]): ts.Statement {
    const pairs = bindings.map((pair) =>
      factory.createArrayLiteralExpression(pair.map((text) => factory.createStringLiteral(text))),
    );
    const call = factory.createCallExpression(this.service("importStatically"), undefined, [
      specifier,
      factory.createArrayLiteralExpression(pairs),
    ]);
    return factory.createExpressionStatement(factory.createAwaitExpression(ts.setTextRange(call, specifier)));
  }
}

/** Without the `export {}` by which TypeScript marks what it read as a module. */
const withoutModuleMark = (file: ts.SourceFile): ts.SourceFile =>
  factory.updateSourceFile(
    file,
    file.statements.filter((statement) => !ts.isExportDeclaration(statement)),
  );

/** Without its `export`; a default function without a name is an expression. */
function withoutExport(node: ts.Statement): ts.Statement[] {
  if (!ts.isFunctionDeclaration(node) || !node.modifiers) return [node];
  const modifiers = node.modifiers.filter(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) as ts.Modifier[];
  if (!node.name || !node.body) return [];
  return [
    factory.updateFunctionDeclaration(
      node,
      modifiers,
      node.asteriskToken,
      node.name,
      undefined,
      node.parameters,
      undefined,
      node.body,
    ),
  ];
}
