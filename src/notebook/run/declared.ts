import { SncError } from "../../base/errors.js";

/** JSON without what a number of JavaScript cannot hold; null members are values as any. */
export type ParameterValue = string | number | boolean | null | ParameterValue[] | { [key: string]: ParameterValue };

/** A parameter as its cell declares it. */
export interface Declaration {
  keyword: string;
  /** The written type with its colon, or nothing. */
  type: string;
  /** What the written type, or the value it starts with, says of it. */
  kind: "string" | "number" | "boolean" | "bigint" | "other";
}

/** The variables a cell declares, so that an injected one can be declared alike. */
export async function declarations(source: string): Promise<Map<string, Declaration>> {
  const { default: ts } = await import("typescript"); // heavy, and needed for parameters alone
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true);
  const found = new Map<string, Declaration>();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const { declarationList } = statement;
    const keyword =
      declarationList.flags & ts.NodeFlags.Const ? "const" : declarationList.flags & ts.NodeFlags.Let ? "let" : "var";
    for (const { name, type, initializer } of declarationList.declarations) {
      if (!ts.isIdentifier(name)) continue;
      const kind = type ? kindOfType(type.getText(file)) : kindOfValue(initializer?.getText(file) ?? "");
      found.set(name.text, { keyword, type: type ? `: ${type.getText(file)}` : "", kind });
    }
  }
  return found;
}

function kindOfType(type: string): Declaration["kind"] {
  if (/^(string|number|boolean|bigint)$/.test(type)) return type as Declaration["kind"];
  return /^\|?\s*("[^"]*"|'[^']*')(\s*\|\s*("[^"]*"|'[^']*'))*$/.test(type) ? "string" : "other";
}

function kindOfValue(value: string): Declaration["kind"] {
  if (/^(["'`])/.test(value)) return "string";
  if (/^(true|false)$/.test(value)) return "boolean";
  if (/^-?\d[\d_]*n$/.test(value)) return "bigint";
  return /^-?[\d.][\d._eE+-]*$/.test(value) ? "number" : "other";
}

/** JSON whose every number is held exactly as an integer, or to the nearest as a fraction; undefined for what is no JSON. */
export function parseExactly(text: string, name: string): ParameterValue | undefined {
  let value: ParameterValue;
  try {
    value = JSON.parse(text) as ParameterValue;
  } catch {
    return undefined;
  }
  const withoutStrings = text.replace(/"(?:[^"\\]|\\.)*"/g, "");
  for (const [number] of withoutStrings.matchAll(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    const held = Number(number);
    const isExact = !/^-?\d+$/.test(number) || BigInt(number) === BigInt(held);
    if (Number.isFinite(held) && isExact) continue;
    throw new SncError(
      "usage",
      `parameter ${name}: expected numbers that JavaScript holds exactly, found ${number}. Declare it as a string or a bigint`,
    );
  }
  return value;
}

/** A text from the command line as the value of a parameter that is declared so. */
export function valueOfText(name: string, text: string, kind: Declaration["kind"]): ParameterValue {
  if (kind === "string") return /^".*"$/s.test(text) ? (parseExactly(text, name) ?? text) : text;
  if (kind === "bigint" && /^-?\d+n?$/.test(text)) return text.replace(/n$/, "");
  return parseExactly(text, name) ?? text;
}

/** Throws where a value is not of the kind that the parameter is declared with. */
export function requireKind(file: string, name: string, value: ParameterValue, { kind, type }: Declaration): void {
  const found =
    value === null ? "null" : Array.isArray(value) ? "a list" : `the ${typeof value} ${JSON.stringify(value)}`;
  const fits =
    kind === "other" ||
    typeof value === kind ||
    (kind === "bigint" && (Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value))));
  if (fits) return;
  const declared = type === "" ? `a ${kind}, as its cell declares it` : `${type.slice(2)}, as its cell declares it`;
  throw new SncError("usage", `${file}: parameter ${name}: expected ${declared}, found ${found}`);
}

/** The value as TypeScript. */
export const literalOf = (value: ParameterValue, { kind }: Declaration): string =>
  kind === "bigint" ? `${String(value)}n` : Object.is(value, -0) ? "-0" : JSON.stringify(value);
