import assert from "node:assert/strict";
import { test } from "node:test";
import { verdictMeanings } from "../../../src/report/page/badge.js";
import { Contradictions } from "../../../src/report/page/contradictions.js";
import { Counts, Verdicts } from "../../../src/report/page/verdicts.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";
import { reportedClaims } from "../../helpers/reported-claims.js";

const claims = Object.values(reportedClaims);
const published = "contradicted by a published fact";
const verdicts = ["holds", "differs", "inconclusive", "self-contradictory", published, "not measurable here"];

test("the bar: each verdict as wide as it has claims, one after the other, and a button with its count", () => {
  const counts = rendered(Counts, { claims });
  assert.equal(counts.querySelector("svg")!.getAttribute("viewBox"), "0 0 6 1");
  const bars = [...counts.querySelectorAll("rect")].map((rect) =>
    ["class", "x", "width", "height"].map((name) => rect.getAttribute(name)),
  );
  assert.deepEqual(bars, [
    ["holds", "0", "2", "1"],
    ["differs", "2", "1", "1"],
    ["inconclusive", "3", "1", "1"],
    ["self-contradictory", "4", "1", "1"],
    ["contradicted-by-a-published-fact", "5", "0", "1"],
    ["not-measurable-here", "5", "1", "1"],
  ]);
  const buttons = [...counts.querySelectorAll("button")];
  assert.deepEqual(
    buttons.map((button) => [textOf(button.querySelector("strong")), button.getAttribute("data-verdict")]),
    verdicts.map((verdict) => [verdict === "holds" ? "2" : verdict === published ? "0" : "1", verdict]),
  );
  for (const button of buttons) assert.ok(button.hasAttribute("disabled"), "until the script enables it");
  assert.deepEqual(
    buttons.map((button) => button.getAttribute("aria-pressed")),
    Array(6).fill("false"),
  );
});

test("the filters offer every section once and every verdict, and say how many claims there are", () => {
  const page = rendered(Verdicts, { claims });
  assert.deepEqual(textsOf(page, "select[name=section] option"), ["all sections", "§6.1", "Abstract"]);
  assert.deepEqual(textsOf(page, "select[name=verdict] option"), ["all verdicts", ...verdicts]);
  assert.equal(textOf(page.querySelector("[role=status]")), "6 of 6 claims, in 6 tests");
  for (const hidden of ["form.filters", "p.nothing"])
    assert.ok(page.querySelector(hidden)!.hasAttribute("hidden"), hidden);
});

test("the legend says what each verdict means, with a sign of its own", () => {
  const page = rendered(Verdicts, { claims });
  assert.deepEqual(textsOf(page, ".legend dt"), verdicts);
  assert.deepEqual(
    textsOf(page, ".legend dd"),
    verdicts.map((verdict) => verdictMeanings[verdict as keyof typeof verdictMeanings]),
  );
  const signs = [...page.querySelectorAll(".legend .sign path")].map((sign) => sign.getAttribute("d"));
  assert.equal(new Set(signs).size, 6);
});

test("contradictions: each calculation once, with all the sentences it decides, and none of other claims", () => {
  const { order, close, below } = reportedClaims;
  const alike = { ...below, verdict: "self-contradictory" as const, because: order.because };
  const other = { ...order, because: "Because of §7.", claim: { ...order.claim, id: "third", quote: "Third." } };
  const page = rendered(Contradictions, { claims: [order, close, other, alike] });
  assert.deepEqual(textsOf(page, "article .calculation"), ["Because of §6.", "Because of §7."]);
  const articles = [...page.querySelectorAll("article")].map((article) => textsOf(article, "li"));
  assert.deepEqual(articles, [["§6.1: Order. order-one", "Abstract: Below. below-one"], ["§6.1: Third. third"]]);
  assert.deepEqual(
    [...page.querySelectorAll("article a")].map((a) => a.getAttribute("href")),
    ["#claim-order-one", "#claim-below-one", "#claim-third"],
  );
  assert.deepEqual(textsOf(page, "#source + ul li"), ["Evidence three.", "Evidence one.", "Evidence two."]);
  assert.ok(!textOf(page).includes("None of these claims"));
  const none = rendered(Contradictions, { claims: [close] });
  assert.match(textOf(none), /None of these claims\./);
  assert.equal(none.querySelector("article"), null);
});

test("what a published fact contradicts stands among the contradictions, with its calculation", () => {
  const fact = {
    ...reportedClaims.below,
    verdict: published as "contradicted by a published fact",
    because: "A width.",
  };
  const page = rendered(Contradictions, { claims: [reportedClaims.close, fact] });
  assert.deepEqual(textsOf(page, "article .calculation"), ["A width."]);
  assert.deepEqual(textsOf(page, "article a.where"), ["below-one"]);
});
