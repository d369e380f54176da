/** Jupyter's own tools with our kernel, and on our executed copies: they must come to the same verdicts. */
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { before, type TestContext, test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { installKernel, kernelspecName } from "../../../src/notebook/kernel/kernelspec.js";
import { executeNotebook } from "../../../src/notebook/run/execute.js";
import type { NotebookOutcome } from "../../../src/notebook/run/outcome.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";
import { assertNothingLeft, fixture, newFolder, readCopy, streamOf, workFolder } from "../../helpers/runner.js";
import { tableRow } from "../../helpers/table-row.js";

/** In `late-throw-last` the error comes after the last cell, when nbclient no longer listens: only our runner sees it. */
const good = ["ok", "burst", "await-first", "raises-exception", "skip-execution", "update-display", "clear-output"];
good.push("carriage-return", "empty-cell", "import-package", "open-timer", "children");
const bad = ["throws", "type-error", "rejection", "late-throw", "error-burst", "shorthand", "asks-for-input"];
bad.push("nested-errors", "exits", "killed", "loop", "loop-after-await", "awaits-forever");
/** Cells of these never end; the others have time on any machine. */
const endless = ["loop", "loop-after-await", "awaits-forever"];
const cellTimeoutSeconds = (name: string): number => (endless.includes(name) ? 4 : 60);
/** For tools built on nbclient or on the same Jupyter client: one notebook for each way to end. */
const goodSample = ["ok", "burst", "raises-exception", "import-package"];
const badSample = ["throws", "type-error", "rejection", "shorthand", "exits", "loop"];

const check = path.join(__dirname, "jupyter_check.py");
let python = "";
let skipped: string | undefined;
const copies = new Map<string, string>();
const env: NodeJS.ProcessEnv = { ...process.env, JUPYTER_PLATFORM_DIRS: "1", PYTHONDONTWRITEBYTECODE: "1" };

before(async () => {
  skipped = await whyNoPython();
  if (skipped) return;
  python = await pythonWith(path.join(__dirname, "jupyter-requirements.txt"));
  const prefix = path.join(workFolder, "prefix");
  await installKernel({ kind: "prefix", folder: prefix });
  env.JUPYTER_PATH = path.join(prefix, "share", "jupyter");
  env.IPYTHONDIR = path.join(workFolder, "ipython");
  nbclient = jupyter(
    "execute",
    kernelspecName,
    ...names.map((name) => `${cellTimeoutSeconds(name)}:${fixture(name)}`),
  ).then(jsonLines<NbclientResult>);
  nbclient.catch(() => {}); // told by the first test that waits for it
});

const jupyter = (...args: string[]): Promise<string> => runProgram(python, [check, ...args], { env });

interface NbclientResult {
  kind: string;
  ename: string | null;
  /** Execution count and outputs of each code cell. */
  cells: unknown[];
}

const names = [...good, ...bad];
const jsonLines = <T>(text: string): T[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** nbclient's results in the order of `names`: one Python process, which works while our runner does. */
let nbclient: Promise<NbclientResult[]>;
let equalOutputs = 0;

/** Adds to the table of tools how many notebooks it judged as our runner does. */
function report(t: TestContext, tool: string, verdicts: [good: number, bad: number], outputs: string): void {
  tableRow(t, { tool, "good pass": verdicts[0], "bad fail": verdicts[1], outputs });
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

for (const name of names) {
  test(`${name}: nbclient with our kernel and our runner come to the same verdict`, async (t) => {
    if (skipped) return t.skip(skipped);
    const output = path.join(newFolder(), `${name}.ipynb`);
    const timeouts = { cellTimeoutSeconds: cellTimeoutSeconds(name), settleTimeoutSeconds: 1 };
    const ours = await executeNotebook(fixture(name), { output, ...timeouts });
    assert.equal(ours.kind === "ok", good.includes(name), JSON.stringify(ours));
    copies.set(name, output);
    await assertSameAsNbclient(name, ours, output);
  });
}

async function assertSameAsNbclient(name: string, ours: NotebookOutcome, output: string): Promise<void> {
  const theirs = (await nbclient)[names.indexOf(name)];
  assert.equal(theirs.kind, ours.kind);
  if (ours.kind === "cellError") assert.equal(theirs.ename, ours.ename);
  if (ours.kind !== "ok") return;
  const { cells } = await readCopy(output);
  const code = cells.filter((cell: { cell_type: string }) => cell.cell_type === "code");
  const outputs = code.map((c: { execution_count: number; outputs: unknown }) => [
    c.execution_count,
    joined(c.outputs),
  ]);
  assert.deepEqual(theirs.cells, outputs);
  equalOutputs++;
}

test("what nbclient and our runner said of all", async (t) => {
  if (skipped) return t.skip(skipped);
  const passed = (await nbclient).map(({ kind }) => kind === "ok");
  report(
    t,
    "nbclient",
    [passed.filter(Boolean).length, passed.filter((ok) => !ok).length],
    `${equalOutputs} equal to ours`,
  );
  assert.equal(equalOutputs, good.length);
  await assertNothingLeft();
});

test("nbformat finds our executed copies valid and would write the same bytes", async (t) => {
  if (skipped) return t.skip(skipped);
  assert.equal(copies.size, names.length);
  await jupyter("validate", ...copies.values());
  report(t, "nbformat", [good.length, bad.length], "our copies valid, same bytes");
});

test("interrupts, heartbeats, aborting, restart and shutdown, as JupyterLab asks for them", async (t) => {
  if (skipped) return t.skip(skipped);
  await jupyter("converse", kernelspecName);
  await assertNothingLeft();
});

test("jupyter_kernel_test finds nothing wrong", async (t) => {
  if (skipped) return t.skip(skipped);
  const { passed, inapplicable } = jsonLines<{ passed: number; inapplicable: Record<string, string> }>(
    await jupyter("conform", kernelspecName),
  )[0];
  const reasons = Object.entries(inapplicable).map(([name, reason]) => `${name} not: ${reason}`);
  tableRow(t, { tool: "jupyter_kernel_test", "tests passed": passed, "not applicable": reasons.join("; ") });
  await assertNothingLeft();
});

test("nbconvert executes with our kernel, and fails where a cell does", async (t) => {
  if (skipped) return t.skip(skipped);
  const folder = newFolder();
  const convert = ["-m", "nbconvert", "--to", "notebook", "--execute", "--output-dir", folder];
  await runProgram(python, [...convert, fixture("ok")], { env });
  assert.equal(resultOf(await readCopy(path.join(folder, "ok.ipynb"))), "'yes'");
  await assert.rejects(runProgram(python, [...convert, fixture("throws")], { env }), /RangeError: bad 1/);
  report(t, "nbconvert", [1, 1], "as ours");
  await assertNothingLeft();
});

/** The plain text of the last cell's first output. */
const resultOf = (copy: { cells: { outputs: { data: Record<string, string[]> }[] }[] }): string =>
  copy.cells.at(-1)!.outputs[0].data["text/plain"].join("");

test("papermill with parameters prints what our runner prints with them, and fails where a cell does", async (t) => {
  if (skipped) return t.skip(skipped);
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  // Papermill knows no TypeScript; of the languages it writes parameters in, C# has the same `var name = value;`.
  const papermill = ["-m", "papermill", "--kernel", kernelspecName, "--language", ".net-csharp"];
  const parameters = ["-p", "layer", "6", "-p", "profile", 'a "quoted" word'];
  const theirs = path.join(folder, "theirs.ipynb");
  await runProgram(python, [...papermill, ...parameters, fixture("parameters"), theirs], { env });
  const output = path.join(folder, "ours.ipynb");
  await executeNotebook(fixture("parameters"), { output, parameters: { layer: 6, profile: 'a "quoted" word' } });
  const printed = streamOf(await readCopy(output), 3);
  assert.equal(printed, '7 a "quoted" word 1\n');
  assert.equal(streamOf(JSON.parse(await readFile(theirs, "utf8")), 3), printed);
  const failing = runProgram(python, [...papermill, fixture("throws"), path.join(folder, "throws.ipynb")], { env });
  await assert.rejects(failing, /RangeError: bad 1/);
  report(t, "papermill", [1, 1], "as ours with parameters");
  await assertNothingLeft();
});

/** How many of the sample pass and fail under a pytest plugin, and that those are the good and the bad. */
async function judgedByPytest(...args: string[]): Promise<[good: number, bad: number]> {
  const lines = (await jupyter("pytest", ...args)).trimEnd().split("\n");
  const verdicts: Record<string, string> = JSON.parse(lines.at(-1)!);
  const expected = [...goodSample.map((name) => [name, "passed"]), ...badSample.map((name) => [name, "failed"])];
  assert.deepEqual(verdicts, Object.fromEntries(expected));
  return [goodSample.length, badSample.length];
}

test("nbmake passes the good and fails the bad", async (t) => {
  if (skipped) return t.skip(skipped);
  const files = [...goodSample, ...badSample].map(fixture);
  report(t, "nbmake", await judgedByPytest("--nbmake", "--nbmake-timeout=15", ...files), "not compared");
  await assertNothingLeft();
});

test("nbval, comparing outputs, finds in good notebooks what our runner saved, and fails the bad", async (t) => {
  if (skipped) return t.skip(skipped);
  const files = [...goodSample.map((name) => copies.get(name)!), ...badSample.map(fixture)];
  report(t, "nbval", await judgedByPytest("--nbval", "--nbval-cell-timeout=15", ...files), "equal to ours");
  await assertNothingLeft();
});
