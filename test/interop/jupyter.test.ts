/** Jupyter's own tools with our kernel, and on our executed copies: they must come to the same verdicts. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { before, test } from "node:test";
import { runCommand } from "../../src/command.js";
import { executeNotebook } from "../../src/notebook/execute.js";
import { installKernel, kernelspecName } from "../../src/notebook/kernelspec.js";
import { assertNothingLeft, fixture, newFolder, readCopy, workFolder } from "../notebook/runner.js";
import { pythonWith, whyNoPython } from "../python-environment.js";

/** In `late-throw-last` the error comes after the last cell, when nbclient no longer listens: only our runner sees it. */
const good = ["ok", "burst", "await-first", "raises-exception", "skip-execution", "update-display", "clear-output"];
good.push("carriage-return", "empty-cell", "import-package", "open-timer", "children");
const bad = ["throws", "type-error", "rejection", "late-throw", "error-burst", "shorthand", "asks-for-input"];
bad.push("nested-errors", "exits", "killed", "loop", "loop-after-await", "awaits-forever");

const check = path.join(__dirname, "jupyter_check.py");
let python = "";
let skipped: string | undefined;
const copies: string[] = [];
const env: NodeJS.ProcessEnv = { ...process.env, JUPYTER_PLATFORM_DIRS: "1" };

before(async () => {
  skipped = await whyNoPython();
  if (skipped) return;
  python = await pythonWith(path.join(__dirname, "jupyter-requirements.txt"));
  const prefix = path.join(workFolder, "prefix");
  await installKernel({ kind: "prefix", folder: prefix });
  env.JUPYTER_PATH = path.join(prefix, "share", "jupyter");
  env.IPYTHONDIR = path.join(workFolder, "ipython");
});

const jupyter = (...args: string[]): Promise<string> => runCommand(python, [check, ...args], { env });

interface NbclientResult {
  kind: string;
  ename: string | null;
  /** Execution count and outputs of each code cell. */
  cells: unknown[];
}

/** nbclient's results by fixture: one Python process for all, because starting it takes longer than a notebook. */
let nbclient: Promise<NbclientResult[]> | undefined;

async function byNbclient(name: string): Promise<NbclientResult> {
  const names = [...good, ...bad];
  nbclient ??= jupyter("execute", kernelspecName, ...names.map(fixture)).then((lines) =>
    lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
  return (await nbclient)[names.indexOf(name)];
}

/** Outputs as in the file, with lists of lines joined, as nbformat gives them. */
function joined(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const isText = key !== "traceback" && value.length > 0 && value.every((line) => typeof line === "string");
    return isText ? value.join("") : value.map((item) => joined(item));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, joined(v, k)]));
}

for (const name of [...good, ...bad]) {
  test(`${name}: nbclient with our kernel and our runner come to the same verdict`, async (t) => {
    if (skipped) return t.skip(skipped);
    const theirs = await byNbclient(name);
    const output = path.join(newFolder(), `${name}.ipynb`);
    const ours = await executeNotebook(fixture(name), { output, cellTimeoutSeconds: 4 });
    assert.equal(theirs.kind, ours.kind);
    assert.equal(ours.kind === "ok", good.includes(name), JSON.stringify(ours));
    if (ours.kind === "cellError") assert.equal(theirs.ename, ours.ename);
    const { cells } = await readCopy(output);
    const code = cells.filter((cell: { cell_type: string }) => cell.cell_type === "code");
    const outputs = code.map((c: { execution_count: number; outputs: unknown }) => [
      c.execution_count,
      joined(c.outputs),
    ]);
    if (ours.kind === "ok") assert.deepEqual(theirs.cells, outputs);
    copies.push(output);
    await assertNothingLeft();
  });
}

test("nbformat finds our executed copies valid and would write the same bytes", async (t) => {
  if (skipped) return t.skip(skipped);
  assert.equal(copies.length, good.length + bad.length);
  await jupyter("validate", ...copies);
});

test("interrupts, heartbeats, aborting, restart and shutdown, as JupyterLab asks for them", async (t) => {
  if (skipped) return t.skip(skipped);
  await jupyter("converse", kernelspecName);
  await assertNothingLeft();
});

test("jupyter_kernel_test finds nothing wrong", async (t) => {
  if (skipped) return t.skip(skipped);
  await jupyter("conform", kernelspecName);
  await assertNothingLeft();
});

test("nbconvert and papermill execute a notebook with our kernel", async (t) => {
  if (skipped) return t.skip(skipped);
  const folder = newFolder();
  await runCommand(
    python,
    ["-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", folder, fixture("ok")],
    { env },
  );
  await runCommand(python, ["-m", "papermill", fixture("ok"), path.join(folder, "papermill.ipynb")], { env });
  for (const name of ["ok.ipynb", "papermill.ipynb"]) {
    const copy = JSON.parse(await readFile(path.join(folder, name), "utf8"));
    assert.equal(copy.cells.at(-1).outputs[0].data["text/plain"].join(""), "'yes'");
  }
  await assert.rejects(
    runCommand(
      python,
      ["-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", folder, fixture("throws")],
      { env },
    ),
    /RangeError: bad 1/,
  );
  await assertNothingLeft();
});
