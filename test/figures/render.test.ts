import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { Resvg } from "@resvg/resvg-js";
import { JSDOM } from "jsdom";
import { packageFolder, sha256 } from "../../src/base/files.js";
import { readRegistry } from "../../src/claims/list.js";
import { assertDrawn } from "../../src/figures/drawn.js";
import type { Figure } from "../../src/figures/figure.js";
import { renderPng, renderSvg } from "../../src/figures/render.js";
import { selectionCosts } from "../../src/figures/selection-cost.js";
import { textBoxOnPage } from "../../src/figures/text-box.js";
import { palette } from "../../src/figures/theme.js";
import { trainingLoss } from "../../src/figures/training-loss.js";
import { figuresOf } from "../../src/report/figures.js";
import { lossTable } from "../helpers/loss-table.js";
import { everyTraining, measurementOn } from "../helpers/made-up-claims.js";

const parse = (svg: string): Document => new JSDOM(svg, { contentType: "image/svg+xml" }).window.document;
const textsOf = (svg: string): Element[] => [...parse(svg).querySelectorAll("text")];

/** The pixels of a PNG as "#rrggbb" with their counts. */
function colorsOf(png: Uint8Array, width: number, height: number): Map<string, number> {
  const href = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image width="${width}" height="${height}" href="${href}"/></svg>`;
  const { pixels } = new Resvg(svg).render();
  const counts = new Map<string, number>();
  for (let at = 0; at < pixels.length; at += 4) {
    const color = `#${pixels.subarray(at, at + 3).toString("hex")}`;
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  return counts;
}

test("equal figures give equal SVG and PNG bytes: twice in a process, at the same time, and in two other processes", async () => {
  const figure = trainingLoss(lossTable(2, 2, 30));
  const [first, ...others] = await Promise.all([renderSvg(figure), renderSvg(figure)]);
  others.push(await renderSvg(figure));
  for (const svg of others) assert.equal(sha256(svg), sha256(first));
  const here = `${sha256(first)} ${sha256(renderPng(first))}`;
  for (let i = 0; i < 2; i++) {
    const script = path.join(packageFolder, "test", "helpers", "print-hash.ts");
    // The time limit is the other half of the test: after its figure the process ends by itself.
    const there = execFileSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8", timeout: 60_000 });
    assert.equal(there, here);
  }
});

test("figures have ids of their own, so that several SVGs fit on one page", async () => {
  const ids = async (steps: number) =>
    [...parse(await renderSvg(trainingLoss(lossTable(1, 1, steps)))).querySelectorAll("[id]")].map((e) => e.id);
  const [a, b] = [await ids(20), await ids(21)];
  assert.ok(a.length > 0);
  assert.deepEqual(
    a.filter((id) => b.includes(id)),
    [],
  );
});

test("rendering leaves Node's globals and timers as they were, and the figure too", async () => {
  const figure = trainingLoss(lossTable(1, 2, 20));
  const copy = structuredClone(figure);
  const globals = Object.getOwnPropertyNames(globalThis);
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  await renderSvg(figure);
  assert.deepEqual(Object.getOwnPropertyNames(globalThis), globals);
  assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, timers);
  assert.deepEqual(figure, copy);
});

test("a PNG has the size asked for and shows the colours of its lines", async () => {
  const figure = trainingLoss(lossTable(3, 3, 90));
  const png = renderPng(await renderSvg(figure), { scale: 1.5 });
  const [width, height] = [figure.layout.width * 1.5, figure.layout.height * 1.5];
  const header = Buffer.from(png.buffer, png.byteOffset);
  assert.deepEqual([header.readUInt32BE(16), header.readUInt32BE(20)], [width, height]);
  const colors = colorsOf(png, width, height);
  assert.ok(colors.size > 100, `${colors.size} colours`);
  for (const color of [palette.black, palette.orange, palette.skyBlue])
    assert.ok((colors.get(color.toLowerCase()) ?? 0) > 100, color);
});

/** Throws where a text of the SVG overlaps another, or leaves the page. */
async function assertTextsApart({ data, layout }: Figure): Promise<void> {
  const boxes = textsOf(await renderSvg({ data, layout })).map((text) => ({
    text: text.textContent,
    ...textBoxOnPage(text)!,
  }));
  assert.ok(boxes.length > 8);
  for (const [i, a] of boxes.entries()) {
    assert.ok(a.left >= 0 && a.top >= 0 && a.right <= layout.width && a.bottom <= layout.height, `clipped: ${a.text}`);
    for (const b of boxes.slice(i + 1)) {
      const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      assert.ok(apart, `"${a.text}" overlaps "${b.text}"`);
    }
  }
}

for (const [what, rows, options] of [
  ["1 run of 3 seeds", lossTable(1, 3, 90), {}],
  ["10 runs of 3 seeds", lossTable(10, 3, 90), { scale: "SmolLM2-135M, layer 6, 3 seeds, 90 steps" }],
  ["10 runs on a log axis", lossTable(10, 1, 90), { yScale: "log" }],
  ["large losses", lossTable(2, 1, 30).map((row) => ({ ...row, loss: row.loss * 54_321 })), {}],
  [
    "long names",
    lossTable(2, 1, 30).map((row) => ({ ...row, runName: "w".repeat(99) })),
    { title: "title ".repeat(40) },
  ],
] as const)
  test(`no text overlaps another or leaves the page: ${what}`, () => assertTextsApart(trainingLoss(rows, options)));

/** One figure of each kind, of three seeds, as result sets have them; and the cost of selection, which a notebook draws. */
async function everyKind(): Promise<{ id: string; figure: Figure }[]> {
  const { claims } = await readRegistry();
  const sources = { ...measurementOn(everyTraining()), modelName: "SmolLM2-135M", claims };
  const ofSet = figuresOf(sources).filter(({ id }) => !/-layer-(6|22)$/.test(id));
  const costs = [256, 1024, 4096].map((d_sae) => ({ way: "one way", d_sae, milliseconds: d_sae ** 2 / 1e5 }));
  return [...ofSet, { id: "selection-cost", figure: selectionCosts(costs, { scale: "125 vectors" }) }];
}

test("of every kind of figure: equal bytes twice, and no text overlaps another", async () => {
  const kinds = await everyKind();
  assert.deepEqual(kinds.map(({ id }) => id.replace("-layer-14", "")).sort(), [
    "control-traces",
    "cross-layer",
    "feature-usage",
    "per-run",
    "selection-cost",
    "sparsity-over-training",
    "training-loss",
  ]);
  for (const { id, figure } of kinds) {
    const [first, second] = [await renderSvg(figure), await renderSvg(structuredClone(figure))];
    assert.equal(sha256(second), sha256(first), id);
    assert.equal(sha256(renderPng(second)), sha256(renderPng(first)), id);
    await assertTextsApart(figure).catch((error) => assert.fail(`${id}: ${error.message}`));
  }
});

test("log axes have plain numbers, 0.01 to 1000", async () => {
  for (const [low, high, labels] of [
    [0.01, 1000, ["0.01", "1", "100"]],
    [0.4, 6, ["0.5", "1", "2", "5"]],
    [30, 80, ["50"]],
  ] as const) {
    const rows = lossTable(1, 1, 30).map((row) => ({ ...row, loss: row.step === 1 ? low : high }));
    const svg = parse(await renderSvg(trainingLoss(rows, { yScale: "log" })));
    const found = [...svg.querySelectorAll(".ytick text")].map((text) => text.textContent);
    for (const label of found) assert.match(label ?? "", /^\d+(\.\d+)?$/);
    for (const label of labels) assert.ok(found.includes(label), `${label} in ${found.join(", ")}`);
  }
});

test("the legend lists the runs in order", async () => {
  const rows = lossTable(10, 2, 10);
  const svg = parse(await renderSvg(trainingLoss([...rows].reverse())));
  const names = [...svg.querySelectorAll(".legendtext")].map((text) => text.textContent);
  assert.deepEqual(names, [...new Set(rows.map((row) => `${row.run} ${row.runName}`))]);
});

test("hostile text in titles and names is shown as it stands and does nothing in the SVG", async () => {
  const hostile = `<script>alert("1")</script> & 'AT&T;' &lt;b> <a href="javascript:x">$x^2$</a> \u0000\ud800 $&`;
  const rows = lossTable(2, 1, 10).map((row) => ({ ...row, runName: hostile }));
  const svg = await renderSvg(trainingLoss(rows, { title: hostile, scale: hostile }));
  const seen = (selector: string) =>
    [...parse(svg).querySelectorAll(selector)].map((e) => e.textContent?.replace(/\s+/g, "")).join("");
  const expected = hostile.replace("\u0000", "").replace("\ud800", "").replace(/\s/g, "");
  assert.equal(seen(".gtitle"), expected + expected);
  assert.equal(seen(".legendtext"), `0${expected}1${expected}`);
  assert.equal(parse(svg).querySelectorAll("script, a, foreignObject").length, 0);
});

test("a figure that would come out blank, or that plotly does not understand, is refused", async () => {
  const figure = trainingLoss(lossTable(1, 2, 20));
  const change = (attributes: object): Figure => ({ ...figure, data: [{ ...figure.data[0], ...attributes }] });
  await assert.rejects(renderSvg({ ...figure, data: [] }), /no trace with data/);
  await assert.rejects(renderSvg(change({ x: [], y: [] })), /Trace 0 got defaulted to be not visible/);
  await assert.rejects(renderSvg(change({ y: figure.data[0].y?.map(() => Number.NaN) })), /expected 1 traces drawn/);
  await assert.rejects(renderSvg(change({ lines: { colour: "red" } })), /lines/);
  await assert.rejects(renderSvg(change({ type: "scatterr" })), /scatterr/);
  const away = { ...figure.layout, xaxis: { range: [500, 600] } };
  await assert.rejects(renderSvg({ ...figure, layout: away }), /expected 3 traces drawn, found 0/);
});

for (const type of ["bar", "histogram", "box"])
  test(`a ${type} trace is drawn, and without data refused`, async () => {
    const layout = { width: 300, height: 200 };
    const values = { x: [1, 1, 2, 3, 5], y: [2, 3, 5, 7, 11] };
    const trace = type === "bar" || type === "histogram" ? { type, ...values } : { type, y: values.y };
    await renderSvg({ data: [trace, trace], layout });
    await assert.rejects(renderSvg({ data: [trace, { type, x: [], y: [] }], layout }), /defaulted to be not visible/);
  });

test("assertDrawn sees a missing trace, a broken coordinate, a script, and text that is not XML", async () => {
  const figure = trainingLoss(lossTable(1, 2, 20));
  const svg = await renderSvg(figure);
  await assertDrawn(svg, figure);
  const rejects = (changed: string, message: RegExp) => {
    assert.notEqual(changed, svg);
    return assert.rejects(assertDrawn(changed, figure), message);
  };
  await rejects(svg.replace(/(class="js-line"[^>]*) d="[^"]*"/, '$1 d=""'), /expected 3 traces drawn, found 2/);
  await rejects(svg.replace(/ d="M0,/, ' d="MNaN,'), /NaN/);
  await rejects(svg.replace("</svg>", "<script/></svg>"), /<script> in the SVG/);
  await rejects(svg.replace("<rect ", '<rect onclick="x" '), /attribute onclick/);
  await rejects(svg.replace("</svg>", ""), /not well-formed XML/);
});
