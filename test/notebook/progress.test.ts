import assert from "node:assert/strict";
import { test } from "node:test";
import { cellReporter } from "../../src/notebook/progress.js";

test("progress in a cell is one display that is replaced, from nothing to all, and says nothing else", () => {
  const shown: [text: unknown, id: string | undefined][] = [];
  const reporter = cellReporter((data, _metadata, id) => void shown.push([data["text/plain"], id]));
  reporter.line("unchanged");
  const bar = reporter.bar("Run 1", 48, "steps");
  for (let i = 0; i < 48; i++) bar.advance();
  bar.finish();
  assert.equal(shown[0][0], `Run 1 ${"░".repeat(24)} 0/48`);
  assert.equal(shown.at(-1)![0], `Run 1 ${"█".repeat(24)} 48/48`);
  assert.equal(new Set(shown.map(([, id]) => id)).size, 1);
  assert.ok(shown.length < 48, "not a message for every step");
});

test("progress that is stopped says where; two bars are two displays", () => {
  const shown: [text: unknown, id: string | undefined][] = [];
  const reporter = cellReporter((data, _metadata, id) => void shown.push([data["text/plain"], id]));
  const bar = reporter.bar("Run 1", 4);
  bar.advance(2);
  bar.finish();
  assert.equal(shown.at(-1)![0], `Run 1 ${"█".repeat(12)}${"░".repeat(12)} stopped at 2/4`);
  reporter.bar("Run 2", 4);
  assert.notEqual(shown.at(-1)![1], shown[0][1]);
});
