import assert from "node:assert/strict";
import { test } from "node:test";
import { AsExpected, Environment, Notebooks } from "../../../src/report/page/environment.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";
import { training } from "../../helpers/result-sets.js";

const asExpected = (notCompared: string, differences: string[]): Element =>
  rendered(AsExpected, { expectation: { file: "expected.json", notCompared, differences } });
const said = (of: Element): string => textOf(of.querySelector("p"));

test("all as expected, one thing or several not, or not compared", () => {
  assert.equal(said(asExpected("", [])), "Every verdict, number and figure is as recorded in expected.json.");
  assert.equal(said(asExpected("", ["a"])), "1 thing is not as recorded in expected.json.");
  assert.equal(said(asExpected("", ["a", "b"])), "2 things are not as recorded in expected.json.");
  assert.equal(said(asExpected("Not compared.", [])), "Not compared.");
  assert.equal(asExpected("", []).querySelector("details"), null);
  assert.deepEqual(textsOf(asExpected("", ["a", "b"]), ".differences li"), ["a", "b"]);
});

test("as many as ten differences are shown unfolded", () => {
  const isOpen = (count: number) =>
    asExpected("", Array(count).fill("a")).querySelector("details")!.hasAttribute("open");
  assert.deepEqual([1, 10, 11].map(isOpen), [true, true, false]);
});

test("notebooks: how many cells in which time, what failed, what is not recorded; and the command of each", () => {
  const notebook = { name: "one", title: "One", file: "notebooks/one.ipynb", error: "", cells: [], parameters: {} };
  const notebooks = [
    { ...notebook, executedCells: 12, seconds: 3.456 },
    { ...notebook, name: "two", executedCells: null, seconds: null, parameters: { seed: 7 } },
    { ...notebook, name: "three", executedCells: 5, seconds: 1, error: "TypeError: no" },
  ];
  const page = rendered(Notebooks, { notebooks });
  assert.deepEqual(textsOf(page, ".where"), [
    "12 cells, 3.5 s",
    "no successful execution is recorded",
    "failed: TypeError: no",
  ]);
  assert.deepEqual(textsOf(page, "pre"), [
    "npx snc run notebooks/one.ipynb --force",
    "npx snc run notebooks/two.ipynb --force --param seed=7",
    "npx snc run notebooks/three.ipynb --force",
  ]);
  assert.ok(!textOf(page).includes("This result set has none"));
  assert.match(textOf(rendered(Notebooks, { notebooks: [] })), /This result set has none\. Run: snc reproduce/);
});

test("the environment: every fact by its path, activations of each layer once, sources once, versions apart", () => {
  const set = {
    name: "made-up",
    environment: { node: "20", cores: { physical: 2 }, flags: [], dependencies: { plotly: "4", zod: "5" } },
    identity: { profile: { name: "smoke", steps: 90 }, inputs: { text: "sha256:1" }, readings: {} },
    trainings: [
      { ...training(0, 6, 42, {}), data: "key one/layer-6", sources: "s1" },
      { ...training(1, 6, 42, {}), data: "key one/layer-6", sources: "s1" },
      { ...training(0, 14, 42, {}), data: "key-two", sources: "s2" },
    ],
  };
  const commands = { profile: "smoke", readings: {}, options: [["steps", "90"]] };
  const page = rendered(Environment, { set, files: ["claims.json"], commands } as unknown as Parameters<
    typeof Environment
  >[0]);
  assert.equal(textOf(page.querySelector("pre")), "./reproduce.sh --profile smoke --steps 90");
  assert.equal(page.querySelector(".files a")?.getAttribute("href"), "claims.json");
  const facts = [...page.querySelectorAll("dl.facts")].map((list) =>
    textsOf(list, "dt").map((name, i) => `${name} = ${textsOf(list, "dd")[i]}`),
  );
  assert.deepEqual(facts, [
    ["node = 20", "cores.physical = 2"],
    ["result set = made-up", "name = smoke", "steps = 90", "text = sha256:1"],
    [
      ...["activations, layer 6 = key one/layer-6", "activations, layer 14 = key-two"],
      ...["source of training = s1, s2", "plotly = 4", "zod = 5"],
    ],
  ]);
});
