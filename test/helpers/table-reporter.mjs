/** A reporter for `node --test`: the rows that tests told by `tableRow`, as tables after all files have run. */
const prefix = "row ";

function formatTable(rows) {
  const header = Object.keys(rows[0]);
  const lines = [header, ...rows.map((row) => Object.values(row).map(String))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const format = (line) => line.map((text, column) => text.padEnd(widths[column])).join(" | ");
  return lines.map((line) => `${format(line).trimEnd()}\n`).join("");
}

export default async function* report(events) {
  const tables = new Map();
  for await (const { type, data } of events) {
    if (type !== "test:diagnostic" || !data.message.startsWith(prefix)) continue;
    const row = JSON.parse(data.message.slice(prefix.length));
    const columns = Object.keys(row).join();
    tables.set(columns, [...(tables.get(columns) ?? []), row]);
  }
  for (const rows of tables.values()) yield `\n${formatTable(rows)}`;
}
