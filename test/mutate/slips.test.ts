import assert from "node:assert/strict";
import { test } from "node:test";
import { slipsIn } from "./slips.js";

const of = (text: string): string[] => slipsIn("made-up.ts", text).map(({ before, after }) => `${before} → ${after}`);

test("slips: comparisons, logic, signs and names of siblings are taken for each other", () => {
  assert.deepEqual(of("a.low < c && !d;"), ["&& → ||", "< → <=", "< → >=", "a → b", "low → high", "!d → d"]);
});

test("slips: a number is one beside itself, a decimal in its last digit, a bound of a slice one further", () => {
  assert.deepEqual(of("f(3, 0.05, 0, 1_000);"), [
    "3 → 4",
    "3 → 2",
    "0.05 → 0.06",
    "0 → 1",
    "1_000 → 1001",
    "1_000 → 999",
  ]);
  assert.deepEqual(of("list.slice(n);"), ["list.slice(n) → list", "n → n + 1"]);
});

test("slips: a guard, a default and a filter are forgotten, branches are swapped", () => {
  assert.deepEqual(of("if (c) return;"), ["if (c) return; → ;"]);
  assert.deepEqual(of("if (c) { throw d; }"), ["if (c) { throw d; } → ;"]);
  assert.deepEqual(of("if (c) d();"), []);
  assert.deepEqual(of("c ?? d;"), ["c ?? d → c"]);
  assert.deepEqual(of("c.filter(d);"), ["c.filter(d) → c"]);
  assert.deepEqual(of("c ? d : e;"), ["c ? d : e → c ? e : d"]);
});

test("slips: imports, types, what is declared and the text of an error stay as they are", () => {
  assert.deepEqual(of('import { low } from "./train.js"; type Two = 2; const high: 3 | "max" = d;'), []);
  assert.deepEqual(of('throw new SncError("input", "n < " + String(low + 1));'), []);
  assert.deepEqual(of("const { min } = { max: c };"), []);
});

test("slips: each tells its line, and where its text stands", () => {
  const text = "const c =\n  d === e;";
  const [slip] = slipsIn("made-up.ts", text);
  assert.deepEqual(slip, { file: "made-up.ts", line: 2, start: text.indexOf("==="), before: "===", after: "!==" });
});
