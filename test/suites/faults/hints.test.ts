/** The code of every notebook's closing hint runs as it is written: in a fresh kernel, and after the notebook's other cells. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../../src/base/files.js";
import { newFolder, runCli, workFolder } from "../../helpers/runner.js";

const folder = path.join(packageFolder, "notebooks");
const results = path.join(workFolder, "hint-results"); // one: what a hint trains, the next finds
const fence = /```typescript\n([\s\S]*?)\n```/g;

interface Notebook {
  cells: { cell_type: string; id: string; source: string[]; [key: string]: unknown }[];
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
  });
}
