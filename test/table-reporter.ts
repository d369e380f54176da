/** A reporter for `node --test`: the rows that tests told by `tableRow`, as tables after all files have run. */
import type { TestContext } from "node:test";

const prefix = "row ";

type Row = Record<string, string | number>;

/** Adds a row to the table of all rows with the same columns. */
export const tableRow = (t: Pick<TestContext, "diagnostic">, row: Row): void =>
  t.diagnostic(`${prefix}${JSON.stringify(row)}`);

function formatTable(rows: Row[]): string {
  const header = Object.keys(rows[0]);
  const lines = [header, ...rows.map((row) => Object.values(row).map(String))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, column) => text.padEnd(widths[column]))
          .join(" | ")
          .trimEnd()}\n`,
    )
    .join("");
}

interface TestEvent {
  type: string;
  data: { message?: string };
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tables = new Map<string, Row[]>();
  for await (const { type, data } of events) {
    if (type !== "test:diagnostic" || !data.message?.startsWith(prefix)) continue;
    const row: Row = JSON.parse(data.message.slice(prefix.length));
    const columns = Object.keys(row).join();
    tables.set(columns, [...(tables.get(columns) ?? []), row]);
  }
  for (const rows of tables.values()) yield `\n${formatTable(rows)}`;
}
