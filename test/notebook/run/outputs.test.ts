import assert from "node:assert/strict";
import { test } from "node:test";
import type { CodeCell, Output } from "../../../src/notebook/run/document.js";
import { type Displays, formatBytes, OutputCollector } from "../../../src/notebook/run/outputs.js";
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

test("the last 4000 characters are kept for the message about a failure", () => {
  const tailOf = (text: string): string => collect([stdout(text)]).collector.outputTail;
  assert.equal(tailOf(`a${"b".repeat(4000)}`), "b".repeat(4000));
  assert.equal(tailOf(`a${"b".repeat(3999)}`), `a${"b".repeat(3999)}`);
  assert.equal(tailOf("said \n\n"), "said");
  assert.equal(tailOf("1 %\r2 %"), "2 %");
});

test("of a long error the first 100 000 characters of each line and 1000 lines of its stack are kept", () => {
  const errorOf = (evalue: unknown, traceback: unknown) =>
    collect([["error", { ename: "E", evalue, traceback }]]).outputs[0] as { evalue: string; traceback: string[] };
  const long = "x".repeat(100_000);
  assert.equal(errorOf(`${long}y`, []).evalue, long);
  const { traceback } = errorOf(
    7,
    Array.from({ length: 1001 }, (_, at) => (at === 0 ? `${long}y` : at)),
  );
  assert.deepEqual([traceback.length, traceback[0], traceback[999]], [1000, long, "999"]);
  assert.deepEqual(errorOf(undefined, "none"), { output_type: "error", ename: "E", evalue: "", traceback: [] });
  const unnamed = collect([["error", {}]]).outputs[0];
  assert.deepEqual(unnamed, { output_type: "error", ename: "Error", evalue: "", traceback: [] });
});

test("messages that are no output change none; one that is has what it lacks by default", () => {
  const { outputs, collector } = collect([
    ["status", { execution_state: "busy" }],
    ["stream", {}],
    ["stream", { text: 7 }],
    ["display_data", {}],
    ["execute_input", { execution_count: 5 }],
    ["execute_input", { execution_count: "6" }],
    ["execute_result", { data: { "text/plain": "r" }, metadata: { a: 1 } }],
  ]);
  assert.deepEqual(outputs, [
    streamed("7"),
    { output_type: "display_data", data: {}, metadata: {} },
    { output_type: "execute_result", data: { "text/plain": "r" }, metadata: { a: 1 }, execution_count: 5 },
  ]);
  assert.equal(collector.hasError, false);
});

test("the runner's own end of a cell hides the kernel's error about it", () => {
  const { collector, outputs } = collect([]);
  collector.ignoreErrors = true;
  collector.add("error", { ename: "Interrupted" });
  assert.deepEqual([outputs, collector.hasError], [[], false]);
  collector.ignoreErrors = false;
  collector.addError({ ename: "Timeout" });
  assert.deepEqual([outputs.length, collector.hasError], [1, true]);
});

test("a stream goes on after a look at it, and anew after another output, an error or a clearing", () => {
  const { collector, outputs } = collect([stdout("a\nb")]);
  collector.add(...stdout("c"));
  collector.finish();
  assert.deepEqual(outputs, [streamed("a\nbc")]);
  collector.add(...stdout("\rd\n"));
  collector.finish();
  assert.deepEqual(outputs, [streamed("a\nd\n")]);
  collector.add("error", { ename: "E" });
  collector.add(...stdout("after"));
  collector.add("execute_result", { data: { "text/plain": "r" } });
  collector.add(...stdout("last"));
  collector.finish();
  assert.deepEqual(
    outputs.map((output) => (output.output_type === "stream" ? output.text : output.output_type)),
    ["a\nd\n", "error", "after", "execute_result", "last"],
  );
  collector.add("clear_output", {});
  collector.add(...stdout("new"));
  collector.finish();
  assert.deepEqual(outputs, [streamed("new")]);
});

test("clearing with the next output waits for any output: a stream, a display, an error, but no status", () => {
  const waiting: Sent[] = [stdout("a"), ["clear_output", { wait: true }], ["status", {}]];
  assert.deepEqual(collect([...waiting, display("d")]).outputs, [shown("d")]);
  assert.deepEqual(collect([...waiting, display("d"), display("e")]).outputs, [shown("d"), shown("e")], "once");
  assert.deepEqual(
    collect([...waiting, ["error", { ename: "E" }]]).outputs.map(({ output_type }) => output_type),
    ["error"],
  );
  assert.deepEqual(collect([...waiting, ["clear_output", {}], stdout("b"), stdout("c")]).outputs, [streamed("bc")]);
});

test("clearing gives back the room of what is cleared, and takes away the mark", () => {
  const { outputs, overflow } = collect([stdout("12345678901"), ["clear_output", {}], stdout("1234567890")], 10);
  assert.deepEqual(outputs, [streamed("1234567890")]);
  assert.equal(overflow, "1");
  const again = collect([stdout("12345678901"), ["clear_output", {}], stdout("123456789012")], 10);
  assert.match((again.outputs[1] as { text: string }).text, /; 2 bytes left out/);
});

test("the limit is of all outputs of the cell together, its last byte included", () => {
  assert.deepEqual(collect([stdout("12345"), display("67890")], 10).outputs, [streamed("12345"), shown("67890")]);
  const more = collect([stdout("12345"), display("678901"), display("x")], 10);
  assert.deepEqual(more.outputs.slice(0, 1), [streamed("12345")]);
  assert.match((more.outputs[1] as { text: string }).text, /more than 10 bytes; 7 bytes left out/);
  assert.equal(more.outputs.length, 2, "one mark");
  assert.equal(
    more.overflow,
    "[display_data left out: text/plain, 6 bytes]\n[display_data left out: text/plain, 1 bytes]\n",
  );
  const exact = collect([stdout("1234567890"), stdout("x")], 10);
  assert.deepEqual([exact.outputs.length, exact.overflow], [2, "x"]);
  const last = collect([stdout("123456789"), stdout("0"), stderr("")], 10);
  assert.deepEqual([last.outputs.slice(0, 1), last.overflow], [[streamed("1234567890")], ""]);
  const plot: Sent = ["display_data", { data: { "application/json": { a: [1] }, "text/plain": "p" }, metadata: {} }];
  assert.equal(collect([plot], 10).outputs.length, 1, "JSON counts as its text: 9 and 1");
  assert.match(collect([plot], 9).overflow, /^\[display_data left out: application\/json, text\/plain, 10 bytes\]\n$/);
});

test("an update counts by what it adds, and one too large leaves the display as it was", () => {
  const update = (text: string, id: string, metadata: object | undefined = {}): Sent => [
    "update_display_data",
    { data: { "text/plain": text }, metadata, transient: { display_id: id } },
  ];
  const grown = collect([display("123", "p"), update("12345678", "p"), stdout("90")], 10);
  assert.deepEqual(grown.outputs, [shown("12345678"), streamed("90")]);
  const shrunk = collect([display("12345678", "p"), update("1", "p"), stdout("234567890")], 10);
  assert.deepEqual(shrunk.outputs, [shown("1"), streamed("234567890")]);
  const exact = collect([display("123", "p"), update("1234567890", "p")], 10);
  assert.deepEqual(exact.outputs, [shown("1234567890")]);
  const large = collect([display("123", "p"), update("12345678901", "p"), update("12", "p"), update("x", "q")], 10);
  assert.deepEqual(large.outputs[0], shown("12"));
  assert.equal(large.overflow, "[display update left out: 11 bytes]\n");
  const twice = collect([display("1", "p"), display("2", "p"), display("3", "q"), update("9", "p", { a: 1 })]);
  const changed = { ...shown("9"), metadata: { a: 1 } };
  assert.deepEqual(twice.outputs, [changed, changed, shown("3")]);
  assert.deepEqual(collect([display("1", "p"), update("9", "p", undefined)]).outputs, [shown("9")]);
});

test("a size is told in bytes, kB or MB", () => {
  assert.deepEqual([0, 999, 1000, 1234, 999_900, 999_999, 1e6, 12_340_000].map(formatBytes), [
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "1.2 kB",
    "999.9 kB",
    "1000.0 kB",
    "1.0 MB",
    "12.3 MB",
  ]);
});

test("as a terminal shows it: backspaces stop at a line's start, and a return at its end waits for what overwrites it", () => {
  for (const [text, shownAs] of [
    ["", ""],
    ["plain\n", "plain\n"],
    ["a\b", ""],
    ["ab\r", "ab\r"],
    ["ab\r\r", "ab\r"],
    ["ab\r\n", "ab\n"],
    ["ab\rc\r\nd", "c\nd"],
    ["ab\rc\nd\re", "c\ne"],
    ["\r", "\r"],
    ["a\rb\bc", "c"],
  ])
    assert.equal(asTerminal(text), shownAs, JSON.stringify(text));
  assert.equal(asTerminal("a\n\bb").replace("\b", ""), "a\nb", "no line is taken back");
});
