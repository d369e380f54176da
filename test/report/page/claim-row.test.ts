import assert from "node:assert/strict";
import { test } from "node:test";
import { Verdicts } from "../../../src/report/page/verdicts.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";
import { reportedClaims } from "../../helpers/reported-claims.js";

type Name = keyof typeof reportedClaims;
/** The row of a claim, within a table. */
const rowOf = (name: Name): Element =>
  rendered(Verdicts, { claims: [reportedClaims[name]] }).querySelector("tbody[data-verdict]")!;

/** Of each cell of numbers: what it is, shows, is sorted by, and whether it is empty. */
const cells = (name: Name): string[] =>
  [...rowOf(name).querySelectorAll("td[data-label]")].map((cell) =>
    [
      cell.getAttribute("data-label"),
      textOf(cell.querySelector("span")).replaceAll("\u00a0", " "),
      cell.getAttribute("data-value"),
      cell.className,
    ].join(" | "),
  );

test("every number of a claim stands under its own label and is sorted by its own value", () => {
  assert.deepEqual(cells("close"), [
    "Paper states | 0.4, within 0.1 | 0.4 | number",
    "Measured | 0.6 ± 0.043 | 0.6 | number",
    "95 % interval | 0.35 to 0.85 | 0.35 | number",
    "Seeds | 3 | 3 | number",
    "By chance | 0 | 0 | number",
  ]);
  assert.deepEqual(cells("below"), [
    "Paper states | largest ≤ 0.75 | 0.75 | number",
    "Measured | 0.875 ± 0.011 | 0.875 | number",
    "95 % interval | 0.8125 to 0.9375 | 0.8125 | number",
    "Seeds | 3 | 3 | number",
    "By chance | 0.5 | 0.5 | number",
  ]);
  assert.deepEqual(cells("above"), [
    "Paper states | > -0.25 | -0.25 | number",
    "Measured | −0.5 | -0.5 | number",
    "95 % interval | – |  | number none",
    "Seeds | 1 | 1 | number",
    "By chance | – |  | number none",
  ]);
});

test("of an order claim: the mean of each group, and every increase that has an interval", () => {
  assert.deepEqual(cells("order"), [
    "Paper states | Runs 0 < 1–3 |  | number",
    "Measured | 0.1, 0.5, 0.2 | 0.3 | number",
    "95 % interval | increase 0.37 to 0.43, −0.35 to −0.25 | 0.2875 | number",
    "Seeds | 3 | 3 | number",
    "By chance | 0.15 | 0.15 | number",
  ]);
  const { order } = reportedClaims;
  const [, without] = order.measured!.increases!;
  const few = { ...order, measured: { ...order.measured!, increases: [without] } };
  const [interval] = rendered(Verdicts, { claims: [few] }).querySelectorAll("td[data-label^='95']");
  assert.equal(textOf(interval), "–");
});

test("what is not measured, or not stated, is a dash", () => {
  const none = ["Measured", "95 % interval", "Seeds", "By chance"].map((label) => `${label} | – |  | number none`);
  assert.deepEqual(cells("exact"), ["Paper states | = 2304 | 2304 | number", ...none]);
  assert.deepEqual(cells("statement"), ["Paper states | 9 | 9 | number", ...none]);
});

test("an operator stays with its number: a space that does not break after it, and before it where something stands there", () => {
  const stated = (name: Name) => rowOf(name).querySelector("td[data-label='Paper states'] span")!.textContent;
  assert.deepEqual((["close", "below", "above", "order", "exact"] as const).map(stated), [
    "0.4, within 0.1",
    "largest\u00a0≤\u00a00.75",
    ">\u00a0-0.25",
    "Runs 0\u00a0<\u00a01–3",
    "=\u00a02304",
  ]);
});

test("a row is found by what it says, and sorted by its place and its verdict's", () => {
  const sentence = (name: Name): Element => rowOf(name).querySelector("[data-section]")!;
  const row = sentence("close");
  assert.equal(row.id, "claim-close-one");
  assert.equal(row.getAttribute("data-text"), "close-one from τ we get 0.4. share utilization detail run 0");
  assert.deepEqual([row.getAttribute("data-weight"), row.getAttribute("data-section")], ["detail", "6.1"]);
  assert.equal(rowOf("close").getAttribute("data-verdict"), "holds");
  assert.match(sentence("order").getAttribute("data-text")!, / run 0 run 1 run 2 run 3$/);
  const places = (["close", "below", "above", "order", "exact"] as const).map((name) =>
    rowOf(name).querySelector("td.verdict")!.getAttribute("data-value"),
  );
  assert.deepEqual(places, ["0", "1", "2", "3", "5"]);
  const all = rendered(Verdicts, { claims: Object.values(reportedClaims) });
  const ranks = [...all.querySelectorAll("tbody th[scope=row]")].map((cell) => cell.getAttribute("data-value"));
  assert.deepEqual(ranks, ["0", "1", "2", "3", "4", "5"]);
  assert.deepEqual(textsOf(all, "tbody q").slice(0, 2), ["From τ we get 0.4.", "Below."]);
});

test("sentences of one test stand together, the numbers once; of the same test with another verdict they do not", () => {
  const { close, below } = reportedClaims;
  const again = { ...close, claim: { ...close.claim, id: "close-again", section: "Abstract", quote: "Again." } };
  const other = { ...again, claim: { ...again.claim, id: "close-other" }, verdict: "differs" as const };
  const page = rendered(Verdicts, { claims: [close, below, again, other] });
  const tests = [...page.querySelectorAll("tbody")].map((test) =>
    [...test.querySelectorAll("[data-section]")].map(({ id }) => id),
  );
  assert.deepEqual(tests, [["claim-close-one", "claim-close-again"], ["claim-below-one"], ["claim-close-other"]]);
  const [first] = page.querySelectorAll("tbody");
  assert.equal(first.querySelectorAll("td[data-label=Measured]").length, 1);
  assert.deepEqual(textsOf(first, ".alike"), ["The same test: Again."]);
  assert.equal(first.querySelectorAll(".behind details").length, 2);
  assert.equal(textOf(page.querySelector("[role=status]")), "4 of 4 claims, in 3 tests");
});

test("what lies behind a verdict spans the whole table", () => {
  const all = rendered(Verdicts, { claims: [reportedClaims.close] });
  assert.equal(
    all.querySelector("tr.behind td")!.getAttribute("colspan"),
    String(all.querySelectorAll("thead th").length),
  );
});
