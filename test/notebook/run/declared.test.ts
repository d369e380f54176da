import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Declaration,
  declarations,
  literalOf,
  type ParameterValue,
  parseExactly,
  requireKind,
  valueOfText,
} from "../../../src/notebook/run/declared.js";

type Kind = Declaration["kind"];
const declared = (kind: Kind, type = ""): Declaration => ({ keyword: "let", type, kind });

test("a cell's variables with their keyword, their written type and their kind; what else it has is passed over", async () => {
  const source = `// A comment
let a: number = 1, b = "text";
const c = true;
var d;
import { e } from "e";
function f() { let inside = 1; }
const { g, h } = { g: 1, h: 2 };
let later: bigint;`;
  assert.deepEqual(
    [...(await declarations(source))],
    [
      ["a", { keyword: "let", type: ": number", kind: "number" }],
      ["b", { keyword: "let", type: "", kind: "string" }],
      ["c", { keyword: "const", type: "", kind: "boolean" }],
      ["d", { keyword: "var", type: "", kind: "other" }],
      ["later", { keyword: "let", type: ": bigint", kind: "bigint" }],
    ],
  );
});

const kinds: [declaration: string, kind: Kind][] = [
  ["x: string = f()", "string"],
  ["x: number = f()", "number"],
  ["x: boolean = f()", "boolean"],
  ["x: bigint = f()", "bigint"],
  ['x: "a" = f()', "string"],
  ["x: 'a' | \"b\" = f()", "string"],
  ['x: | "a" | "b" = f()', "string"],
  ['x: "a" | 7 = f()', "other"],
  ["x: string[] = f()", "other"],
  ["x: string | null = 'a'", "other"],
  ["x = 'a'", "string"],
  ["x = `a`", "string"],
  ["x = false", "boolean"],
  ["x = truely", "other"],
  ["x = 7n", "bigint"],
  ["x = -1_000n", "bigint"],
  ["x = 7", "number"],
  ["x = -1.5e-3", "number"],
  ["x = .5", "number"],
  ["x = 1 + y", "other"],
  ["x = [1]", "other"],
];
for (const [declaration, kind] of kinds)
  test(`let ${declaration} declares the kind ${kind}`, async () => {
    assert.equal((await declarations(`let ${declaration};`)).get("x")?.kind, kind);
  });

test("JSON is taken where every integer is held exactly; numbers in texts do not count, and what is no JSON is undefined", () => {
  for (const [text, value] of [
    ["9007199254740992", 2 ** 53],
    ["-9007199254740992", -(2 ** 53)],
    ["0.1", 0.1],
    ["1e308", 1e308],
    ['"9007199254740993"', "9007199254740993"],
    ['{"a \\" 9007199254740993": "1e999"}', { 'a " 9007199254740993': "1e999" }],
    ["[null, true]", [null, true]],
    ["abc", undefined],
    ["", undefined],
  ] as const)
    assert.deepEqual(parseExactly(text, "p"), value, text);
  for (const [text, number] of [
    ["9007199254740993", "9007199254740993"],
    ["[1, -9007199254740993, 2]", "-9007199254740993"],
    ['{"a": 1e999}', "1e999"],
    ["-1.5e999", "-1.5e999"],
  ])
    assert.throws(() => parseExactly(text, "p"), {
      failure: "usage",
      message: `parameter p: expected numbers that JavaScript holds exactly, found ${number}. Declare it as a string or a bigint`,
    });
});

test("a text is what its kind makes of it", () => {
  for (const [text, kind, value] of [
    ["7", "string", "7"],
    ['"7"', "string", "7"],
    ['"a\nb"', "string", '"a\nb"'], // no JSON: the text as it stands
    ['"7', "string", '"7'],
    ['7"', "string", '7"'],
    ["7", "bigint", "7"],
    ["-7n", "bigint", "-7"],
    ["9007199254740993", "bigint", "9007199254740993"],
    ["7.5", "bigint", 7.5],
    ["seven", "bigint", "seven"],
    ["7", "number", 7],
    ["seven", "number", "seven"],
    ["true", "boolean", true],
    ["[1]", "other", [1]],
    ["7n", "other", "7n"],
  ] as [string, Kind, ParameterValue][])
    assert.deepEqual(valueOfText("p", text, kind), value, `${text} as ${kind}`);
});

test("a value has to be of the kind declared; of bigints, whole numbers and their texts are", () => {
  for (const [value, kind] of [
    ["a", "string"],
    [1, "number"],
    [false, "boolean"],
    [7, "bigint"],
    ["-7", "bigint"],
    ["9007199254740993", "bigint"],
    [null, "other"],
    [[1], "other"],
  ] as [ParameterValue, Kind][])
    requireKind("n.ipynb", "p", value, declared(kind));
  for (const [value, kind, type, says] of [
    [1, "string", "", "expected a string, as its cell declares it, found the number 1"],
    ["1", "number", ": number", 'expected number, as its cell declares it, found the string "1"'],
    [null, "number", "", "expected a number, as its cell declares it, found null"],
    [[1], "boolean", "", "expected a boolean, as its cell declares it, found a list"],
    [{ a: 1 }, "string", ": 'a' | 'b'", `expected 'a' | 'b', as its cell declares it, found the object {"a":1}`],
    [7.5, "bigint", ": bigint", "expected bigint, as its cell declares it, found the number 7.5"],
    [2 ** 53, "bigint", "", "expected a bigint, as its cell declares it, found the number 9007199254740992"],
    ["7n", "bigint", "", 'expected a bigint, as its cell declares it, found the string "7n"'],
    [true, "bigint", "", "expected a bigint, as its cell declares it, found the boolean true"],
  ] as [ParameterValue, Kind, string, string][])
    assert.throws(() => requireKind("n.ipynb", "p", value, declared(kind, type)), {
      failure: "usage",
      message: `n.ipynb: parameter p: ${says}`,
    });
});

test("a value as TypeScript: JSON, a bigint with its n, and minus zero, which JSON does not know", () => {
  assert.equal(literalOf("7", declared("bigint")), "7n");
  assert.equal(literalOf(7, declared("bigint")), "7n");
  assert.equal(literalOf(-0, declared("number")), "-0");
  assert.equal(literalOf(0, declared("number")), "0");
  assert.equal(literalOf('a "b"', declared("string")), '"a \\"b\\""');
  assert.equal(literalOf({ a: [1, null] }, declared("other")), '{"a":[1,null]}');
});
