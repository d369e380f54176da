import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { readTable, rowsOf, writeRows } from "../../src/base/tables.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-tables-"));
after(() => rmSync(root, { recursive: true }));
const at = (name: string): string => path.join(root, name);

test("rows read back as they were written, null and NaN as well, and the same rows give the same bytes", async () => {
  const rows = [
    { step: 1, loss: 0.1, kept: null },
    { step: -(2 ** 31), loss: Number.NaN, kept: 1 / 3 },
    { step: 2 ** 31 - 1, loss: Number.NEGATIVE_INFINITY, kept: -0 },
  ];
  await writeRows(at("a.arrow"), rows);
  await writeRows(at("b.arrow"), rows);
  const table = await readTable(at("a.arrow"));
  assert.deepEqual(rowsOf(table), rows);
  assert.deepEqual(
    table.schema.fields.map(({ name, type }) => `${name} ${type}`),
    ["step Int32", "loss Float64", "kept Float64"],
  );
  assert.deepEqual(readFileSync(at("a.arrow")), readFileSync(at("b.arrow")));
});

test("no rows are a table without columns", async () => {
  await writeRows(at("none.arrow"), []);
  assert.deepEqual(rowsOf(await readTable(at("none.arrow"))), []);
});

test("what a table cannot hold is refused by row and column: it would be left out, or turned into another number", async () => {
  const refused = async (rows: object[], message: string) =>
    assert.rejects(writeRows(at("refused.arrow"), rows as { a: number }[]), {
      failure: "usage",
      message: `${at("refused.arrow")}, row 1: expected ${message}`,
    });
  const first = { step: 1, a: 2 };
  await refused([first, { step: 2 }], "a number or null for a, found undefined undefined");
  await refused([first, { step: 2, a: 3, b: 4 }], "the columns of row 0, step, a, found step, a, b");
  await refused([first, { step: 2, a: "3" }], "a number or null for a, found string 3");
  await refused([first, { step: 2, a: true }], "a number or null for a, found boolean true");
  await refused([first, { step: 2.5, a: 3 }], "a whole number of 32 bits for step, found 2.5");
  await refused([first, { step: 2 ** 31, a: 3 }], "a whole number of 32 bits for step, found 2147483648");
  await assert.rejects(readTable(at("refused.arrow")), { failure: "input" }, "nothing was written");
});

test("a table of another program is read, as a file and as a stream", async () => {
  const table = tableFromArrays({ token: Int32Array.of(3, 4), share: Float32Array.of(0.5, 0.25) });
  for (const form of ["file", "stream"] as const) {
    writeFileSync(at(form), tableToIPC(table, form));
    assert.deepEqual(rowsOf(await readTable(at(form))), [
      { token: 3, share: 0.5 },
      { token: 4, share: 0.25 },
    ]);
  }
});

test("what is no Arrow file is refused by name, and so is a part of one", async () => {
  await assert.rejects(readTable(at("missing.arrow")), {
    failure: "input",
    message: `${at("missing.arrow")}: expected an Arrow file, found none`,
  });
  await writeRows(
    at("whole.arrow"),
    Array.from({ length: 50 }, (_, step) => ({ step, a: step / 7 })),
  );
  const bytes = readFileSync(at("whole.arrow"));
  const others = {
    text: Buffer.from("step,a\n1,2\n"),
    empty: Buffer.alloc(0),
    half: bytes.subarray(0, bytes.length >> 1),
  };
  for (const [name, content] of Object.entries(others)) {
    writeFileSync(at(name), content);
    await assert.rejects(readTable(at(name)), { failure: "input" }, name);
  }
});
