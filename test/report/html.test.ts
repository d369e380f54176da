import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { JSDOM } from "jsdom";
import { readRegistry } from "../../src/claims/list.js";
import { saveFigure } from "../../src/figures/save.js";
import { writeFrontier } from "../../src/frontier/document.js";
import { drawnFrontier } from "../../src/frontier/drawn.js";
import { gatherReport } from "../../src/report/content.js";
import { reportHtml, writeReport } from "../../src/report/html.js";
import { readableQuote } from "../../src/report/page/quote.js";
import { madeUpFrontier } from "../helpers/made-up-frontier.js";
import { hostile, writeMadeUpSet } from "../helpers/made-up-report.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-report-"));
after(() => rmSync(root, { recursive: true }));
const set = path.join(root, "set");
let html: string;
let document: Document;

before(async () => {
  await writeMadeUpSet({ folder: set });
  html = await readFile(await writeReport(set), "utf8");
  document = new JSDOM(html).window.document;
});

const textOf = (element: Element | null): string => element?.textContent?.replace(/\s+/g, " ").trim() ?? "";

test("every claim stands on the page once, with the paper's words, section, verdict and commands", async () => {
  const { claims } = await readRegistry();
  assert.deepEqual(
    [...document.querySelectorAll("table.claims [data-section]")].map(({ id }) => id).sort(),
    claims.map(({ id }) => `claim-${id}`).sort(),
  );
  const verdicts = JSON.parse(readFileSync(path.join(set, "claims.json"), "utf8")).claims;
  for (const [i, claim] of claims.entries()) {
    const row = document.getElementById(`claim-${claim.id}`)!;
    assert.equal(textOf(row.querySelector("q")), readableQuote(claim.quote).replace(/\s+/g, " "));
    assert.equal(textOf(row.closest("tbody")!.querySelector(".badge")), verdicts[i].verdict);
    assert.equal(row.getAttribute("data-section"), claim.section);
    assert.equal(textOf(row.nextElementSibling!.querySelector(`.where .${claim.weight}`)), claim.weight);
    assert.match(
      textOf(row.nextElementSibling!.querySelector("pre")),
      new RegExp(`npx snc claims ${claim.id} --profile default$`),
    );
  }
});

test("a measured claim shows mean ± sd, interval, seeds, chance, scope and how it was trained", () => {
  const row = document.querySelector("#claim-run-9-correlation")!;
  assert.deepEqual([...row.querySelectorAll("td[data-label] > span")].map(textOf), [
    "0.09, within 0.01",
    "0.111 ± 0.001",
    "0.1085 to 0.1135",
    "3",
    "0.06",
  ]);
  assert.match(
    textOf(row.nextElementSibling),
    /at the scale of SmolLM2-135M, 1000 steps: layer 14 \(for the paper's layer 12\), Run 9, 3 seeds; mean \|cos\|/,
  );
  assert.match(textOf(row.nextElementSibling), /42: 0\.11 · 43: 0\.111 · 44: 0\.112/);
  assert.match(
    textOf(row.nextElementSibling),
    /npx snc train --run 9 --layer 14 --seed 42,43,44 --force --profile default/,
  );
});

test("a claim links to the cell that names it, else to one that prints it, else to the one tagged for claims", () => {
  const link = (id: string) => document.querySelector(`#claim-${id} + .behind .where a[href*=ipynb]`)!;
  assert.equal(link("run-9-correlation").getAttribute("href"), "notebooks/run-9-reallocation.ipynb#cell-id=names");
  assert.equal(textOf(link("run-9-correlation")), "run-9-reallocation, cell [3]");
  assert.equal(
    link("introduction-reallocation").getAttribute("href"),
    "notebooks/run-9-reallocation.ipynb#cell-id=prints",
  );
  assert.equal(link("run-9-utilization").getAttribute("href"), "notebooks/run-9-reallocation.ipynb#cell-id=shows");
  assert.match(textOf(document.querySelector("#claim-run-0-correlation + .behind")), /run-0-baseline: not executed/);
});

test("the counts of verdicts are those of the table", () => {
  for (const button of document.querySelectorAll("button.count")) {
    const verdict = button.getAttribute("data-verdict");
    const rows = [...document.querySelectorAll(`tbody[data-verdict="${verdict}"] [data-section]`)];
    const central = rows.filter((row) => row.getAttribute("data-weight") === "central");
    assert.equal(textOf(button), `${rows.length}${verdict}${central.length} central`);
  }
});

test("a run that took the steps of the run before says so, beside its numbers too", () => {
  const note = textOf(document.querySelector(".nothing-changed"));
  assert.equal(
    note,
    "Run 9 took exactly the steps of Run 8: what it adds changed nothing here. layer 6: 3 of 6 trainings",
  );
  assert.deepEqual([...document.querySelectorAll(".same")].map(textOf), ["= Run 8"]);
});

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

test("the policy allows the page's own style and scripts by their hashes, and no request at all", () => {
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")!.getAttribute("content")!;
  const directives = new Map(policy.split("; ").map((line) => [line.split(" ")[0], line.split(" ").slice(1)]));
  const run = [...document.querySelectorAll("script:not([type])")].map((element) => hash(element.textContent!));
  assert.deepEqual(directives.get("script-src"), run);
  assert.deepEqual(directives.get("style-src-elem"), [hash(document.querySelector("style")!.textContent!), hash("")]);
  assert.deepEqual(directives.get("default-src"), ["'none'"]);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|https?:|\*/);
  assert.equal(document.querySelectorAll("[style], link, iframe, object, embed, base, form[action]").length, 0);
  for (const element of document.querySelectorAll("[src]"))
    assert.match(element.getAttribute("src")!, /^data:image\/svg\+xml,/);
  for (const element of document.querySelectorAll("[href]"))
    assert.doesNotMatch(element.getAttribute("href")!, /^\w+:|^\/\//);
});

test("texts from outside stay text, wherever they stand", async () => {
  const folder = await writeMadeUpSet({
    folder: path.join(root, "hostile"),
    note: hostile,
    change: (claim) => ({ ...claim, quote: claim.quote + hostile, unit: claim.unit + hostile, reading: hostile }),
  });
  const { document: attacked } = new JSDOM(await reportHtml(await gatherReport(folder))).window;
  const count = (selector: string, of = attacked): number => of.querySelectorAll(selector).length;
  for (const selector of ["script", "style", "img", "tbody", "figure", "li", "dd"])
    assert.equal(count(selector), count(selector, document), selector);
  for (const element of attacked.querySelectorAll("*"))
    for (const { name } of element.attributes) assert.doesNotMatch(name, /^on/i, element.outerHTML.slice(0, 200));
  assert.ok(attacked.querySelector("#claim-run-9-correlation q")!.textContent!.endsWith(hostile));
  assert.ok(attacked.querySelector("#notebooks a")!.textContent!.endsWith(hostile));
  assert.match(attacked.querySelector("figcaption p")!.textContent!, /<script>alert\(1\)<\/script>/);
  assert.ok(attacked.querySelector("#environment")!.textContent!.includes(`20${hostile}`));
});

test("the same result set gives the same bytes", async () => {
  assert.ok((await reportHtml(await gatherReport(set))) === html, "the page differs");
});

test("what is not as expected is listed, and what cannot be compared says why", async () => {
  const content = await gatherReport(set);
  assert.match(
    textOf(document.querySelector("#expectations")),
    /Not compared: the trainings are not exactly the profile's\./,
  );
  const expectation = {
    ...content.expectation,
    notCompared: "",
    differences: ["run-9-correlation: expected a, found b"],
  };
  const { document: other } = new JSDOM(await reportHtml({ ...content, expectation })).window;
  assert.match(
    textOf(other.querySelector("#expectations")),
    /1 thing is not as recorded in .*default\.json.* expected a, found b/,
  );
});

test("without verdicts the report is refused with the next command", async () => {
  rmSync(path.join(set, "claims.json"));
  await assert.rejects(gatherReport(set), /claims\.json: expected verdicts, found no such file\. Run: snc claims/);
});

test("the frontier has a chapter with its answer, figure and tables where it was computed, and no trace where not", async () => {
  assert.equal(document.querySelector("#frontier, nav a[href='#frontier']"), null);
  const folder = path.join(root, "with-frontier");
  await writeMadeUpSet({ folder });
  const frontier = madeUpFrontier();
  await writeFrontier(folder, frontier);
  const { id, figure } = drawnFrontier(frontier);
  await saveFigure(figure, path.join(folder, "figures"), id);
  const page = new JSDOM(await readFile(await writeReport(folder), "utf8")).window.document;
  assert.ok(page.querySelector("nav a[href='#frontier']"));
  const chapter = page.querySelector("#frontier")!;
  assert.match(
    textOf(chapter),
    /Variance explained at L0 = 58, by rank among 2: 1 ReLU and L1 0\.596\. The paper's runs: 2 Run 9 0\.396/,
  );
  assert.equal(page.querySelectorAll("#figure-frontier-layer-14").length, 1);
  assert.ok(chapter.querySelector("#figure-frontier-layer-14"), "in this chapter, and not among the other figures");
  const [equal, common] = [...chapter.querySelectorAll("table.metrics")];
  assert.match(textOf(equal), /Run 9–0\.3100 ± 0\.01 \(2\)/);
  assert.match(textOf(common), /Run 90\.3958 ± 0\.01 \(2\)−0\.2000/);
});
