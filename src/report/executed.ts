import { readdir } from "node:fs/promises";
import path from "node:path";
import { readRecord } from "../notebook/plan/record.js";
import { type Cell, type Notebook, type Output, readNotebook, tagsOf } from "../notebook/run/document.js";
import type { Parameters } from "../notebook/run/parameters.js";

/** An executed notebook of a result set. */
export interface ExecutedNotebook {
  name: string;
  title: string;
  /** Relative to the result set, as the page links to it. */
  file: string;
  /** Cells that ran; null and the error where one failed. */
  executedCells: number | null;
  error: string;
  seconds: number | null;
  parameters: Parameters;
  cells: readonly Cell[];
}

/** The executed notebooks of a result set, by name; none where the folder is missing. */
export async function executedNotebooks(resultSet: string): Promise<ExecutedNotebook[]> {
  const folder = path.join(resultSet, "notebooks");
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".ipynb")).sort();
  return Promise.all(
    files.map(async (file) => {
      const notebook = await readNotebook(path.join(folder, file));
      const name = path.basename(file, ".ipynb");
      const record = await readRecord(path.join(folder, `${name}.key.json`));
      return {
        name,
        title: titleOf(notebook) ?? name,
        file: `notebooks/${encodeURIComponent(file)}`,
        executedCells: record?.executedCells ?? null,
        error: errorOf(notebook),
        seconds: record?.seconds ?? null,
        parameters: record?.parameters ?? {},
        cells: notebook.cells,
      };
    }),
  );
}

const titleOf = ({ cells }: Notebook): string | undefined =>
  cells
    .filter((cell) => cell.cell_type === "markdown")
    .map(({ source }) => /^# (.+)$/m.exec(source)?.[1])
    .find((heading) => heading !== undefined);

function errorOf({ cells }: Notebook): string {
  for (const cell of cells)
    if (cell.cell_type === "code" && !tagsOf(cell).includes("raises-exception"))
      for (const output of cell.outputs) if (output.output_type === "error") return `${output.ename}: ${output.evalue}`;
  return "";
}

/** Where a notebook shows what a claim says. */
export interface ClaimCell {
  id: string;
  /** As Jupyter shows it beside the cell: [7]; null where it did not run. */
  executionCount: number | null;
}

/** The cell whose code names the claim by its id, else the first that prints it, else the first tagged `claims`. */
export function cellOfClaim({ cells }: ExecutedNotebook, claim: string): ClaimCell | undefined {
  const id = new RegExp(`(?<![a-z0-9-])${claim}(?![a-z0-9-])`);
  const code = cells.filter((cell) => cell.cell_type === "code");
  const cell =
    code.find(({ source }) => id.test(source)) ??
    code.find(({ outputs }) => id.test(outputs.map(printed).join("\n"))) ??
    code.find((candidate) => tagsOf(candidate).includes("claims"));
  return cell && { id: cell.id, executionCount: cell.execution_count };
}

/** The text of an output; none of an error, or of a figure. */
function printed(output: Output): string {
  if (output.output_type === "stream") return output.text;
  return "data" in output ? String(output.data["text/plain"] ?? "") : "";
}
