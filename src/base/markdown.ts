/** A Markdown table; the first line is its header. */
export const markdownTable = ([header, ...lines]: readonly (readonly string[])[]): string =>
  [header, header.map(() => "---"), ...lines].map((line) => `| ${line.map(escaped).join(" | ")} |`).join("\n");

/** Markdown tables, each below its title. */
export const titledTables = (
  tables: readonly (readonly [title: string, rows: readonly (readonly string[])[]])[],
): string => tables.map(([title, rows]) => `**${title}**\n\n${markdownTable(rows)}`).join("\n\n");

const escaped = (cell: string): string => cell.replace(/(?<!\\)\|/g, "\\|");

/** The marks in a page between which a command writes. */
export interface Marks {
  begin: string;
  end: string;
}

/** A page with the text between its marks replaced; undefined where it has none. */
export function withBetween(page: string, text: string, { begin, end }: Marks): string | undefined {
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  return from < 0 || to < from ? undefined : `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
