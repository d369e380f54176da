import { SncError } from "../../base/errors.js";
import { type Content, isRecord } from "../kernel/protocol.js";
import { type CodeCell, type Notebook, readNotebook, tagsOf } from "./document.js";
import { injectParameters, type Parameters } from "./parameters.js";

const isSkipped = (cell: CodeCell): boolean => tagsOf(cell).includes("skip-execution");
export const mayRaise = (cell: CodeCell): boolean => tagsOf(cell).includes("raises-exception");

/** A notebook read for execution: of our language, with its parameters, without the output of earlier runs. */
export async function prepareNotebook(file: string, parameters: Parameters): Promise<Notebook> {
  const notebook = await readNotebook(file, (content) => requireTypescript(file, content));
  await injectParameters(file, notebook, parameters);
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code" || isSkipped(cell)) continue; // a skipped cell keeps the output it came with
    cell.outputs = [];
    cell.execution_count = null;
  }
  return notebook;
}

/** The names of kernels that run TypeScript, for a notebook that names its kernel and not its language. */
const typescriptKernels = /^(snc-tslab|tslab|typescript|deno)$/i;

/** Throws where a notebook says that it is of another language. */
function requireTypescript(file: string, { metadata }: Content): void {
  const { kernelspec, language_info } = isRecord(metadata) ? metadata : {};
  const spec = isRecord(kernelspec) ? kernelspec : {};
  const language = spec.language ?? (isRecord(language_info) ? language_info.name : undefined);
  const expected = `${file}: expected a TypeScript notebook, found`;
  if (language !== undefined && String(language).toLowerCase() !== "typescript")
    throw new SncError("input", `${expected} ${String(language)}`);
  if (language === undefined && spec.name !== undefined && !typescriptKernels.test(String(spec.name)))
    throw new SncError("input", `${expected} the kernel ${String(spec.name)} and no language`);
}

/** The places of the code cells that their tag skips. */
export const skippedCells = (notebook: Notebook): number[] =>
  notebook.cells.flatMap((cell, index) => (cell.cell_type === "code" && isSkipped(cell) ? [index] : []));

/** The cells that will run, with their place among all cells. */
export function cellsToRun(notebook: Notebook): { cell: CodeCell; index: number }[] {
  const code = notebook.cells.flatMap((cell, index) => (cell.cell_type === "code" ? [{ cell, index }] : []));
  return code.filter(({ cell }) => cell.source.trim() !== "" && !isSkipped(cell));
}
