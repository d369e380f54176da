import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { type DOMWindow, JSDOM, VirtualConsole } from "jsdom";
import type { Figure } from "../../src/figures/figure.js";
import { figureHtml } from "../../src/figures/html.js";
import { saveFigure, saveFigures } from "../../src/figures/save.js";
import { trainingLoss } from "../../src/figures/training-loss.js";
import { lossTable } from "../helpers/loss-table.js";

async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "figures-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Opens a page with its scripts running and nothing fetched; `alert` must never be called. */
function open(html: string): { window: DOMWindow; problems: string[] } {
  const problems: string[] = [];
  const virtualConsole = new VirtualConsole();
  virtualConsole.on("jsdomError", (error) => problems.push(error.message));
  const box = () => ({ x: 0, y: 0, width: 10, height: 10, left: 0, right: 10, top: 0, bottom: 10 });
  const { window } = new JSDOM(html, {
    runScripts: "dangerously",
    virtualConsole,
    beforeParse(page) {
      page.alert = () => problems.push("alert called");
      Object.assign(page.SVGElement.prototype, { getBBox: box, getBoundingClientRect: box });
    },
  });
  return { window, problems };
}

test("a saved figure is four files, the specification, SVG, PNG of 300 dpi and a page, and their sha256", () =>
  inTemporaryFolder(async (folder) => {
    const figure = trainingLoss(lossTable(1, 2, 20));
    const files = await saveFigure(figure, path.join(folder, "figures"), "figure-1-training-loss");
    assert.deepEqual((await readdir(path.join(folder, "figures"))).sort(), [
      "SHA256SUMS",
      "figure-1-training-loss.html",
      "figure-1-training-loss.plotly.json",
      "figure-1-training-loss.png",
      "figure-1-training-loss.svg",
    ]);
    assert.deepEqual(JSON.parse(await readFile(files.json, "utf8")), JSON.parse(JSON.stringify(figure)));
    assert.equal((await readFile(files.png)).readUInt32BE(16), 2100);
    assert.match(await readFile(files.svg, "utf8"), /^<svg /);
  }));

test("a figure that cannot be drawn, or an id that is a path, writes nothing", () =>
  inTemporaryFolder(async (folder) => {
    const figure = trainingLoss(lossTable(1, 1, 20));
    await assert.rejects(saveFigure({ ...figure, data: [] }, folder, "blank"), /no trace with data/);
    await assert.rejects(saveFigure(figure, folder, "../escape"), /found "..\/escape"/);
    assert.deepEqual(await readdir(folder), []);
  }));

test("a folder of figures changes whole or not at all, and an error names its figure", () =>
  inTemporaryFolder(async (parent) => {
    const folder = path.join(parent, "figures");
    const figure = trainingLoss(lossTable(1, 1, 20));
    await saveFigures([{ id: "old", figure }], folder);
    const before = await readdir(folder);
    const broken = { id: "broken", figure: { ...figure, data: [] } };
    await assert.rejects(
      saveFigures([{ id: "new", figure }, broken], folder),
      /^SncError: broken: .*no trace with data/,
    );
    assert.deepEqual(await readdir(folder), before);
    const [{ svg }] = await saveFigures([{ id: "new", figure }], folder);
    assert.equal(svg, path.join(folder, "new.svg"));
    assert.ok(
      (await readdir(folder)).every((file) => /^(new\..*|SHA256SUMS)$/.test(file)),
      "what lay there is gone",
    );
    assert.deepEqual(await readdir(parent), ["figures"], "nothing is left beside it");
  }));

test("the page draws its figure by itself: no request, all scripts inside", async () => {
  const html = await figureHtml(trainingLoss(lossTable(2, 1, 20)), "<svg></svg>");
  assert.doesNotMatch(html.replace(/<script>.*?<\/script>/gs, ""), /\b(src|href)=/);
  const { window, problems } = open(html);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(problems, []);
  assert.equal(window.document.querySelectorAll("#figure .scatterlayer > .trace").length, 2);
  const buttons = [...window.document.querySelectorAll(".modebar-btn")].map((b) => b.getAttribute("data-title"));
  assert.ok(
    buttons.includes("Download plot") && !buttons.some((title) => /share|cloud/i.test(title ?? "")),
    `${buttons}`,
  );
  window.close();
});

test("hostile text is inert in the page, also where a figure was not made by this package", async () => {
  const hostile = `</script><script>alert(1)</script><!--<script> & "quotes" 'single' \u2028`;
  const raw: Figure = {
    data: [{ type: "scatter", name: hostile, x: [1, 2], y: [1, 2] }],
    layout: { width: 300, height: 200, title: { text: hostile } },
  };
  for (const figure of [raw, trainingLoss(lossTable(2, 1, 9), { title: hostile })]) {
    const { window, problems } = open(await figureHtml(figure, "<svg></svg>"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(problems, []);
    assert.equal(window.document.querySelectorAll("script").length, 2);
    assert.ok(window.document.querySelector("#figure .trace"));
    window.close();
  }
});
