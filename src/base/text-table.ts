/** Tables as text, each below its title. */
export const titledText = (tables: readonly (readonly [title: string, rows: readonly string[][]])[]): string =>
  tables.map(([title, rows]) => `${title}\n\n${textTable(rows)}`).join("\n\n");

/** Rows as aligned columns, the first row as heading. */
export function textTable(rows: readonly string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
