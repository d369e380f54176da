import assert from "node:assert/strict";
import { test } from "node:test";
import type { CodeCell, Output } from "../../../src/notebook/run/document.js";
import { type Displays, OutputCollector } from "../../../src/notebook/run/outputs.js";
import { asTerminal } from "../../../src/notebook/run/terminal.js";

type Sent = [msgType: string, content: Record<string, unknown>];
const stdout = (text: string): Sent => ["stream", { name: "stdout", text }];
const stderr = (text: string): Sent => ["stream", { name: "stderr", text }];
const display = (text: string, id?: string): Sent => [
  "display_data",
  { data: { "text/plain": text }, metadata: {}, transient: id ? { display_id: id } : {} },
];
const shown = (text: string): Output => ({ output_type: "display_data", data: { "text/plain": text }, metadata: {} });
const streamed = (text: string, name = "stdout"): Output => ({ output_type: "stream", name, text });

function collect(
  messages: Sent[],
  limit = 1000,
  displays: Displays = new Map(),
): { outputs: Output[]; overflow: string; collector: OutputCollector } {
  const cell: CodeCell = { cell_type: "code", id: "a", metadata: {}, source: "", outputs: [], execution_count: 1 };
  let overflow = "";
  const collector = new OutputCollector(
    cell,
    displays,
    limit,
    (text) => {
      overflow += text;
    },
    "n.log",
  );
  for (const [type, content] of messages) collector.add(type, content);
  collector.finish();
  return { outputs: cell.outputs, overflow, collector };
}

test("neighbouring texts of one stream are one output; another output between them parts them", () => {
  assert.deepEqual(collect([stdout("a"), stdout("b\n"), stderr("e"), stdout("c"), display("d"), stdout("f")]).outputs, [
    streamed("ab\n"),
    streamed("e", "stderr"),
    streamed("c"),
    shown("d"),
    streamed("f"),
  ]);
});

test("a carriage return starts its line again, also when it comes in another message", () => {
  assert.equal(asTerminal("1 %\r2 %\r3 %\nnext\r"), "3 %\nnext\r");
  assert.equal(asTerminal("windows\r\nlines\r\n"), "windows\nlines\n");
  assert.equal(asTerminal("abc\b\bX"), "aX");
  assert.deepEqual(collect([stdout("kept\n1 %"), stdout("\r2 %\r"), stdout("3 %"), stdout("\ndone")]).outputs, [
    streamed("kept\n3 %\ndone"),
  ]);
});

test("the time it takes grows with the text, not with its square", () => {
  const startedAt = performance.now();
  assert.equal(asTerminal(`${"x".repeat(5e6)}\r${"y".repeat(5e6)}`), "y".repeat(5e6));
  collect(
    Array.from({ length: 20_000 }, () => stdout("x".repeat(100))),
    1e7,
  );
  assert.ok(performance.now() - startedAt < 2000);
});

test("clear_output clears at once, or with the next output", () => {
  assert.deepEqual(collect([stdout("a"), ["clear_output", {}]]).outputs, []);
  assert.deepEqual(collect([stdout("a"), ["clear_output", { wait: true }]]).outputs, [streamed("a")]);
  assert.deepEqual(collect([stdout("a"), ["clear_output", { wait: true }], stdout("b")]).outputs, [streamed("b")]);
});

test("an update replaces every display with its id, in earlier cells too, and makes none", () => {
  const displays: Displays = new Map();
  const first = collect([display("0 %", "p"), display("other")], 1000, displays);
  const update: Sent = [
    "update_display_data",
    { data: { "text/plain": "9 %" }, metadata: {}, transient: { display_id: "p" } },
  ];
  const second = collect([update], 1000, displays);
  assert.deepEqual([first.outputs, second.outputs], [[shown("9 %"), shown("other")], []]);
});

test("output beyond the limit is cut with a mark and goes to the log; errors are always kept", () => {
  const error: Sent = ["error", { ename: "E", evalue: "v", traceback: ["t"] }];
  const { outputs, overflow } = collect(
    [stdout("12345678"), stdout("90abc"), display("xyz"), stdout("more"), error],
    10,
  );
  assert.deepEqual(outputs, [
    streamed("1234567890"),
    streamed("[output cut here: more than 10 bytes; 10 bytes left out, streams in n.log]\n", "stderr"),
    { output_type: "error", ename: "E", evalue: "v", traceback: ["t"] },
  ]);
  assert.equal(overflow, "abc[display_data left out: text/plain, 3 bytes]\nmore");
});

test("text that was written over does not count against the limit", () => {
  const updates = Array.from({ length: 1000 }, (_, i) => stdout(`\r${i} %`));
  assert.deepEqual(collect(updates, 20).outputs, [streamed("999 %")]);
});

test("the last lines are kept for the message about a failure", () => {
  const { collector } = collect([stdout(Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join(""))], 10);
  assert.equal(collector.outputTail.split("\n").length, 20);
  assert.match(collector.outputTail, /line 49$/);
});

test("the limit cuts no character in two", () => {
  assert.equal((collect([stdout("a📈b")], 2).outputs[0] as { text: string }).text, "a");
  assert.equal((collect([stdout("a📈b")], 3).outputs[0] as { text: string }).text, "a📈");
  const { collector } = collect([stdout(`${"📈".repeat(2001)}b`)], 10_000);
  assert.doesNotMatch(collector.outputTail, /^[\udc00-\udfff]/);
});
