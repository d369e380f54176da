/**
 * The code of every notebook's closing hint runs as it is written: in a fresh kernel, and after the notebook's other cells. The
 * variations that it makes are trained once and kept, where the command that it names finds them.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../../src/base/files.js";
import { readResultSet } from "../../../src/experiment/results/saved.js";
import { snc } from "../../helpers/command-line.js";
import { newFolder, runCli, workFolder } from "../../helpers/runner.js";

const folder = path.join(packageFolder, "notebooks");
const results = path.join(workFolder, "hint-results"); // one: what a hint trains, the next finds
const fence = /```typescript\n([\s\S]*?)\n```/g;

interface Notebook {
  cells: { cell_type: string; id: string; source: string[]; [key: string]: unknown }[];
}

/** The finished trainings of variations in all result sets of the hints, by name and number of the run. */
async function variationsTrained(): Promise<string[]> {
  const sets = readdirSync(results).filter((name) => name !== "latest");
  const saved = await Promise.all(sets.map((name) => readResultSet(path.join(results, name))));
  return saved.flatMap(({ variations }) => variations.map(({ run }) => `${run.name}, of Run ${run.number}`));
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".ipynb"))) {
  test(`${file}: its closing hint runs in a fresh kernel and at the end of the finished notebook`, {
    timeout: 900_000,
  }, async () => {
    const notebook: Notebook = JSON.parse(await readFile(path.join(folder, file), "utf8"));
    const hint = notebook.cells.at(-1)!.source.join("");
    assert.match(hint, /\*\*To vary it\*\*: /);
    const code = [...hint.matchAll(fence)].map(([, source]) => source);
    assert.ok(code.length > 0, "the hint has code");
    const cells = code.map((source, i) => ({
      ...{ cell_type: "code", id: `hint-${i}`, metadata: {}, outputs: [], execution_count: null },
      source: source.split(/(?<=\n)/),
    }));
    const isFigureOrClaims = /^(figure|claims|layers)/.test(file);
    const finished = { ...notebook, cells: [...notebook.cells, ...cells] };
    for (const [name, made, given] of [
      ["fresh", { ...notebook, cells }, []],
      ["finished", finished, ["--param", "profile=smoke", ...(isFigureOrClaims ? ["--param", "runs=[0,1,9]"] : [])]],
    ] as const) {
      const copy = path.join(workFolder, `${name}-${file}`);
      await writeFile(copy, JSON.stringify(made));
      const { outcomes, stderr } = await runCli([copy, ...given, "--out", newFolder()], { SNC_RESULTS: results });
      const [{ kind, ...outcome }] = outcomes;
      assert.equal(kind, "ok", `${name}: ${JSON.stringify(outcome)} ${stderr}`);
    }
    const made = [...hint.matchAll(/snc\.vary\(trial\.run\((\d)\), "([a-z0-9-]+)"/g)];
    assert.ok(made.length > 0, "the hint makes a variation");
    const trained = await variationsTrained();
    for (const [, run, name] of made) assert.ok(trained.includes(`${name}, of Run ${run}`), `${name} in ${trained}`);
    for (const [, command] of hint.matchAll(/`snc (train [^`]+)`/g)) {
      const { code, stderr } = await snc(command.split(" "), { SNC_RESULTS: results });
      assert.deepEqual([code, /: unchanged, trained in /.test(stderr)], [0, true], `snc ${command}: ${stderr}`);
    }
  });
}
