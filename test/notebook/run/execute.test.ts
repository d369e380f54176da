import assert from "node:assert/strict";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { executeNotebook } from "../../../src/notebook/run/execute.js";
import type { NotebookOutcome } from "../../../src/notebook/run/outcome.js";
import { describeFailure, type ExecuteOptions } from "../../../src/notebook/run/outcome.js";
import {
  assertNothingLeft,
  fixture,
  kernelStarted,
  newFolder,
  readCopy,
  runCli,
  startCli,
  streamOf,
} from "../../helpers/runner.js";

async function execute(name: string, options: Partial<ExecuteOptions> = {}): Promise<NotebookOutcome> {
  return executeNotebook(fixture(name), { output: path.join(newFolder(), `${name}.ipynb`), ...options });
}

test("a good notebook: counts, streams, results and the kernel's language are in its copy", async () => {
  const outcome = await execute("ok");
  assert.equal(outcome.kind, "ok");
  assert.equal(outcome.executedCells, 3);
  const copy = await readCopy(outcome.output!);
  assert.equal(streamOf(copy, 1), "out 3\n");
  assert.equal(streamOf(copy, 1, "stderr"), "err\n");
  assert.deepEqual(copy.cells[2].outputs, [
    { output_type: "execute_result", data: { "text/plain": ["6"] }, metadata: {}, execution_count: 2 },
  ]);
  assert.deepEqual(
    copy.cells.slice(1).map((cell: { execution_count: number }) => cell.execution_count),
    [1, 2, 3],
  );
  assert.equal(copy.metadata.language_info.name, "typescript");
  assert.match(copy.metadata.language_info.version, /^5\./);
  assert.equal(copy.metadata.snc.verdict, "ok");
  await assertNothingLeft();
});

test("a throwing cell stops the notebook and is told with cell, output and a stack in the cell's own lines", async () => {
  const outcome = await execute("throws");
  assert.ok(outcome.kind === "cellError");
  assert.equal(outcome.cell.cellIndex, 2);
  assert.deepEqual([outcome.ename, outcome.evalue], ["RangeError", "bad 1"]);
  assert.deepEqual(outcome.traceback, ["RangeError: bad 1", "    at fail (cell [2]:3:9)", "    at cell [2]:6:1"]);
  const text = describeFailure({ ...outcome, notebook: "throws.ipynb" });
  assert.match(text, /^throws\.ipynb, cell \[2\]: RangeError: bad 1\n {2}1 │ const fail = .*\n/);
  assert.match(text, /\noutput:\n {2}before\nstack:\n/);
  const copy = await readCopy(outcome.output!);
  assert.deepEqual(
    copy.cells[2].outputs.map((o: { output_type: string }) => o.output_type),
    ["stream", "error"],
  );
  assert.deepEqual(copy.cells[3].outputs, [], "the cell after it did not run");
});

test("a type error is an error, with the compiler's code and the place in the cell", async () => {
  const outcome = await execute("type-error");
  assert.ok(outcome.kind === "cellError");
  assert.equal(outcome.ename, "TypeScriptError");
  assert.equal(outcome.evalue, "1:7 - TS2322: Type 'number' is not assignable to type 'string'.");
  assert.deepEqual(outcome.traceback.slice(1), ["    const name: string = layer;", "          ^"]);
});

test("parameters are injected behind their cell as literals of the declared types", async () => {
  const outcome = await execute("parameters", { parameters: { layer: 6, profile: "smoke", seeds: [42, 43] } });
  assert.equal(outcome.kind, "ok");
  const copy = await readCopy(outcome.output!);
  assert.equal(streamOf(copy, 3), "7 smoke 2\n");
  assert.deepEqual(copy.cells[2].metadata.tags, ["injected-parameters"]);
  assert.equal(
    copy.cells[2].source.join(""),
    '// Parameters\nlet layer: number = 6;\nconst profile: string = "smoke";\nconst seeds: number[] = [42,43];',
  );
});

test("parameters from a file; --param goes before them", async () => {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, "parameters.json");
  await writeFile(file, JSON.stringify({ layer: 1, profile: "from the file", seeds: [1, 2, 3] }));
  const { code, stderr } = await runCli([
    fixture("parameters"),
    "--out",
    folder,
    "--params-file",
    file,
    "--param",
    "layer=6",
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(streamOf(await readCopy(path.join(folder, "parameters.ipynb")), 3), "7 from the file 3\n");
});

test("when each cell ran is recorded on request, as nbclient does; else equal runs give equal bytes", async () => {
  const [timed, first, second] = await Promise.all(
    [{ recordTiming: true }, {}, {}].map((options) => execute("ok", options)),
  );
  const { execution } = (await readCopy(timed.output!)).cells[1].metadata;
  const times = ["iopub.status.busy", "iopub.execute_input", "shell.execute_reply"].map((key) =>
    Date.parse(execution[key]),
  );
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.ok(times.every((time) => Math.abs(Date.now() - time) < 60_000));
  assert.equal(await readFile(first.output!, "utf8"), await readFile(second.output!, "utf8"));
});

test("the package is imported by its name, with its types, also from a folder outside the repository", async () => {
  const folder = newFolder();
  await mkdir(folder, { recursive: true });
  for (const name of ["import-package", "import-package-type-error"])
    await copyFile(fixture(name), path.join(folder, `${name}.ipynb`));
  const good = await executeNotebook(path.join(folder, "import-package.ipynb"), {
    output: path.join(folder, "out", "a.ipynb"),
  });
  assert.equal(good.kind, "ok", good.kind === "ok" ? "" : describeFailure(good));
  const copy = await readCopy(good.output!);
  assert.deepEqual(copy.cells[2].outputs[0].data["text/plain"], ["[ 3, 4 ]"]);
  assert.deepEqual(copy.cells[3].outputs, [
    {
      output_type: "display_data",
      data: { "text/html": ["<b>figure</b>"], "text/plain": ["[figure]"] },
      metadata: { isolated: true },
    },
  ]);
  const bad = await executeNotebook(path.join(folder, "import-package-type-error.ipynb"), {
    output: path.join(folder, "out", "b.ipynb"),
  });
  assert.ok(bad.kind === "cellError");
  assert.match(bad.evalue, /^2:14 - TS2345: Argument of type '"no such failure"'/);
});

test("snc run: Ctrl-C saves what ran so far as a failure, exits with 130 and leaves nothing behind", async () => {
  const folder = newFolder();
  const { child, result } = startCli(["run", "--format", "ndjson", fixture("slow"), "--out", folder]);
  await kernelStarted();
  await sleep(2000);
  child.kill("SIGINT");
  const { code, outcomes } = await result;
  assert.equal(code, 130);
  assert.equal(outcomes[0].kind, "stopped");
  const copy = await readCopy(path.join(folder, "slow.ipynb"));
  assert.equal(copy.metadata.snc.verdict, "stopped");
  await assertNothingLeft();
});

test("snc run: exit codes, and stopping at the first failure unless told to go on", async () => {
  const folder = newFolder();
  const stopped = await runCli([fixture("throws"), fixture("ok"), "--out", folder]);
  assert.equal(stopped.code, 3);
  assert.deepEqual(
    stopped.events.filter((event) => event.type === "finished").map((event) => event.verdict),
    ["cellError", "notExecuted"],
  );
  const both = await runCli([fixture("throws"), fixture("ok"), "--out", folder, "--keep-going"]);
  assert.equal(both.code, 3);
  assert.deepEqual(
    both.outcomes.map((o) => o.kind),
    ["cellError", "ok"],
  );
});
