import assert from "node:assert/strict";
import { test } from "node:test";
import { prepareSource } from "../../../src/notebook/tslab/source.js";

test("shorthand properties are written out, in literals and in assignment patterns", () => {
  assert.equal(prepareSource("const o = { a, b: 1, c };").text, "const o = { a: a, b: 1, c: c };");
  assert.equal(prepareSource("({ a, b = 2 } = o);").text, "({ a: a, b: b = 2 } = o);");
  assert.equal(prepareSource("f({ x: [{ a }] });").text, "f({ x: [{ a: a }] });");
});

test("what only looks like one stays as it is", () => {
  for (const source of [
    "const { a, b } = o;",
    "function f({ a }: T) { return a; }",
    'const s = "{ a }"; // { a }',
    "{ a }",
    "import { a } from 'b';",
    "const o = { __proto__ };",
  ]) {
    assert.equal(prepareSource(source).text, source);
  }
});

test("places in the prepared text lead back to the written cell", () => {
  const prepared = prepareSource("let z;\nconst o = { abc, d }; wrong();");
  const column = prepared.text.split("\n")[1].indexOf("wrong") + 1;
  assert.deepEqual(prepared.writtenPosition({ line: 2, column }), { line: 2, column: 23 });
  assert.deepEqual(prepared.writtenPosition({ line: 1, column: 5 }), { line: 1, column: 5 });
  assert.deepEqual(prepared.writtenPosition({ line: 2, column: 13 }), { line: 2, column: 13 });
});
