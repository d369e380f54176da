import assert from "node:assert/strict";
import { test } from "node:test";
import { Strip } from "../../../src/report/page/strip.js";
import { rendered, textsOf } from "../../helpers/rendered.js";
import { reportedClaims } from "../../helpers/reported-claims.js";

type Drawn = Parameters<typeof Strip>[0];
const drawn = (row: object): Element => rendered(Strip, row as Drawn);
const attributes = (of: Element, selector: string, ...names: string[]): (string | null)[][] =>
  [...of.querySelectorAll(selector)].map((element) => names.map((name) => element.getAttribute(name)));

// The drawing is 176 wide; values stand from 8 to 168, so that of 0 … 1 each tenth is 16 apart.

test("close: the band is stated ± tolerance, with every seed, the interval, the mean, and chance as a triangle", () => {
  const strip = drawn(reportedClaims.close);
  assert.deepEqual(attributes(strip, "svg", "viewBox", "width", "height"), [["0 0 176 30", "176", "30"]]);
  assert.deepEqual(attributes(strip, ".axis", "d"), [["M0 19H176"]]);
  // 0.3 at 56, 0.5 at 88, a pixel more to each side.
  assert.deepEqual(attributes(strip, ".claimed", "x", "y", "width", "height", "rx"), [["55", "10", "34", "18", "2"]]);
  assert.deepEqual(attributes(strip, ".chance", "d"), [["M8 15l4 7h-8z"]]);
  assert.deepEqual(attributes(strip, ".seed", "d"), [["M40 13v12"], ["M168 13v12"]]);
  assert.deepEqual(attributes(strip, ".interval", "d"), [["M64 19H144"]]); // 0.35 to 0.85
  assert.deepEqual(attributes(strip, ".mean", "cx", "cy", "r"), [["104", "19", "4"]]);
});

test("the scale reaches over all that is drawn: the interval's ends, the band's, and chance", () => {
  const { claim, measured } = reportedClaims.close;
  const narrow = { ...measured, values: [0.6], byChance: null };
  const ofInterval = drawn({ claim: { ...claim, stated: 0.6, tolerance: 0.05 }, measured: narrow });
  assert.deepEqual(attributes(ofInterval, ".interval", "d"), [["M8 19H168"]]);
  assert.deepEqual(attributes(ofInterval, ".claimed", "x", "width"), [["71", "34"]]); // 0.55 at 72, 0.65 at 104
  const ofBand = drawn({ claim: { ...claim, stated: 0.6, tolerance: 0.5 }, measured: narrow });
  assert.deepEqual(attributes(ofBand, ".claimed", "x", "width"), [["7", "162"]]);
  assert.deepEqual(attributes(ofBand, ".interval", "d"), [["M48 19H128"]]);
  const ofChance = drawn({ claim: { ...claim, stated: 0.6, tolerance: 0.05 }, measured: { ...narrow, byChance: 1.1 } });
  assert.deepEqual(attributes(ofChance, ".chance", "d"), [["M168 15l4 7h-8z"]]);
});

test("bound: the band is on the claimed side of the value, and open to the picture's edge", () => {
  const below = drawn(reportedClaims.below); // 0.5 (chance) at 8, 0.9375 (interval) at 168: 0.75 at 99.4
  assert.deepEqual(attributes(below, ".claimed", "x", "width"), [["-1", "101.4"]]);
  const { claim, measured } = reportedClaims.below;
  for (const [operator, band] of [
    ["<", ["-1", "101.4"]],
    [">", ["98.4", "78.6"]],
    [">=", ["98.4", "78.6"]],
  ] as const)
    assert.deepEqual(attributes(drawn({ claim: { ...claim, operator }, measured }), ".claimed", "x", "width"), [band]);
});

test("one seed has no interval, and no chance no triangle", () => {
  const strip = drawn(reportedClaims.above); // −0.5 measured at 8, −0.25 claimed at 168
  assert.deepEqual(attributes(strip, ".claimed", "x", "width"), [["167", "10"]]);
  assert.deepEqual(attributes(strip, ".seed", "d"), [["M8 13v12"]]);
  assert.deepEqual(attributes(strip, ".mean", "cx"), [["8"]]);
  assert.equal(strip.querySelector(".interval, .chance"), null);
});

test("exact: the band is as narrow as can be seen; where all is one number it stands in the middle", () => {
  const { claim } = reportedClaims.exact;
  const measured = { ...reportedClaims.above.measured, mean: 2304, values: [2304] };
  const strip = drawn({ claim, measured });
  assert.deepEqual(attributes(strip, ".claimed", "x", "width"), [["87", "2"]]);
  assert.deepEqual(attributes(strip, ".mean", "cx"), [["88"]]);
});

test("order: each group's mean at its place with its runs, no seeds, and no band", () => {
  const strip = drawn(reportedClaims.order); // 0.1 at 8, 0.5 at 168
  assert.deepEqual(attributes(strip, ".mean", "cx", "cy", "r"), [
    ["8", "19", "4"],
    ["168", "19", "4"],
    ["48", "19", "4"],
  ]);
  assert.deepEqual(attributes(strip, "text", "x", "y"), [
    ["8", "10"],
    ["168", "10"],
    ["48", "10"],
  ]);
  assert.deepEqual(textsOf(strip, "text"), ["0", "1–3", "8–9"]);
  assert.deepEqual(attributes(strip, ".chance", "d"), [["M28 15l4 7h-8z"]]);
  assert.equal(strip.querySelector(".seed, .interval, .claimed"), null);
});

test("what is not measured has no picture", () => {
  assert.equal(drawn(reportedClaims.exact).innerHTML, "");
});
