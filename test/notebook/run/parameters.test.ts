import assert from "node:assert/strict";
import { test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { readNotebook } from "../../../src/notebook/run/document.js";
import { injectParameters, parseParameter } from "../../../src/notebook/run/parameters.js";
import { fixture } from "../../helpers/runner.js";

test("a parameter's value is a JSON literal when it reads as one, else text", () => {
  assert.deepEqual(parseParameter("seed=43"), ["seed", 43]);
  assert.deepEqual(parseParameter("lr=1e-3"), ["lr", 0.001]);
  assert.deepEqual(parseParameter("quick=true"), ["quick", true]);
  assert.deepEqual(parseParameter("layers=[6,14]"), ["layers", [6, 14]]);
  assert.deepEqual(parseParameter('id="7"'), ["id", "7"]);
  assert.deepEqual(parseParameter("profile=smoke"), ["profile", "smoke"]);
  assert.deepEqual(parseParameter("code=007"), ["code", "007"]);
  assert.deepEqual(parseParameter("where=a=b"), ["where", "a=b"]);
  assert.deepEqual(parseParameter("empty="), ["empty", ""]);
  for (const wrong of ["seed", "=3", "a b=3", "1a=3"]) assert.throws(() => parseParameter(wrong), SncError);
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
