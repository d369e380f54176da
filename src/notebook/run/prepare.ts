import { SncError } from "../../base/errors.js";
import { type CodeCell, isRecord, type Notebook, readNotebook, tagsOf } from "./document.js";
import { injectParameters, type Parameters } from "./parameters.js";

const isSkipped = (cell: CodeCell): boolean => tagsOf(cell).includes("skip-execution");
export const mayRaise = (cell: CodeCell): boolean => tagsOf(cell).includes("raises-exception");

/** A notebook read for execution: of our language, with its parameters, without the output of earlier runs. */
export async function prepareNotebook(file: string, parameters: Parameters): Promise<Notebook> {
  const notebook = await readNotebook(file);
  const { kernelspec, language_info } = notebook.metadata;
  const language =
    (isRecord(kernelspec) ? kernelspec.language : undefined) ??
    (isRecord(language_info) ? language_info.name : undefined);
  if (language !== undefined && language !== "typescript") {
    throw new SncError("input", `${file}: expected a TypeScript notebook, found ${String(language)}`);
  }
  await injectParameters(file, notebook, parameters);
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code" || isSkipped(cell)) continue; // a skipped cell keeps the output it came with
    cell.outputs = [];
    cell.execution_count = null;
  }
  return notebook;
}

/** The cells that will run, with their place among all cells. */
export function cellsToRun(notebook: Notebook): { cell: CodeCell; index: number }[] {
  const code = notebook.cells.flatMap((cell, index) => (cell.cell_type === "code" ? [{ cell, index }] : []));
  return code.filter(({ cell }) => cell.source.trim() !== "" && !isSkipped(cell));
}
