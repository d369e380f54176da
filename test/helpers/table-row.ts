import type { TestContext } from "node:test";

/** Adds a row to the table of rows with the same columns, which table-reporter.mjs prints at the end of a suite. */
export const tableRow = (t: Pick<TestContext, "diagnostic">, row: Record<string, string | number>): void =>
  t.diagnostic(`row ${JSON.stringify(row)}`);
