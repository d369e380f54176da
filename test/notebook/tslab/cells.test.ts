/** What becomes of a cell's source: names, syntax and imports across the cells of one notebook. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { complete, inspectAt } from "../../../src/notebook/tslab/completion.js";
import { NotebookExecution } from "../../../src/notebook/tslab/execution.js";
import { beginCell, cellFilename, makeStacksReadable, traceCell } from "../../../src/notebook/tslab/traceback.js";

makeStacksReadable();
let request = 0;

/** Runs cells in one notebook; gives the last one's value. A cell that does not compile fails. */
async function run(...cells: string[]): Promise<unknown> {
  return runIn(new NotebookExecution(mkdtempSync(path.join(tmpdir(), "snc-cells-"))), ...cells);
}

async function runIn(notebook: NotebookExecution, ...cells: string[]): Promise<unknown> {
  let value: unknown;
  for (const [index, code] of cells.entries()) {
    const own = ++request;
    beginCell(own, index + 1);
    const executed = await notebook.execute(code, cellFilename(own), (maps, shift) => traceCell(own, maps, shift));
    if (executed.diagnostics) assert.fail(`${code}: ${JSON.stringify(executed.diagnostics)}`);
    value = executed.value;
  }
  return value;
}

/** The last cell's diagnostics as `line:column code`. */
async function refused(...cells: string[]): Promise<string[]> {
  const notebook = new NotebookExecution(mkdtempSync(path.join(tmpdir(), "snc-cells-")));
  await runIn(notebook, ...cells.slice(0, -1));
  const { diagnostics } = await notebook.execute(cells.at(-1)!, cellFilename(++request), () => {});
  return (diagnostics ?? []).map(({ start, code }) => `${start.line + 1}:${start.character + 1} ${code}`);
}

/** Each: what the last cell gives, and the cells. */
const seenByAll: [what: string, expected: unknown, ...cells: string[]][] = [
  ["=", 2, "let x = 1; const read = () => x;", "x = 2;", "read()"],
  ["+=", 3, "let x = 1; const read = () => x;", "x += 2;", "read()"],
  ["++", 2, "let x = 1; const read = () => x;", "x++;", "read()"],
  ["??=", 5, "let x: number | null = null; const read = () => x;", "x ??= 5;", "read()"],
  ["**=", 9, "let x = 3; const read = () => x;", "x **= 2;", "read()"],
  ["var", 2, "var x = 1; function read() { return x; }", "x = 2;", "read()"],
  ["an array pattern", [2, 1], "let a = 1, b = 2; const read = () => [a, b];", "[a, b] = [b, a];", "read()"],
  [
    "an object pattern with defaults, nesting and rest",
    [4, 7, { z: 9 }],
    "let a = 1, b = 2, rest: object = {}; const read = () => [a, b, rest];",
    "({ a, y: [b = 7] = [], ...rest } = { a: 4, z: 9 } as any);",
    "read()",
  ],
  ["a for-of target", 3, "let x = 0; const read = () => x;", "for (x of [1, 2, 3]);", "read()"],
  ["a for-in target", "k", 'let x = ""; const read = () => x;', "for (x in { k: 1 });", "read()"],
  ["a for-of pattern", 4, "let x = 0; const read = () => x;", "for ([x] of [[3], [4]]);", "read()"],
  [
    "an async function",
    8,
    "let x = 1; const read = () => x;",
    "await (async () => { await null; x = 8; })();",
    "read()",
  ],
  ["a function of the first cell", 2, "let x = 1; function next() { return ++x; }", "next();", "x"],
  ["a method", 5, "let x = 1; class A { read() { return x; } } const a = new A();", "x = 5;", "a.read()"],
  ["a timer", 6, "let x = 1; const later = new Promise((r) => setTimeout(() => r(x), 50));", "x = 6;", "await later"],
  [
    "a generator",
    [1, 7],
    "let x = 1; function* g() { yield x; yield x; } const i = g(); const a = i.next().value;",
    "x = 7;",
    "[a, i.next().value]",
  ],
  ["a let declared anew", 2, "let x = 1; const read = () => x;", "let x = 2;", "read()"],
  ["a const declared anew", 2, "const x = 1; const read = () => x;", "const x = 2;", "read()"],
  [
    "a name declared anew with another type",
    "two",
    "let x: any = 1; const read = () => x;",
    'let x = "two";',
    "read()",
  ],
  [
    "a pattern that declares anew",
    [2, 3],
    "let a = 0, b = 0; const read = () => [a, b];",
    "const { a, c: [b] } = { a: 2, c: [3] };",
    "read()",
  ],
  [
    "a function declared anew",
    "new",
    'function f() { return "old"; } const call = () => f();',
    'function f() { return "new"; }',
    "call()",
  ],
  [
    "a function assigned",
    "new",
    'function f() { return "old"; } const call = () => f();',
    '// @ts-expect-error\nf = () => "new";',
    "call()",
  ],
  ["a class declared anew", 2, "class A { v = 1; } const make = () => new A();", "class A { v = 2; }", "make().v"],
  ["a parameter", 9, "let layer = 1;", "const read = () => layer;", "// Parameters\nlet layer = 9;", "read()"],
  [
    "a var in a loop and in a block",
    [3, 1],
    "for (var i = 0; i < 3; i++); if (true) { var j = 1; } const read = () => [i, j];",
    "read()",
  ],
  ["a shorthand property", { x: 2 }, "let x = 1; const read = () => ({ x });", "x = 2;", "read()"],
  ["typeof", "string", "let x: any = 1; const kind = () => typeof x;", 'x = "";', "kind()"],
  ["an exported variable", 4, "export let x = 1; export function read() { return x; }", "x = 4;", "read()"],
  [
    "a template tag",
    "new",
    'let tag = (s: TemplateStringsArray) => "old"; const use = () => tag`x`;',
    'tag = () => "new";',
    "use()",
  ],
  ["an optional call", 3, "let f: (() => number) | undefined; const call = () => f?.();", "f = () => 3;", "call()"],
  ["an enum declared anew", ["B"], "enum E { A = 'A' }", "enum E { B = 'B' }", "Object.keys(E)"],
];

for (const [what, expected, ...cells] of seenByAll)
  test(`what a later cell assigns, earlier functions see: ${what}`, async () => {
    assert.deepEqual(await run(...cells), expected);
  });

const notMeant: [what: string, expected: unknown, ...cells: string[]][] = [
  ["a parameter of the same name", 5, "let x = 1;", "const f = (x: number) => { x += 1; return x; }; f(4)"],
  ["a variable of a block", 1, "let x = 1;", "{ let x = 2; x++; } x"],
  ["a variable of catch", 1, "let x: any = 1;", "try { throw 2; } catch (x) { x = 3; } x"],
  [
    "a loop's own variable",
    [1, [0, 1, 2]],
    "let i = 1; const fs: (() => number)[] = [];",
    "for (let i = 0; i < 3; i++) fs.push(() => i); [i, fs.map((f) => f())]",
  ],
  ["a label", 1, "let x = 1;", "x: for (;;) { break x; } x"],
  ["a property", { x: 3 }, "let x = 1;", "const o = { x: 2 }; o.x = 3; o"],
  [
    "the name of a function expression",
    true,
    "let f: any = 1;",
    "const g = function f(): boolean { return typeof f === 'function'; }; g()",
  ],
  [
    "a class within its own body",
    "old",
    "class A { static v = 'old'; make() { return A.v; } } const a = new A();",
    "class A { static v = 'new'; make() { return A.v; } }",
    "a.make()",
  ],
  ["a global behind a type of its name", 1, "interface Map2 { a: 1 } type URLLike = string;", "new Map([[1, 1]]).size"],
  [
    "a default that calls the outer name",
    [1, 1],
    "let x = 1;",
    "const f = (y = x) => { let x = 5; return y; }; [f(), x]",
  ],
];

for (const [what, expected, ...cells] of notMeant)
  test(`an inner name stays what it is: ${what}`, async () => {
    assert.deepEqual(await run(...cells), expected);
  });

test("functions and classes without a name take that of their variable", async () => {
  const names = "[f.name, g.name, h.name, K.name, d.name, new K().constructor.name]";
  const cell =
    "const f = () => 1; let g = function () {}; let h: any; h = async () => {}; const K = class {}; const { d = () => 2 } = {} as any;";
  assert.deepEqual(await run(cell, names), ["f", "g", "h", "K", "d", "K"]);
});

test("a call of a variable has no `this`", async () => {
  assert.equal(await run("function self(this: unknown) { return this; }", "self()"), undefined);
});

test("what a cell assigned before it threw is kept, and its names are known", async () => {
  const notebook = new NotebookExecution(mkdtempSync(path.join(tmpdir(), "snc-cells-")));
  await assert.rejects(runIn(notebook, "const total = 6; let x = 1; x = 2; throw new Error('expected'); x = 3;"));
  assert.deepEqual(await runIn(notebook, "[total, x]"), [6, 2]);
});

const language: [what: string, expected: unknown, ...cells: string[]][] = [
  [
    "values of Node's own types",
    ["FormData", "Headers", "Response", "string", "Blob", "AbortController"],
    "const form = new FormData(), headers = new Headers(), response = new Response('x'), id = crypto.randomUUID(), blob = new Blob([]), stop = new AbortController();",
    "[form, headers, response].map((v) => v.constructor.name).concat([typeof id, blob.constructor.name, stop.constructor.name])",
  ],
  [
    "declare global over cells",
    [3, 5],
    "declare global { interface Array<T> { last(): T | undefined } }\nArray.prototype.last = function () { return this[this.length - 1]; };\nconst a = [1, 2, 3].last();",
    "const b = [4, 5].last();",
    "[a, b]",
  ],
  ["a global variable", 3, "declare global { var limit: number }\nglobalThis.limit = 3;", "1;", "limit"],
  [
    "declare module over cells",
    7,
    'declare module "node:os" { function answer(): number }\nimport os from "node:os"; (os as any).answer = () => 7;',
    "1;",
    'import * as o from "node:os"; (os as any).answer()',
  ],
  [
    "names that begin with underscores",
    [2, "d", 3],
    "let __count = 1; __count += 1; const __dirname = 'd', __proto__ = 3;",
    "[__count, __dirname, __proto__]",
  ],
  [
    "export const, function, class, enum, type",
    [3, 4, 5, 0],
    "export const limit = 3; export function f() { return 4; } export class A { v = 5; } export enum E { A } export type T = number;",
    "const t: T = limit; [t, f(), new A().v, E.A]",
  ],
  [
    "export default",
    [1, 2],
    "export default function f() { return 1; }",
    "export default class B { v = 2; }",
    "[f(), new B().v]",
  ],
  [
    "export lists and re-exports",
    1,
    'const a = 1; export { a as b, a }; export * from "node:os"; export { EOL as end } from "node:os";',
    "a",
  ],
  [
    "a namespace over many cells",
    [5, 10, 15, 0],
    "namespace G { export interface P { x: number } export const o: P = { x: 0 }; export const twice = (n: number) => 2 * n; }\nconst a = 5;",
    "const b = G.twice(5);",
    "const c = G.twice(7.5);",
    "const p: G.P = G.o; [a, b, c, p.x]",
  ],
  [
    "merging: enums, function and namespace, class and namespace",
    [0, 1, 2, 3],
    "enum E { A } enum E { B = 1 } function f() {} namespace f { export const v = 2; } class C {} namespace C { export const v = 3; }",
    "[E.A, E.B, f.v, C.v]",
  ],
  ["a const enum", 2, "const enum E { A = 2 }", "E.A"],
  [
    "abstract and generic classes, overloads",
    [6, "s"],
    "abstract class S<T> { abstract v(): T; } class N extends S<number> { v() { return 6; } } function o(x: number): number; function o(x: string): string; function o(x: any) { return x; }",
    "[new N().v(), o('s')]",
  ],
  [
    "mixins with protected members",
    1,
    "type K<T = {}> = new (...args: any[]) => T; function M<B extends K>(Base: B) { return class extends Base { protected created = 1; stamp() { return this.created; } }; } class I {}",
    "const MI = M(I);",
    "new MI().stamp()",
  ],
  [
    "private names",
    4,
    "class A { #n = 3; next() { return ++this.#n; } static has(x: object) { return #n in x; } }",
    "new A().next()",
  ],
  [
    "standard decorators",
    "[f]",
    "function wrap(method: (...a: any[]) => string, context: ClassMethodDecoratorContext) { return function (this: any) { return '[' + method.call(this) + ']'; }; }\nclass A { @wrap f() { return 'f'; } }",
    "new A().f()",
  ],
  [
    "TypeScript's older decorators",
    ["f", 3],
    "const seen: any[] = []; function note(target: any, key: string, descriptor: PropertyDescriptor) { seen.push(key, arguments.length); }\nclass A { @note f() {} }",
    "seen",
  ],
  [
    "decorated classes keep apart",
    [1, 2],
    "const mark = (c: Function) => {}; @mark class A { static v = 1; static read() { return A.v; } } const first = A;",
    "@mark class A { static v = 2; static read() { return A.v; } }",
    "[first.read(), A.read()]",
  ],
  [
    "using in a block",
    ["body", "closed"],
    "const log: string[] = []; const open = () => ({ [Symbol.dispose]() { log.push('closed'); } });",
    "{ using f = open(); log.push('body'); }",
    "log",
  ],
  [
    "using at the top of a cell",
    [["body", "closed"], 4],
    "const log: string[] = []; const open = () => ({ [Symbol.dispose]() { log.push('closed'); } });",
    "using f = open(); const kept = 4; function inner() { return kept; } log.push('body');",
    "[log, inner()]",
  ],
  [
    "await using",
    ["closed"],
    "const log: string[] = [];",
    "{ await using f = { async [Symbol.asyncDispose]() { log.push('closed'); } }; }",
    "log",
  ],
  [
    "assertion functions of an earlier cell",
    3,
    "function check(x: unknown): asserts x is string {} const also: (x: unknown) => asserts x is string = check;",
    "function f(v: unknown) { check(v); return v.length; } function g(v: unknown) { also(v); return v.length; }",
    "f('abc')",
  ],
  [
    "libraries of ES2023",
    [2, [1, 2], [2, 1]],
    "const a = [2, 1];",
    "[[1, 2, 3].findLast((n) => n < 3), a.toSorted(), a]",
  ],
  [
    "satisfies, const type parameters, accessor",
    [1, "a", 3],
    "const o = { a: 1 } satisfies Record<string, number>; const id = <const T,>(x: T) => x; class P { accessor v = 3; }",
    "const k: 'a' = id('a'); [o.a, k, new P().v]",
  ],
  [
    "top-level await first, and for await",
    [1, 2],
    "async function* g() { yield 1; yield 2; } const got: number[] = [];",
    "for await (const n of g()) got.push(n);",
    "await (async () => got)()",
  ],
  [
    "import = require and require",
    ["a", "b"],
    'import path = require("node:path");',
    'const p = require("node:path"); [path.basename("/x/a"), p.basename("/x/b")]',
  ],
  [
    "imports again, and as values later",
    ["a", "b"],
    'import path, { basename } from "node:path";',
    'import { basename } from "node:path"; const f = basename;',
    '[f("/x/a"), path.basename("/x/b")]',
  ],
  ["a constant's type can widen", 2, "const one = 1;", "let n = one; n = 2;", "n"],
  [
    "an import that is declared anew",
    3,
    'import { basename } from "node:path"; const read = () => basename as unknown;',
    "const basename = 3;",
    "read()",
  ],
  ["the last expression's value, also behind a using", 5, "using f = { [Symbol.dispose]() {} };\n5"],
];

for (const [what, expected, ...cells] of language)
  test(`language: ${what}`, async () => {
    assert.deepEqual(await run(...cells), expected);
  });

test("type errors point into the cell, also between cells", async () => {
  assert.deepEqual(await refused("let x = 1;", '\n  x = "a";'), ["2:3 2322"]);
  assert.deepEqual(await refused("const x = 1;", "x = 2;"), ["1:1 2588"]);
  assert.deepEqual(await refused("class A { private v = 1; }", "new A().v"), ["1:9 2341"]);
  assert.deepEqual(await refused("1;", "const a = [1, 2"), ["1:16 1005"]);
  assert.deepEqual(await refused("1;", "unknownName;"), ["1:1 2304"]);
  assert.deepEqual(await refused("let x = 1;", "let x = 2; let x = 3;"), ["1:5 2451", "1:16 2451"]);
});

test("two notebooks of one folder do not see each other", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "snc-cells-"));
  const [first, second] = [new NotebookExecution(folder), new NotebookExecution(folder)];
  await runIn(first, "let x = 1;");
  await runIn(second, 'let x = "two";');
  assert.deepEqual([await runIn(first, "x + 1"), await runIn(second, "x.length")], [2, 3]);
});

test("a cell that does not compile declares nothing", async () => {
  const notebook = new NotebookExecution(mkdtempSync(path.join(tmpdir(), "snc-cells-")));
  const first = await notebook.execute("let x: number = 'a';", cellFilename(++request), () => {});
  assert.equal(first.diagnostics?.length, 1);
  assert.equal(await runIn(notebook, "const x = 5;", "x"), 5);
});

/** A folder with these files. */
function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "snc-cells-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const esm = (name: string, main: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    type: "module",
    exports: {
      ".": { types: "./index.d.ts", import: "./index.js" },
      "./sub": { types: "./sub.d.ts", default: "./sub.js" },
    },
  }),
  [`node_modules/${name}/index.js`]: main,
  [`node_modules/${name}/index.d.ts`]:
    "export declare const value: number; declare const _default: string; export default _default;",
  [`node_modules/${name}/sub.js`]: "export const sub = 'sub';",
  [`node_modules/${name}/sub.d.ts`]: "export declare const sub: string;",
});

test("ECMAScript modules: statically, by await import, by subpath, with top-level await", async () => {
  const folder = folderWith({
    ...esm("plain", "export const value = 3; export default 'd';"),
    ...esm("waits", "export const value = await Promise.resolve(4); export default 'w';"),
  });
  const cells = [
    'import d, { value } from "plain"; import { sub } from "plain/sub"; import * as w from "waits";',
    'const m = await import("plain"), n = await import("waits");',
    "[d, value, sub, w.value, w.default, m.value, m.default, n.value]",
  ];
  assert.deepEqual(await runIn(new NotebookExecution(folder), ...cells), ["d", 3, "sub", 4, "w", 3, "d", 4]);
});

test("TypeScript beside and above the notebook, with and without an ending, JSON, and errors in them", async () => {
  const folder = folderWith({
    "lib/util.ts":
      'import type { T } from "./types"; export const answer: T = 42;\nexport function fail() {\n  throw new Error("no");\n}',
    "lib/types.ts": "export type T = number;",
    "lib/data.json": '{ "n": 1 }',
    "notebooks/beside.ts": 'export { answer } from "../lib/util.js"; export enum E { A = 5 }',
    "lib/wrong.ts": 'export const n: number = "a";',
  });
  const notebook = new NotebookExecution(path.join(folder, "notebooks"));
  const cells = [
    'import { answer, fail } from "../lib/util"; import { answer as again, E } from "./beside.ts"; import data from "../lib/data.json" with { type: "json" };',
    'const dynamic = await import("../lib/util.ts"); [answer, again, E.A, data.n, dynamic.answer]',
  ];
  assert.deepEqual(await runIn(notebook, ...cells), [42, 42, 5, 1, 42]);
  const { stack } = (await runIn(notebook, "let e: any; try { fail(); } catch (x) { e = x; } e")) as Error;
  assert.match(stack!.split("\n")[1], /at fail \(.*lib\/util\.ts:3:9\)$/);
  const { diagnostics } = await notebook.execute(
    'import { n } from "../lib/wrong";',
    cellFilename(++request),
    () => {},
  );
  assert.deepEqual(
    diagnostics?.map(({ code, fileName }) => [code, path.basename(fileName!)]),
    [[2322, "wrong.ts"]],
  );
});

test("completion and inspection count code points, and know earlier cells", async () => {
  const notebook = new NotebookExecution(mkdtempSync(path.join(tmpdir(), "snc-cells-")));
  await runIn(notebook, "let table = [1, 2]; const total = 41; function half(x: number) { return x / 2; }");
  for (const code of ["table.le", 'const s = "📈📈📈"; table.le']) {
    const length = [...code].length;
    const { start, end, candidates } = complete(notebook.compiler, code, length);
    assert.deepEqual([start, end, candidates[0]], [length - 2, length, "length"]);
  }
  const middle = "// 📈📈\nconst first = tot\nconsole.log(first)";
  const cursor = [..."// 📈📈\nconst first = tot"].length;
  const { start, end, candidates } = complete(notebook.compiler, middle, cursor);
  assert.deepEqual([start, end, candidates[0]], [cursor - 3, cursor, "total"]);
  const inspected = (code: string): string | undefined => inspectAt(notebook.compiler, code, [...code].length - 2);
  assert.equal(inspected("// 📈📈\ntable"), "let table: number[]");
  assert.equal(inspected("// 📈📈\ntotal"), "const total: 41");
  assert.equal(inspected("half"), "function half(x: number): number");
  assert.equal(await runIn(notebook, "total"), 41, "neither leaves anything behind");
});

test("stacks that a cell prints have the cells' lines and none of the kernel's", async () => {
  const cells = [
    'function load(name: string) {\n  throw new TypeError("no " + name);\n}',
    'let stack = ""; try { load("x"); } catch (e: any) { stack = e.stack; } stack',
  ];
  assert.equal(await run(...cells), "TypeError: no x\n    at load (cell [1]:2:9)\n    at cell [2]:1:23");
});
