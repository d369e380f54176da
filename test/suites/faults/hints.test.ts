/**
 * The code of every notebook's closing hint runs as it is written. It needs no other cell, so that it works in a new notebook; at
 * the end of the finished one it compiles too, and in one notebook it is run there. The variations that it makes are trained once
 * and kept, where the command that it names finds them.
 */
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../../src/base/files.js";
import { readResultSet } from "../../../src/experiment/results/saved.js";
import { CellCompiler } from "../../../src/notebook/tslab/cell-compiler.js";
import { NotebookProgram } from "../../../src/notebook/tslab/program.js";
import { snc } from "../../helpers/command-line.js";
import { newFolder, runCli, workFolder } from "../../helpers/runner.js";

const folder = path.join(packageFolder, "notebooks");
const results = path.join(workFolder, "hint-results"); // one: what a hint trains, the next finds
const fence = /```typescript\n([\s\S]*?)\n```/g;
/** What the main job has trained here at the size of the hints, each of which begins with one of the paper's runs. */
const trained = path.join(packageFolder, "results");
if (existsSync(trained))
  for (const set of readdirSync(trained).filter((name) => name.startsWith("smoke-")))
    cpSync(path.join(trained, set), path.join(results, set), { recursive: true });
/** Its hint declares most names that its cells have: the package, the readings and what is drawn. */
const runToItsEnd = "layers.ipynb";

interface Cell {
  cell_type: string;
  source: string[];
  [key: string]: unknown;
}

const textOf = ({ source }: Cell): string => source.join("");

/** Every notebook, its closing hint, and the hint's code as cells. */
const hinted = readdirSync(folder)
  .filter((name) => name.endsWith(".ipynb"))
  .map((file) => {
    const notebook: { cells: Cell[] } = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
    const hint = textOf(notebook.cells.at(-1)!);
    const cells = [...hint.matchAll(fence)].map(([, source], i) => ({
      ...{
        cell_type: "code",
        id: `${path.basename(file, ".ipynb")}-hint-${i}`,
        metadata: {},
        outputs: [],
        execution_count: null,
      },
      source: source.split(/(?<=\n)/),
    }));
    return { file, notebook, hint, cells };
  });

/** Runs a notebook of this name with these cells, and asserts that all of them ran. */
async function assertRuns(file: string, cells: Cell[], args: string[] = []): Promise<void> {
  const copy = path.join(workFolder, file);
  writeFileSync(copy, JSON.stringify({ ...hinted[0].notebook, cells }));
  const { outcomes, stderr } = await runCli([copy, "--out", newFolder(), ...args], { SNC_RESULTS: results });
  assert.equal(outcomes[0].kind, "ok", `${JSON.stringify(outcomes[0])} ${stderr}`);
}

/** The finished trainings of variations in all result sets of the hints, by name and number of the run. */
async function variationsTrained(): Promise<string[]> {
  const sets = readdirSync(results).filter((name) => name !== "latest");
  const saved = await Promise.all(sets.map((name) => readResultSet(path.join(results, name))));
  return saved.flatMap(({ variations }) => variations.map(({ run }) => `${run.name}, of Run ${run.number}`));
}

const program = new NotebookProgram(folder); // one: it reads the libraries once

/** What the kernel's compiler says of the first of these texts that is wrong, as cells of a new notebook; nothing where all are good. */
function refused(...texts: string[]): string[] {
  const compiler = new CellCompiler(program);
  for (const text of texts) {
    const { diagnostics = [] } = compiler.compile(text);
    if (diagnostics.length > 0) return diagnostics.map(({ messageText }) => `${messageText}, in ${text}`);
  }
  return [];
}

/** All code of a notebook's cells as one text: no two of its cells declare the same name. */
const codeOf = (cells: readonly Cell[]): string =>
  cells
    .filter(({ cell_type }) => cell_type === "code")
    .map(textOf)
    .join("\n");

for (const { file, cells } of hinted)
  test(`${file}: its hint has code, which compiles as a notebook of its own`, () => {
    assert.ok(cells.length > 0);
    assert.deepEqual(refused(...cells.map(textOf)), []);
  });

// One kernel runs them all: each compiles alone, so that none needs another's names.
test("the code of every closing hint runs", { timeout: 1_800_000 }, () =>
  assertRuns(
    "hints.ipynb",
    hinted.flatMap(({ cells }) => cells),
  ),
);

for (const { file, hint } of hinted)
  test(`${file}: the variations of its hint are trained, and the command that it names finds them`, async () => {
    const made = [...hint.matchAll(/snc\.vary\(trial\.run\((\d)\), ["`]([^"`]+)["`]/g)];
    assert.ok(made.length > 0, "the hint makes a variation");
    const trained = await variationsTrained();
    for (const [, run, name] of made) {
      const expected = new RegExp(`^${name.replace(/\$\{[^}]+\}/g, "[a-z0-9-]+")}, of Run ${run}$`);
      assert.ok(
        trained.some((of) => expected.test(of)),
        `${name} in ${trained}`,
      );
    }
    for (const [, command] of hint.matchAll(/`snc (train [^`]+)`/g)) {
      const { code, stderr } = await snc(command.split(" "), { SNC_RESULTS: results });
      assert.deepEqual([code, /: unchanged, trained in /.test(stderr)], [0, true], `snc ${command}: ${stderr}`);
    }
  });

for (const { file, notebook, cells } of hinted)
  test(`${file}: its hint's code compiles at the end of the finished notebook`, () => {
    assert.deepEqual(refused(codeOf(notebook.cells), ...cells.map(textOf)), []);
  });

test("a name that stands in no cell before is refused so", () => {
  assert.match(refused(codeOf(hinted[0].notebook.cells), "trial;").join(), /^Cannot find name 'trial'\./);
});

test(`${runToItsEnd}: the hint's code runs at the end of the finished notebook`, { timeout: 900_000 }, async () => {
  const { notebook, cells } = hinted.find(({ file }) => file === runToItsEnd)!;
  await assertRuns(runToItsEnd, [...notebook.cells, ...cells], ["--param", "profile=smoke", "--param", "runs=[0,1,9]"]);
});
