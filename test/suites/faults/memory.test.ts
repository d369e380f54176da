/** A runner that executes a hundred notebooks holds as much after the last as after the first ones. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { executeNotebook } from "../../../src/notebook/run/execute.js";
import { assertNothingLeft, fixture, newFolder } from "../../helpers/runner.js";
import { tableRow } from "../../helpers/table-row.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

interface Held {
  rss: number;
  heap: number;
  files: number;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function held(): Held {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed, files: readdirSync("/proc/self/fd").length };
}

test("memory, heap and open files are flat over a hundred notebooks", { timeout: 600_000 }, async (t) => {
  const folder = newFolder();
  const execute = async (index: number): Promise<void> => {
    const { kind } = await executeNotebook(fixture("megabyte"), { output: path.join(folder, `${index}.ipynb`) });
    assert.equal(kind, "ok");
  };
  const after: Record<number, Held> = {};
  for (let done = 0; done < 100; ) {
    await Promise.all([execute(++done), execute(++done)]); // the machine's two cores
    if (done % 20 !== 0) continue;
    after[done] = held();
    const { rss, heap, files } = after[done];
    tableRow(t, {
      "notebooks run": done,
      "RSS in MB": megabytes(rss),
      "heap in MB": megabytes(heap),
      "open files": files,
    });
  }
  const [early, late] = [after[20], after[100]];
  // Each notebook puts out 1 MB: were one copy of it kept, 80 MB would come together over the 80 between.
  assert.ok(late.heap - early.heap < 8e6, `heap grew by ${megabytes(late.heap - early.heap)} MB`);
  // What the allocator keeps back of freed memory varies by tens of MB between runs.
  assert.ok(late.rss - early.rss < 40e6, `memory grew by ${megabytes(late.rss - early.rss)} MB`);
  // One left open per notebook would be 80; sockets that close in the background may be a few.
  assert.ok(late.files - early.files < 20, `${late.files - early.files} more files open`);
  await assertNothingLeft();
});
