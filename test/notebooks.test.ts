import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../src/base/files.js";
import { readRegistry } from "../src/claims/list.js";
import { readNotebookManifest } from "../src/notebook/plan/manifest.js";
import { runsOf } from "../src/runs.js";

interface Cell {
  id?: string;
  cell_type: string;
  source: string[];
  metadata: { tags?: string[] };
  outputs?: unknown[];
  execution_count?: number | null;
}

const folder = path.join(packageFolder, "notebooks");
const files = readdirSync(folder).filter((file) => file.endsWith(".ipynb"));
const notebooks = files.map((file) => ({ file, ...JSON.parse(readFileSync(path.join(folder, file), "utf8")) }));
const examples = ["superposition"].map((name) => {
  const file = path.join("examples", name, `${name}.ipynb`);
  return { file, ...JSON.parse(readFileSync(path.join(packageFolder, file), "utf8")) };
});
const codeOf = (cells: Cell[]): Cell[] => cells.filter((cell) => cell.cell_type === "code");
const textOf = (cell: Cell): string => cell.source.join("");

test("every run of the paper has a notebook by its number and name", () => {
  for (const { number, name } of runsOf()) assert.ok(files.includes(`run-${number}-${name}.ipynb`), name);
});

test("the page that snc lab opens links to every notebook, and to nothing else", () => {
  const page = readFileSync(path.join(folder, "start-here.md"), "utf8");
  const linked = [...page.matchAll(/\]\(([^)]*)\)/g)].map(([, to]) => to);
  assert.deepEqual([...new Set(linked)].sort(), [...files].sort());
});

test("every notebook that a claim names is there, and so is one for each of Figures 1 to 3", async () => {
  const { claims } = await readRegistry();
  for (const { id, notebook } of claims) assert.ok(files.includes(`${notebook}.ipynb`), `${id}: ${notebook}`);
  for (const figure of ["Figure 1", "Figure 2", "Figure 3"]) {
    const names = new Set(claims.filter(({ section }) => section === figure).map(({ notebook }) => notebook));
    assert.ok(names.size === 1, figure);
    const [{ cells }] = notebooks.filter(({ file }) => names.has(file.replace(".ipynb", "")));
    assert.match(textOf(cells[0]), new RegExp(`^# ${figure}: .*\\n\\n> ${figure}: `), "it opens with the caption");
  }
});

test("the notebooks of the runs and layers mark the cell that shows what claims are measured on", () => {
  for (const { file, cells } of notebooks.filter(({ file: name }) => /^(run-\d|layers)/.test(name))) {
    const marked = codeOf(cells).filter(({ metadata }) => metadata.tags?.includes("claims"));
    assert.equal(marked.length, 1, file);
  }
});

for (const { file, cells, metadata, nbformat, nbformat_minor } of [...notebooks, ...examples]) {
  test(`${file} is committed as nbformat 4.5 for our kernel, without outputs`, () => {
    assert.deepEqual([nbformat, nbformat_minor], [4, 5]);
    assert.equal(metadata.kernelspec.name, "snc-tslab");
    assert.equal(new Set(cells.map((cell: Cell) => cell.id)).size, cells.length);
    for (const { id, outputs, execution_count } of codeOf(cells)) {
      assert.match(id ?? "", /^[\w-]{1,64}$/);
      assert.deepEqual([outputs, execution_count], [[], null], `cell ${id}`);
    }
  });

  test(`${file} is short: at most 25 cells, 15 lines of code in one, lines that fit`, () => {
    assert.ok(cells.length <= 25, `${cells.length} cells`);
    for (const cell of codeOf(cells)) {
      assert.ok(cell.source.length <= 15, `cell ${cell.id}: ${cell.source.length} lines`);
      for (const line of cell.source) assert.ok(line.trimEnd().length <= 104, `cell ${cell.id}: ${line}`);
    }
  });
}

for (const { file, cells } of notebooks)
  test(`${file} opens with a heading, imports the package by its name and has one cell of parameters`, () => {
    assert.match(textOf(cells[0]), /^# /);
    assert.match(textOf(cells[1]), /from "selective-neural-competition";/);
    const tagged = cells.filter((cell: Cell) => cell.metadata.tags?.includes("parameters"));
    assert.deepEqual(tagged, [cells[2]]);
    assert.match(textOf(cells[2]), /^let profile = "default";.*\n/);
    if (file !== "multiverse.ipynb") assert.match(textOf(cells[2]), /\nlet readings: /); // that one has all of them
  });

for (const { file, cells } of notebooks)
  test(`${file} closes with a variation that is trained and kept, in lines that fit a cell`, () => {
    const hint = textOf(cells.at(-1));
    assert.match(hint, /\*\*To vary it\*\*: /);
    const code = [...hint.matchAll(/```typescript\n([\s\S]*?)\n```/g)].map(([, source]) => source);
    assert.match(code[0], /^import \* as snc from "selective-neural-competition";\n/);
    assert.match(code.join("\n"), /snc\.vary\(trial\.run\(\d\), ["`]/);
    assert.match(code.join("\n"), /await trial\.(train|trainAll)\(/);
    for (const source of code) {
      assert.ok(source.split("\n").length <= 15, `${source.split("\n").length} lines`);
      for (const line of source.split("\n")) assert.ok(line.length <= 104, line);
    }
    const ofRun = /^run-(\d)/.exec(file)?.[1];
    for (const [, run] of hint.matchAll(/snc\.vary\(trial\.run\((\d)\)/g))
      assert.ok(run === ofRun || !ofRun, `Run ${run}`);
  });

test("the notebooks of the figures and of the layers say of every training what did nothing", () => {
  for (const { file, cells } of notebooks.filter(({ file: name }) => /^(figure-\d|layers)/.test(name)))
    assert.match(
      codeOf(cells).map(textOf).join("\n"),
      /snc\.describeFlags\(record\.flags, record\.run\.number\)/,
      file,
    );
});

test("a notebook that prints verdicts says under which readings they turn, and which controls they were put to", () => {
  for (const { file, cells } of notebooks) {
    const code = codeOf(cells).map(textOf).join("\n");
    if (!code.includes("snc.checkClaims(")) continue;
    assert.match(code, /snc\.turnsOf\(row\)/, file);
    assert.match(code, /snc\.controlsText\(row\)/, file);
  }
});

test("the audit names every claim of its own, or prints what contradicts it", async () => {
  const { cells } = notebooks.find(({ file }) => file === "audit.ipynb")!;
  const code = codeOf(cells).map(textOf).join("\n");
  assert.match(code, /claims\.filter\(\(of\) => of\.contradiction !== undefined\)/);
  const { claims } = await readRegistry();
  for (const { id, notebook, contradiction } of claims)
    if (notebook === "audit" && contradiction === undefined)
      assert.ok(code.includes(`"${id}"`) || code.includes(`${id}:`), id);
});

test("what is read of the paper is said to be read so by default", () => {
  for (const { file, cells } of notebooks)
    assert.doesNotMatch(cells.map(textOf).join("\n"), /read,? as it stands|`read as: /, file);
});

/** The claims that name this notebook, by id. */
const claimsOf = async (notebook: string): Promise<string[]> =>
  (await readRegistry()).claims.filter((claim) => claim.notebook === notebook).map(({ id }) => id);

for (const { number, name } of runsOf()) {
  const { cells }: { cells: Cell[] } = notebooks.find(({ file }) => file === `run-${number}-${name}.ipynb`)!;
  const code = codeOf(cells).map(textOf).join("\n");

  test(`Run ${number}'s notebook takes a step by hand and by trainStep, and throws where they differ`, () => {
    const steps = /## One step by hand\n(.+)## The same step by the library\n(.+)## The whole run\n/s;
    const [, byHand, byLibrary] = cells.map(textOf).join("\n").match(steps) ?? assert.fail("a part is missing");
    assert.match(byHand + byLibrary, /snc\.trainStep\(\w+, .*, h, /);
    assert.match(byLibrary, /if \(.+\) throw new Error\(/);
  });

  test(`Run ${number}'s notebook trains the whole run, and shows its curve, its controls and what did nothing`, () => {
    const training = number === 0 ? "trained" : "later";
    assert.ok(code.includes(`const ${training} = await experiment.train(${number}, layer, seed);`));
    assert.match(code, /await snc\.showFigure\(snc\.trainingLoss\(/);
    assert.match(code, /await snc\.showFigure\(snc\.controlTraces\(/);
    assert.ok(code.includes(`snc.describeFlags(${training}.record.flags, ${number})`));
  });

  test(`Run ${number}'s notebook names its claims in its first cell and prints their verdicts, or says that it has none`, async () => {
    const claims = await claimsOf(`run-${number}-${name}`);
    const named = [...textOf(cells[0]).matchAll(/`([a-z]+-[a-z0-9-]+)`/g)].map(([, id]) => id);
    assert.deepEqual(named, claims);
    assert.equal(
      code.includes(`notebook === "run-${number}-${name}"`) && code.includes("snc.checkClaims("),
      claims.length > 0,
    );
    assert.equal(textOf(cells[0]).includes("no claim is of this run alone"), claims.length === 0);
  });

  test(`Run ${number}'s notebook runs again when another run changes that a verdict in it is about`, async () => {
    const { reads } = (await readNotebookManifest()).find(({ file }) => file === `run-${number}-${name}.ipynb`)!;
    const { claims } = await readRegistry();
    const printed = claims.filter((claim) => claim.notebook === `run-${number}-${name}`).flatMap(({ runs }) => runs);
    for (const other of printed.filter((run) => run < number))
      assert.ok(reads.includes(`runs/run-${other}`), `${other}`);
    const hasLater = printed.some((run) => run > number); // no notebook waits for later runs: they wait for it
    assert.equal(/\bruns\.(every|join)\(/.test(code), hasLater, "verdicts about later runs are left to claims.ipynb");
  });

  if (number > 0)
    test(`Run ${number}'s notebook asks the library in which slots it differs from Run ${number - 1}, and what changed`, () => {
      const methods = `[experiment.run(${number - 1}).method, experiment.run(${number}).method]`;
      assert.ok(code.includes(`const [before, after] = ${methods};\nconst slots = snc.differences(before, after);`));
      assert.match(code, /if \(slots\.join\(\) !== .+\) throw new Error\(/);
      const names = `["Run ${number - 1}", "Run ${number}"]`;
      assert.ok(code.includes(`snc.describeChanges(earlier.record, later.record, ${names})`));
    });
}
