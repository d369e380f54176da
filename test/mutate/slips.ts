import ts from "typescript";

/** One plausible slip: `before` of a file, from `start` on, becomes `after`. */
export interface Slip {
  file: string;
  line: number;
  start: number;
  before: string;
  after: string;
}

const { SyntaxKind } = ts;

/** What a hand takes for an operator. */
const operators = new Map<ts.SyntaxKind, string[]>([
  [SyntaxKind.LessThanToken, ["<=", ">="]],
  [SyntaxKind.LessThanEqualsToken, ["<", ">"]],
  [SyntaxKind.GreaterThanToken, [">=", "<="]],
  [SyntaxKind.GreaterThanEqualsToken, [">", "<"]],
  [SyntaxKind.EqualsEqualsEqualsToken, ["!=="]],
  [SyntaxKind.ExclamationEqualsEqualsToken, ["==="]],
  [SyntaxKind.AmpersandAmpersandToken, ["||"]],
  [SyntaxKind.BarBarToken, ["&&"]],
  [SyntaxKind.PlusToken, ["-"]],
  [SyntaxKind.MinusToken, ["+"]],
  [SyntaxKind.AsteriskToken, ["/"]],
  [SyntaxKind.SlashToken, ["*"]],
  [SyntaxKind.PlusEqualsToken, ["-="]],
]);

/** Names of siblings, as a property, a variable or a text. */
const siblings = new Map(
  [
    ["train", "test"],
    ["low", "high"],
    ["before", "after"],
    ["first", "last"],
    ["min", "max"],
    ["start", "end"],
    ["from", "to"],
    ["floor", "ceil"],
    ["rows", "columns"],
    ["width", "height"],
    ["left", "right"],
    ["some", "every"],
    ["startsWith", "endsWith"],
    ["largest", "smallest"],
    ["meanActivationCosine", "meanActivationPearson"],
    ["nullActivationCosine", "nullActivationPearson"],
    ["x", "y"],
    ["a", "b"],
  ].flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ]),
);

/** Methods whose call somebody forgets: the list or text stays as it was. */
const forgotten = new Set(["filter", "sort", "reverse", "trim", "slice", "toLowerCase", "catch"]);

/** All slips that can be planted in a file, whether or not they compile. Imports, types and errors' texts stay as they are. */
export function slipsIn(file: string, text: string): Slip[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Slip[] = [];
  const visit = (node: ts.Node): void => {
    if (isLeftAlone(node)) return;
    for (const [from, after] of slipsOf(node)) {
      const start = from.getStart(source);
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      found.push({ file, line, start, before: text.slice(start, from.end), after });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const isLeftAlone = (node: ts.Node): boolean =>
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  (ts.isNewExpression(node) && node.expression.getText().endsWith("Error"));

/** What may become of a node: the node to replace, and its new text. */
function slipsOf(node: ts.Node): [ts.Node, string][] {
  const all = (texts: readonly string[]): [ts.Node, string][] => texts.map((text) => [node, text]);
  if (ts.isBinaryExpression(node))
    return node.operatorToken.kind === SyntaxKind.QuestionQuestionToken
      ? all([node.left.getText()])
      : (operators.get(node.operatorToken.kind) ?? []).map((text) => [node.operatorToken, text]);
  if (ts.isPrefixUnaryExpression(node) && [SyntaxKind.ExclamationToken, SyntaxKind.MinusToken].includes(node.operator))
    return all([node.operand.getText()]);
  if (ts.isConditionalExpression(node)) {
    const [condition, yes, no] = [node.condition, node.whenTrue, node.whenFalse].map((part) => part.getText());
    return all([`${condition} ? ${no} : ${yes}`]);
  }
  if (ts.isNumericLiteral(node)) return all(numbersBeside(node.getText()));
  if (node.kind === SyntaxKind.TrueKeyword) return all(["false"]);
  if (node.kind === SyntaxKind.FalseKeyword) return all(["true"]);
  if (ts.isIfStatement(node) && !node.elseStatement && isExit(node.thenStatement)) return all([";"]);
  if (ts.isCallExpression(node)) return slipsOfCall(node);
  if (ts.isIdentifier(node) && isRead(node)) return all(siblingOf(node.text));
  if (ts.isShorthandPropertyAssignment(node))
    return all(siblingOf(node.name.text).map((name) => `${node.name.text}: ${name}`));
  if (ts.isStringLiteral(node) && !ts.isJsxAttribute(node.parent))
    return all(siblingOf(node.text).map((text) => JSON.stringify(text)));
  return [];
}

function slipsOfCall(node: ts.CallExpression): [ts.Node, string][] {
  if (!ts.isPropertyAccessExpression(node.expression)) return [];
  const { name, expression } = node.expression;
  const bounds = ["slice", "subarray"].includes(name.text) ? node.arguments : [];
  return [
    ...(forgotten.has(name.text) ? [[node, expression.getText()] as [ts.Node, string]] : []),
    ...bounds.flatMap((bound): [ts.Node, string][] =>
      ts.isNumericLiteral(bound) ? [] : [[bound, `${bound.getText()} + 1`]],
    ),
  ];
}

/** Neighbours of a whole number; of a decimal one more in its last digit. */
function numbersBeside(text: string): string[] {
  const value = Number(text.replaceAll("_", ""));
  if (/^\d[\d_]*$/.test(text)) return value === 0 ? ["1"] : [value + 1, value - 1].map(String);
  const decimals = /^\d*\.(\d+)$/.exec(text)?.[1].length;
  return decimals ? [(value + 10 ** -decimals).toFixed(decimals)] : [String(value * 10)];
}

/** A statement that leaves at once: `return x`, `throw …`, alone or in a block of its own. */
const isExit = (statement: ts.Statement): boolean =>
  ts.isBlock(statement)
    ? statement.statements.length === 1 && isExit(statement.statements[0])
    : ts.isReturnStatement(statement) || ts.isThrowStatement(statement) || ts.isContinueStatement(statement);

/** An identifier whose value is used, not one that is declared or names a property of an object. */
function isRead(node: ts.Identifier): boolean {
  const parent = node.parent as ts.Node & { name?: ts.Node; propertyName?: ts.Node };
  return ts.isPropertyAccessExpression(parent) || (parent.name !== node && parent.propertyName !== node);
}

const siblingOf = (name: string): string[] => {
  const other = siblings.get(name);
  return other === undefined ? [] : [other];
};
