import assert from "node:assert/strict";
import { test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { readNotebook, tagsOf } from "../../../src/notebook/run/document.js";
import {
  injectParameters,
  parseParameter,
  plainParameters,
  typedParameters,
} from "../../../src/notebook/run/parameters.js";
import { fixture } from "../../helpers/runner.js";

const plain = (text: string) => Object.entries(plainParameters(Object.fromEntries([parseParameter(text)])))[0];

test("a parameter's value is a JSON literal when it reads as one, else text", () => {
  assert.deepEqual(plain("seed=43"), ["seed", 43]);
  assert.deepEqual(plain("lr=1e-3"), ["lr", 0.001]);
  assert.deepEqual(plain("quick=true"), ["quick", true]);
  assert.deepEqual(plain("layers=[6,14]"), ["layers", [6, 14]]);
  assert.deepEqual(plain('id="7"'), ["id", "7"]);
  assert.deepEqual(plain("profile=smoke"), ["profile", "smoke"]);
  assert.deepEqual(plain("code=007"), ["code", "007"]);
  assert.deepEqual(plain("where=a=b"), ["where", "a=b"]);
  assert.deepEqual(plain("empty="), ["empty", ""]);
  assert.deepEqual(plain(" seed =43"), ["seed", 43]);
  assert.deepEqual(plain("a=1"), ["a", 1]);
  for (const wrong of ["seed", "=3", "a b=3", "1a=3"]) assert.throws(() => parseParameter(wrong), SncError);
});

const cell = `let id: number = 1;
let version = "1.0";
let rate = 0.1;
let name: string = "a";
const mode: "fast" | "slow" = "fast";
let on = false;
let big = 1n;
let list: number[] = [];`;
const declaring = async () => {
  const notebook = await readNotebook(fixture("parameters"));
  notebook.cells.find((other) => tagsOf(other).includes("parameters"))!.source = cell;
  return notebook;
};

for (const [given, expected] of [
  ["id=9007199254740992", "let id: number = 9007199254740992;"],
  ["version=1.10", 'let version = "1.10";'],
  ["version=true", 'let version = "true";'],
  ['name="7"', 'let name: string = "7";'],
  ["mode=slow", 'const mode: "fast" | "slow" = "slow";'],
  ["rate=1e-3", "let rate = 0.001;"],
  ["rate=-0", "let rate = -0;"],
  ["on=true", "let on = true;"],
  ["big=9007199254740993", "let big = 9007199254740993n;"],
  ["list=[1,2]", "let list: number[] = [1,2];"],
])
  test(`--param ${given} is injected as its cell declares it`, async () => {
    const notebook = await declaring();
    const asked = Object.fromEntries([parseParameter(given)]);
    await injectParameters("n.ipynb", notebook, await typedParameters("n.ipynb", notebook, asked));
    assert.equal(notebook.cells.find(({ id }) => id === "injected-parameters")!.source, `// Parameters\n${expected}`);
  });

for (const [given, says] of [
  ["id=9007199254740993", /parameter id: expected numbers that JavaScript holds exactly, found 9007199254740993/],
  ["id=1e999", /parameter id: expected numbers that JavaScript holds exactly, found 1e999/],
  ["list=[1,1e999]", /parameter list: .* found 1e999/],
  ["id=abc", /n\.ipynb: parameter id: expected number, as its cell declares it, found the string "abc"/],
  ["on=1", /parameter on: expected a boolean, as its cell declares it, found the number 1/],
  ["big=1.5", /parameter big: expected a bigint/],
] as const)
  test(`--param ${given} is refused before anything runs`, async () => {
    const notebook = await declaring();
    await assert.rejects(async () => {
      await typedParameters("n.ipynb", notebook, Object.fromEntries([parseParameter(given)]));
    }, says);
  });

test("injecting again replaces the cell injected before", async () => {
  const notebook = await readNotebook(fixture("parameters"));
  const cells = notebook.cells.length;
  await injectParameters("n", notebook, { layer: 1 });
  await injectParameters("n", notebook, { layer: 2 });
  assert.equal(notebook.cells.length, cells + 1);
  assert.equal(notebook.cells[2].source, "// Parameters\nlet layer: number = 2;");
});

test("a name the notebook does not declare is refused, with those it does", async () => {
  const notebook = await readNotebook(fixture("parameters"));
  await assert.rejects(
    injectParameters("n.ipynb", notebook, { sed: 1 }),
    /n\.ipynb: no parameter sed; its parameters are layer, profile, seeds/,
  );
  await assert.rejects(
    injectParameters("n.ipynb", await readNotebook(fixture("ok")), { seed: 1 }),
    /takes no parameters/,
  );
});

test("the injected cell stands right behind the tagged one, takes its place among code cells only, and has no output", async () => {
  const notebook = await readNotebook(fixture("parameters"));
  const tagged = notebook.cells.findIndex((other) => tagsOf(other).includes("parameters"));
  const before = notebook.cells.map(({ id }) => id);
  notebook.cells.unshift({
    cell_type: "markdown",
    id: "text",
    metadata: { tags: ["parameters"] },
    source: "let layer",
  });
  await injectParameters("n", notebook, { layer: 1, profile: "a" });
  assert.deepEqual(
    notebook.cells.map(({ id }) => id),
    ["text", ...before.slice(0, tagged + 1), "injected-parameters", ...before.slice(tagged + 1)],
  );
  assert.deepEqual(notebook.cells[tagged + 2], {
    cell_type: "code",
    id: "injected-parameters",
    metadata: { tags: ["injected-parameters"] },
    source: '// Parameters\nlet layer: number = 1;\nconst profile: string = "a";',
    outputs: [],
    execution_count: null,
  });
});

test("without parameters a notebook stays as it is, whether or not it takes any", async () => {
  for (const name of ["parameters", "ok"]) {
    const notebook = await readNotebook(fixture(name));
    await injectParameters("n", notebook, {});
    assert.deepEqual(notebook, await readNotebook(fixture(name)));
  }
});

test("what a notebook does not declare is taken as JSON or text, for injection to refuse", async () => {
  const asked = Object.fromEntries(["seed=43", "word=a", 'quoted="7"'].map(parseParameter));
  assert.deepEqual(await typedParameters("n", await declaring(), asked), { seed: 43, word: "a", quoted: "7" });
});

test("values that are no texts of the command line stay as they are, and have to be of the declared kind too", async () => {
  const given = { id: 7, version: "1", list: [1], other: null };
  assert.deepEqual(await typedParameters("n", await declaring(), given), given);
  assert.deepEqual(plainParameters(given), given);
  await assert.rejects(
    typedParameters("n.ipynb", await declaring(), { id: "7" }),
    /expected number, .* found the string/,
  );
});

test("a tagged cell that declares nothing says so, and all unknown names are told", async () => {
  const notebook = await declaring();
  notebook.cells.find((other) => tagsOf(other).includes("parameters"))!.source = "";
  await assert.rejects(
    injectParameters("n.ipynb", notebook, { a: 1, b: 2 }),
    /n\.ipynb: no parameter a, b; its parameters are none$/,
  );
});
