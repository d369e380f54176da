import assert from "node:assert/strict";
import { test } from "node:test";
import { markOf, markStart } from "../../../src/notebook/kernel/pipes.js";
import { MarkedText } from "../../../src/notebook/tslab/descriptor-reader.js";

const start = markStart("12345678-1234-1234-1234-123456789abc");

test("text and marks are told apart in order, wherever the bytes were cut", () => {
  const bytes = Buffer.from(`a\0b${markOf(start, 1)}📈${markOf(start, 2)}${markOf(start, 30)}\0snc-end`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const told: (string | number)[] = [];
    const join = (text: string): void => {
      if (typeof told.at(-1) === "string") told.push(`${told.pop()}${text}`);
      else told.push(text);
    };
    const marked = new MarkedText(start, join, (count) => void told.push(count));
    marked.add(bytes.subarray(0, cut));
    marked.add(bytes.subarray(cut));
    assert.deepEqual(told, ["a\0b", 1, "📈", 2, 30, "\0snc-end"], `cut at ${cut}`);
  }
});
