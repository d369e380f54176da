import { render } from "preact-render-to-string";
import { textTable } from "../base/text-table.js";
import { displayBundle } from "./display.js";

/** How `showTable` shows rows. */
export interface ShowTableOptions {
  /** Stands above the table. */
  title?: string;
  /** Where the message goes; the notebook's output unless a test listens. */
  display?: (data: Record<string, unknown>) => void;
}

/**
 * Shows rows of text below a notebook's cell, the first row as heading: a table whose numbers are aligned where HTML is shown, else
 * columns of text. Outside a kernel the columns are printed.
 */
export function showTable(rows: readonly string[][], { title, display = displayBundle }: ShowTableOptions = {}): void {
  const text = textTable(rows);
  display({
    "text/html": render(<Table rows={rows} title={title} />),
    "text/plain": title === undefined ? text : `${title}\n\n${text}`,
  });
}

const Table = ({ rows: [heading, ...lines], title }: { rows: readonly string[][]; title: string | undefined }) => {
  const alignments = heading.map((_, column) => (isOfNumbers(lines.map((line) => line[column])) ? "right" : "left"));
  const style = (column: number): string =>
    `text-align: ${alignments[column]}; white-space: ${alignments[column] === "right" ? "pre" : "pre-wrap"}; font-variant-numeric: tabular-nums`;
  return (
    <table>
      {title !== undefined && <caption style="text-align: left; font-weight: 600">{title}</caption>}
      <thead>
        <tr>
          {heading.map((name, column) => (
            <th scope="col" style={style(column)}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr>
            {line.map((cell, column) => (
              <td style={style(column)}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};

/** Whether most cells of a column that say something begin as numbers do; a column has one alignment. */
function isOfNumbers(cells: readonly string[]): boolean {
  const said = cells.filter((cell) => cell !== "" && cell !== "–");
  return 2 * said.filter((cell) => /^[-−+±]?\d/.test(cell)).length > said.length;
}
