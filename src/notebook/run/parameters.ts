import { SncError } from "../../base/errors.js";
import {
  type Declaration,
  declarations,
  literalOf,
  type ParameterValue,
  parseExactly,
  requireKind,
  valueOfText,
} from "./declared.js";
import { type CodeCell, type Notebook, tagsOf } from "./document.js";

export type Parameters = Record<string, ParameterValue>;

/** Parameters by name, those of the command line as texts: what a text means, the notebook's declaration says. */
export type GivenParameters = Record<string, ParameterValue | GivenText>;

/** A value as it stands on the command line. */
export class GivenText {
  constructor(readonly text: string) {}
}

const injectedTag = "injected-parameters";
const name = /^[A-Za-z_$][\w$]*$/;

/** `--param k=v` → the name and the text of its value. */
export function parseParameter(text: string): [string, GivenText] {
  const at = text.indexOf("=");
  const key = text.slice(0, at).trim();
  if (at < 1 || !name.test(key))
    throw new SncError("usage", `--param ${text}: expected name=value, as in --param seed=43`);
  return [key, new GivenText(text.slice(at + 1))];
}

/** The values of parameters as far as they are told without a declaration: JSON where a text reads as it, else the text. */
export const plainParameters = (given: GivenParameters): Parameters =>
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      value instanceof GivenText ? (parseExactly(value.text, key) ?? value.text) : value,
    ]),
  );

/** The cell tagged `parameters`. */
function parametersCell({ cells }: Notebook): CodeCell | undefined {
  const isCode = (cell: Notebook["cells"][number]): cell is CodeCell => cell.cell_type === "code";
  return cells.filter(isCode).find((cell) => tagsOf(cell).includes("parameters"));
}

/** The parameters that a notebook declares. */
export async function declaredParameters(notebook: Notebook): Promise<Map<string, Declaration>> {
  return declarations(parametersCell(notebook)?.source ?? "");
}

/** The values of parameters as a notebook declares them; throws a usage error for one of another kind. */
export async function typedParameters(file: string, notebook: Notebook, given: GivenParameters): Promise<Parameters> {
  const declared = await declaredParameters(notebook);
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const declaration = declared.get(key);
      const typed = value instanceof GivenText ? valueOfText(key, value.text, declaration?.kind ?? "other") : value;
      if (declaration) requireKind(file, key, typed, declaration);
      return [key, typed];
    }),
  );
}

/**
 * Puts a cell with these values behind the cell tagged `parameters`, in place of one injected earlier. A name that the
 * tagged cell does not declare is refused: it would change nothing.
 */
export async function injectParameters(file: string, notebook: Notebook, values: Parameters): Promise<void> {
  const names = Object.keys(values);
  if (names.length === 0) return;
  const tagged = parametersCell(notebook);
  if (!tagged)
    throw new SncError(
      "usage",
      `${file}: takes no parameters (no cell is tagged "parameters"), found ${names.join(", ")}`,
    );
  const declared = await declaredParameters(notebook);
  const unknown = names.filter((key) => !declared.has(key));
  if (unknown.length > 0) {
    const known = [...declared.keys()].join(", ");
    throw new SncError("usage", `${file}: no parameter ${unknown.join(", ")}; its parameters are ${known || "none"}`);
  }
  const literals = names.map((key) => {
    const declaration = declared.get(key)!;
    return `${declaration.keyword} ${key}${declaration.type} = ${literalOf(values[key], declaration)};`;
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
  kept.splice(kept.indexOf(tagged) + 1, 0, cell);
  notebook.cells = kept;
}
