import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "parse5";
import { showTable } from "../../src/notebook/show-table.js";

/** What is displayed of some rows. */
function shown(rows: string[][], title?: string): { html: string; text: string } {
  let data: Record<string, unknown> = {};
  const display = (of: Record<string, unknown>): void => {
    data = of;
  };
  showTable(rows, { title, display });
  return { html: String(data["text/html"]), text: String(data["text/plain"]) };
}

const rows = [
  ["run", "L0", "said"],
  ["0", "184.3 ± 0.5", "none"],
  ["9", "−3", "more"],
];

test("a table has its rows as HTML and as columns of text, below its title", () => {
  const { html, text } = shown(rows, "Two runs");
  assert.equal(text, "Two runs\n\nrun  L0           said\n0    184.3 ± 0.5  none\n9    −3           more");
  assert.match(html, /<caption[^>]*>Two runs<\/caption>/);
  assert.equal(html.match(/<tr>/g)?.length, 3);
  assert.equal(html.match(/<th /g)?.length, 3);
  assert.doesNotMatch(shown(rows).html, /caption/);
});

test("columns of numbers are aligned at the right, others at the left", () => {
  const { html } = shown(rows);
  const aligned = [...html.matchAll(/<td style="text-align: (\w+)/g)].map(([, side]) => side);
  assert.deepEqual(aligned, ["right", "right", "left", "right", "right", "left"]);
});

test("cells that say nothing do not decide how a column is aligned", () => {
  const { html } = shown([["a"], ["–"], [""], ["–"], ["0.5 ± 0.1"]]);
  assert.equal(html.match(/<td style="text-align: right/g)?.length, 4);
});

test("nothing in a cell or a title becomes markup", () => {
  const hostile = '<img src=x onerror="alert(1)"></td></table>&amp;';
  const { html, text } = shown([["a"], [hostile]], hostile);
  const names = JSON.stringify(parse(html), (key, value) => (key === "parentNode" ? undefined : value));
  assert.doesNotMatch(names, /"img"|"onerror","value"/);
  assert.ok(text.includes(hostile), "as text it is as it was");
});
