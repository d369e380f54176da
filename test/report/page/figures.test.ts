import assert from "node:assert/strict";
import { test } from "node:test";
import { Figures } from "../../../src/report/page/figures.js";
import { rendered, textOf, textsOf } from "../../helpers/rendered.js";

const title = "Loss<br><span>SmolLM2, 90 steps</span><br><span>Median</span><br><span>of seeds &lt; 3.</span>";
const figure = (text: string) => ({
  data: [{ type: "scatter", x: [1, 2], y: [3, 4] }],
  layout: { title: { text }, width: 640, height: 480 },
});
const shown = (id: string, layer: number | null, text = title) => ({
  ...{ id, layer, title: `Title of ${id}`, summary: `Summary of ${id}`, figure: figure(text) },
  svg: `<svg fill="#fff" title='50%'>\n</svg>`,
  forms: ["svg", "png", "plotly.json", "html"],
});

test("figures stand by layer, those of no layer under a heading of their own, each with its files", () => {
  const page = rendered(Figures, { figures: [shown("a", 6), shown("b", 14), shown("c", 6), shown("d", null)] });
  assert.deepEqual(textsOf(page, "h3"), ["Layer 6", "Layer 14", "Across layers"]);
  assert.deepEqual(
    [...page.querySelectorAll("h3, figure")].map((element) => element.id || textOf(element)),
    [...["Layer 6", "figure-a", "figure-c", "Layer 14", "figure-b", "Across layers", "figure-d"]],
  );
  const [first] = page.querySelectorAll("figure");
  assert.deepEqual(
    [...first.querySelectorAll(".files a")].map((a) => a.getAttribute("href")),
    [...["figures/a.svg", "figures/a.png", "figures/a.plotly.json", "figures/a.html"]],
  );
  assert.equal(textOf(first.querySelector("h4")), "Title of a");
  assert.equal(textOf(first.querySelector(".for-readers-of-screens")), "Summary of a");
  assert.ok(!textOf(page).includes("has no figures"));
  assert.match(textOf(rendered(Figures, { figures: [] })), /This result set has no figures\. Run: snc figures/);
});

test("what stands below a title becomes sentences: a full stop where a line that starts one follows", () => {
  const subtitle = (text: string): string =>
    textOf(rendered(Figures, { figures: [shown("a", 6, text)] }).querySelector("figcaption p"));
  assert.equal(subtitle(title), "SmolLM2, 90 steps. Median of seeds < 3.");
  assert.equal(subtitle("Loss<br><span>One.</span><br><span>Two</span>"), "One. Two");
  assert.equal(subtitle("Loss"), "");
});

test("the drawing is an image of its own size, and its specification is at hand for the interactive one", () => {
  const page = rendered(Figures, { figures: [shown("a", 6)] });
  const image = page.querySelector("img")!;
  assert.deepEqual([image.getAttribute("width"), image.getAttribute("height")], ["640", "480"]);
  const src = image.getAttribute("src")!;
  assert.equal(
    src,
    "data:image/svg+xml,<svg fill='%23fff' title=&#39;50%25&#39;>%0a</svg>".replace(/&#39;/g, "&%2339;"),
  );
  assert.ok(page.querySelector(".interactive")!.hasAttribute("hidden"), "until the script draws it");
  const specification = JSON.parse(page.querySelector("script.specification")!.textContent!);
  assert.deepEqual(specification.data, figure("").data);
  assert.deepEqual(specification.layout, { width: 640, height: 480 });
});
