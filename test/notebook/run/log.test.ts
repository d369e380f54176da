import assert from "node:assert/strict";
import { mkdirSync, readFileSync, WriteStream, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { NotebookLog } from "../../../src/notebook/run/log.js";
import { newFolder } from "../../helpers/runner.js";
import { fakeClock } from "../../helpers/stub-kernel.js";

/** What is written to a log by this. */
async function logged(write: (log: NotebookLog) => void): Promise<string> {
  const file = path.join(newFolder(), "logs", "n.log");
  const log = new NotebookLog(file);
  write(log);
  await log.close();
  return readFileSync(file, "utf8");
}

test("an event stands with its time; what the kernel's process says is marked line by line", async (t) => {
  fakeClock(t);
  const text = await logged((log) => {
    log.event("begins");
    log.kernelSays("one\n\ntwo\n");
  });
  assert.equal(text, "2026-01-01T00:00:00.000Z begins\nkernel| one\n\nkernel| two\n");
});

test("a display that changes is told every ten seconds, and its last state with the cell's end", async (t) => {
  const wait = fakeClock(t);
  const text = await logged((log) => {
    for (const [seconds, state] of [
      [0, "1 %"],
      [5, "2 %"],
      [4.999, "3 %"],
      [0.001, "4 %"],
      [9.999, "5 %"],
    ] as const) {
      wait(seconds);
      log.displayChanged("cell [1]", state);
    }
    log.cellEnd("cell [1]");
    wait(10);
    log.cellEnd("cell [2]");
  });
  const said = text.split("\n").map((line) => line.replace(/^\S+:(\d\d\.\d{3})Z/, "$1"));
  assert.deepEqual(said, [
    "00.000 cell [1]: 1 %",
    "10.000 cell [1]: 4 %",
    "19.999 cell [1]: 5 %",
    "19.999 cell [1]: end",
    "29.999 cell [2]: end",
    "",
  ]);
});

test("of a long state the first 300 characters are told", async () => {
  const text = await logged((log) => log.displayChanged("cell [1]", `${"x".repeat(300)}y`));
  assert.match(text, /^\S+ cell \[1\]: x{300}\n$/);
});

test("output beyond its limit is announced once", async () => {
  const text = await logged((log) => {
    for (const part of ["a\n", "b\n"]) log.overflow("cell [1]", part);
  });
  assert.match(text, /^\S+ cell \[1\]: output beyond its limit follows\na\nb\n$/);
});

test("200 MB of it are kept, then the log is cut with a mark", (t: TestContext) => {
  const written: string[] = [];
  t.mock.method(WriteStream.prototype, "write", (text: string) => {
    written.push(text.length > 1000 ? `${text.length} characters` : text.replace(/^\d{4}-\S+ /, ""));
    return true;
  });
  const folder = newFolder();
  const log = new NotebookLog(path.join(folder, "n.log"));
  for (const text of ["x".repeat(200_000_000), "a", "b"]) log.overflow("cell [1]", text);
  assert.deepEqual(written, [
    "cell [1]: output beyond its limit follows\n",
    "200000000 characters",
    "a",
    "log cut here: more than 200.0 MB of output\n",
  ]);
});

test("a log that cannot be written is a fault of the machine where its folder is, and else of no consequence", async () => {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "file"), "");
  assert.throws(() => new NotebookLog(path.join(folder, "file", "n.log")), {
    failure: "environment",
    message: /^\S*n\.log: the log cannot be written: /,
  });
  const log = new NotebookLog(folder); // no file can be opened there
  log.event("goes nowhere");
  await log.close();
  const none = new NotebookLog(null);
  none.event("goes nowhere");
  none.overflow("cell [1]", "text");
  await none.close();
  assert.equal(none.file, null);
});
