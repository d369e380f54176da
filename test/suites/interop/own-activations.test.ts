/** Files of vectors as numpy, pyarrow, polars and safetensors write them: read to the last bit, or refused by name. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { runProgram } from "../../../src/base/command.js";
import { SncError } from "../../../src/base/errors.js";
import { openVectorFile } from "../../../src/data/activations/own/open.js";
import type { LabelColumn } from "../../../src/data/activations/own/vector-file.js";
import { describeOwnActivations, type OwnActivations } from "../../../src/data/activations/own.js";
import { rowsOf } from "../../helpers/own-files.js";
import { pythonOrReason } from "../../helpers/python-environment.js";

type Columns = Omit<OwnActivations, "files">;

interface Written {
  read: { file: string; vectors: number[][]; split?: string[]; documents?: string[]; options?: Columns }[];
  refused: { file: string; found: string; options: Columns }[];
}

/** A column's label in each row, as text. */
async function labelsOf(column: LabelColumn | undefined): Promise<string[] | undefined> {
  if (!column) return undefined;
  const { names, codes } = await column.read();
  return Array.from(codes, (code) => String(names[code]));
}

test("own activations: what numpy, pyarrow, polars and safetensors write", async (t) => {
  const { program, reason } = await pythonOrReason(path.join(__dirname, "own-activations-requirements.txt"));
  if (!program) return t.skip(reason);
  const folder = await mkdtemp(path.join(os.tmpdir(), "snc-own-"));
  t.after(() => rm(folder, { recursive: true }));
  const script = path.join(__dirname, "own_activations_write.py");
  const { read, refused } = JSON.parse(await runProgram(program, [script, folder])) as Written;
  assert.ok(read.length > 70 && refused.length > 25, `${read.length} to read, ${refused.length} to refuse`);

  for (const { file, vectors, split, documents, options = {} } of read)
    await t.test(`${file}: every number, and every row's part and document`, async () => {
      const of = await openVectorFile(path.join(folder, file), options);
      assert.deepEqual([of.rows, of.d_in], [vectors.length, vectors[0].length]);
      assert.deepEqual(await rowsOf(of), vectors);
      assert.deepEqual([await labelsOf(of.split), await labelsOf(of.document)], [split, documents]);
    });

  for (const { file, found, options } of refused)
    await t.test(`${file}: refused, ${found}`, async () => {
      const own = { ...options, files: [{ layer: 6, file: path.join(folder, file) }] };
      await assert.rejects(describeOwnActivations(own), (error) => {
        assert.ok(error instanceof SncError && error.exitCode === 5, String(error));
        assert.match(
          error.message,
          new RegExp(`${file}: expected .*${found}`.replace("expected .*expected", "expected")),
        );
        return true;
      });
    });
});
