import { SncError } from "../../base/errors.js";
import { type CodeCell, type Notebook, tagsOf } from "./document.js";

export type ParameterValue = string | number | boolean | null | ParameterValue[] | { [key: string]: ParameterValue };
export type Parameters = Record<string, ParameterValue>;

const injectedTag = "injected-parameters";
const name = /^[A-Za-z_$][\w$]*$/;

/** The value in `--param k=v`: a JSON literal when it reads as one (7, 1e-3, true, "7", [6, 14]), else the text itself. */
export function parseParameter(text: string): [string, ParameterValue] {
  const at = text.indexOf("=");
  const key = text.slice(0, at).trim();
  if (at < 1 || !name.test(key))
    throw new SncError("usage", `--param ${text}: expected name=value, as in --param seed=43`);
  const value = text.slice(at + 1);
  try {
    return [key, JSON.parse(value) as ParameterValue];
  } catch {
    return [key, value];
  }
}

interface Declaration {
  keyword: string;
  type: string;
}

/** The variables a cell declares, with keyword and written type, so that an injected one can be declared alike. */
async function declarations(source: string): Promise<Map<string, Declaration>> {
  const { default: ts } = await import("typescript"); // heavy, and needed for parameters alone
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true);
  const found = new Map<string, Declaration>();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const { declarationList } = statement;
    const keyword =
      declarationList.flags & ts.NodeFlags.Const ? "const" : declarationList.flags & ts.NodeFlags.Let ? "let" : "var";
    for (const { name, type } of declarationList.declarations) {
      if (ts.isIdentifier(name)) found.set(name.text, { keyword, type: type ? `: ${type.getText(file)}` : "" });
    }
  }
  return found;
}

/**
 * Puts a cell with these values behind the cell tagged `parameters`, in place of one injected earlier. A name that the
 * tagged cell does not declare is refused: it would change nothing.
 */
export async function injectParameters(file: string, notebook: Notebook, values: Parameters): Promise<void> {
  const names = Object.keys(values);
  if (names.length === 0) return;
  const isCode = (cell: Notebook["cells"][number]): cell is CodeCell => cell.cell_type === "code";
  const at = notebook.cells.findIndex((cell) => isCode(cell) && tagsOf(cell).includes("parameters"));
  if (at < 0)
    throw new SncError(
      "usage",
      `${file}: takes no parameters (no cell is tagged "parameters"), found ${names.join(", ")}`,
    );
  const declared = await declarations(notebook.cells[at].source);
  const unknown = names.filter((key) => !declared.has(key));
  if (unknown.length > 0) {
    const known = [...declared.keys()].join(", ");
    throw new SncError("usage", `${file}: no parameter ${unknown.join(", ")}; its parameters are ${known || "none"}`);
  }
  const literals = names.map((key) => {
    const { keyword, type } = declared.get(key)!;
    return `${keyword} ${key}${type} = ${JSON.stringify(values[key])};`;
  });
  const cell: CodeCell = {
    cell_type: "code",
    id: "injected-parameters",
    metadata: { tags: [injectedTag] },
    source: `// Parameters\n${literals.join("\n")}`,
    outputs: [],
    execution_count: null,
  };
  const kept = notebook.cells.filter((other) => !tagsOf(other).includes(injectedTag));
  kept.splice(kept.indexOf(notebook.cells[at]) + 1, 0, cell);
  notebook.cells = kept;
}
