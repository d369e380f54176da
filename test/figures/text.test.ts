import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeXml, plainText, readableText } from "../../src/figures/figure.js";
import { textWidth, wrapText } from "../../src/figures/font.js";
import { summarize } from "../../src/figures/summary.js";
import { trainingLoss } from "../../src/figures/training-loss.js";
import { lossTable } from "../helpers/loss-table.js";

test("advance widths are those of Arial: a digit 1139/2048 em, a space 569/2048 em, bold wider, AV closer than A and V", () => {
  const width = (text: string, weight?: "bold") => Math.round(textWidth(text, 2048, weight));
  assert.equal(width("0"), 1139);
  assert.equal(width("00"), 2278);
  assert.equal(width(" "), 569);
  assert.equal(width(""), 0);
  assert.ok(width("loss", "bold") > width("loss"));
  assert.ok(width("AV") < width("A") + width("V"));
  for (const symbol of "λ₁τγαβ²³⁻×−‖ĥ∑≤±µ–…") assert.ok(width(symbol) > 200, symbol);
});

test("lines break between words, inside a word only where it alone is too wide, and lose nothing", () => {
  const em = textWidth("m", 10);
  assert.deepEqual(wrapText("mm mm mm", 5.5 * em, 10), ["mm mm", "mm"]);
  assert.deepEqual(wrapText("m mmmmm m", 2.5 * em, 10), ["m", "mm", "mm", "m m"]);
  assert.deepEqual(wrapText("", 10, 10), []);
  for (const line of wrapText("selective neural competition", 60, 12)) assert.ok(textWidth(line, 12) <= 60, line);
});

test("plain text keeps no markup, and reads back as it was", () => {
  const text = `<b>&amp; "a" 'b' $x$ & &lt;`;
  assert.doesNotMatch(plainText(text), /[<>$]/);
  assert.equal(readableText(plainText(text)), text);
  assert.equal(readableText("<b>one</b><br>two"), "one two");
  assert.equal(plainText("a\u0000b\ud800c\u{1F600}"), "a b c\u{1F600}");
  assert.equal(escapeXml(`<&>"'`), "&lt;&amp;&gt;&quot;&#39;");
});

test("the summary is one line: title, traces, ranges", () => {
  const rows = lossTable(1, 2, 3).map((row) => ({ ...row, loss: row.step / 3 }));
  assert.equal(
    summarize(trainingLoss(rows, { title: "A & B" })),
    "[A & B: 3 traces; Training step 1 to 3; Loss (Eq. 7, mean per activation vector) 0.3333 to 1]",
  );
});
