import assert from "node:assert/strict";
import { test } from "node:test";
import { renderSvg } from "../../src/figures/render.js";
import { trainingLoss } from "../../src/figures/training-loss.js";
import { compactFigure, compactSvg } from "../../src/report/compact.js";
import { lossTable } from "../helpers/loss-table.js";

interface Compact {
  data: { name: string; x0?: number; dx?: number; x?: number[]; y: number[] | { dtype: string; bdata: string } }[];
  layout: Record<string, unknown>;
}

const figure = trainingLoss(lossTable(2, 2, 200), { scale: "made up", smoothing: 5, yScale: "log" });

test("a compact figure holds every number of the figure to float32, and the steps they stand at", () => {
  const { data, layout } = JSON.parse(JSON.stringify(compactFigure(figure))) as Compact;
  assert.equal(data.length, figure.data.length);
  assert.ok(!("title" in layout) && "xaxis" in layout);
  for (const [i, trace] of data.entries()) {
    const { x, y, name } = figure.data[i];
    assert.equal(trace.name, name);
    assert.deepEqual(
      x!.map((_, step) => trace.x0! + step * trace.dx!),
      x,
    );
    const bytes = Buffer.from((trace.y as { bdata: string }).bdata, "base64");
    const values = y!.map((_, at) => bytes.readFloatLE(4 * at));
    for (const [at, value] of values.entries()) assert.equal(value, Math.fround(y![at]!));
  }
});

test("short lists, gaps and uneven steps stay as they are", () => {
  const trace = { type: "scatter", x: [1, 2, 4], y: [1, null, 3] };
  const { data } = compactFigure({ data: [trace], layout: { width: 1, height: 1 } }) as Compact;
  assert.deepEqual(data, [trace]);
  const long = { type: "scatter", x: [...Array(60).keys()], y: [...Array(59).fill(1), null] };
  const packed = compactFigure({ data: [long], layout: { width: 1, height: 1 } }) as Compact;
  assert.deepEqual(packed.data, [{ type: "scatter", y: long.y, x0: 0, dx: 1 }]);
});

/** Every point of a path in absolute coordinates: what the grammar of SVG paths says of M, m, l and L. */
function pointsOf(path: string): number[][] {
  const points: number[][] = [];
  let [x, y] = [0, 0];
  for (const [, letter, numbers] of path.matchAll(/([MmLl])([^MmLl]*)/g)) {
    const values = [...numbers.matchAll(/-?(?:\d+\.?\d*|\.\d+)/g)].map(Number);
    for (let i = 0; i < values.length; i += 2) {
      const isAbsolute = letter === "M" || letter === "L";
      [x, y] = isAbsolute ? [values[i], values[i + 1]] : [x + values[i], y + values[i + 1]];
      points.push([x, y]);
    }
  }
  return points;
}

test("a compact SVG has every point of every line, none more than a twentieth of a pixel away, in 60 % of the bytes", async () => {
  const svg = await renderSvg(figure);
  const compact = compactSvg(svg);
  const paths = (text: string): string[] =>
    [...text.matchAll(/class="js-line"[^>]* d="([^"]*)"/g)].map(([, d]) => d).filter((d) => !d.includes("h")); // the legend's
  const [before, after] = [paths(svg), paths(compact)];
  assert.equal(before.length, figure.data.length);
  for (const [i, path] of before.entries()) {
    const [points, short] = [pointsOf(path), pointsOf(after[i])];
    assert.equal(short.length, points.length);
    for (const [at, [x, y]] of points.entries()) {
      assert.ok(Math.abs(short[at][0] - x) <= 0.0501, `x of point ${at}: ${short[at][0]}, ${x}`);
      assert.ok(Math.abs(short[at][1] - y) <= 0.0501, `y of point ${at}: ${short[at][1]}, ${y}`);
    }
  }
  assert.ok(after.join("").length < 0.6 * before.join("").length);
  assert.equal(compact.replace(/ d="[^"]*"/g, ""), svg.replace(/ d="[^"]*"/g, ""), "all else is as it was");
});

const line = (d: string): string => `<path class="js-line" style="x" d="${d}"/>`;
const compacted = (d: string): string => /d="([^"]*)"/.exec(compactSvg(line(d)))![1];

test("a line: a letter where the command changes, differences after the first point, tenths without a zero before", () => {
  assert.equal(compacted("M0.39,34.44L0.78,32.07"), "M.4 34.4l.4-2.3");
  assert.equal(compacted("M10,20L11,21L12.5,20.5L12.5,20.5"), "M10 20l1 1 1.5-.5 0 0");
  assert.equal(compacted("M1,2L2,3M5,5L6,6"), "M1 2l1 1m3 2l1 1");
  assert.equal(compacted("M-1.5,2L-1.4,2.1"), "M-1.5 2l.1.1");
  assert.equal(compacted("M3.5,0.5L3.6,0.9"), "M3.5.5l.1.4", "a second point separates by itself");
  assert.equal(compacted("M3,0.5L4,0.9"), "M3 .5l1 .4", "but not after a whole number");
});

test("a line: rounding does not add up over many points", () => {
  const points = Array.from({ length: 40 }, (_, i) => `${(i * 0.04).toFixed(2)},${(i * 0.06).toFixed(2)}`);
  const found = pointsOf(compacted(`M${points.join("L")}`));
  assert.ok(Math.abs(found[39][0] - 1.56) <= 0.0501 && Math.abs(found[39][1] - 2.34) <= 0.0501, String(found[39]));
});

test("lists of fifty numbers are packed, of forty-nine not; steps only if all are evenly apart", () => {
  const packedOf = (count: number, x = (i: number) => 3 + 2 * i) => {
    const trace = { type: "scatter", x: Array.from({ length: count }, (_, i) => x(i)), y: Array(count).fill(1.5) };
    return (compactFigure({ data: [trace], layout: { width: 1, height: 1 } }) as Compact).data[0];
  };
  const [long, short, uneven] = [packedOf(50), packedOf(49), packedOf(50, (i) => i ** 2)];
  assert.deepEqual([long.x0, long.dx, long.x], [3, 2, undefined]);
  assert.equal((long.y as { dtype: string }).dtype, "f4");
  assert.equal(Buffer.from((long.y as { bdata: string }).bdata, "base64").length, 200);
  assert.deepEqual([short.x?.length, (short.y as number[]).length, short.x0], [49, 49, undefined]);
  assert.equal(uneven.x0, undefined);
  const bytes = Buffer.from((uneven.x as unknown as { bdata: string }).bdata, "base64");
  assert.deepEqual([bytes.readFloatLE(0), bytes.readFloatLE(4 * 49)], [0, 49 ** 2]);
});

test("a trace without steps or values has none", () => {
  const { data } = compactFigure({ data: [{ type: "box", name: "a" }], layout: { width: 1, height: 1 } }) as Compact;
  assert.deepEqual(data, [{ type: "box", name: "a" }]);
});
