/** The report in a browser: it asks nobody for anything, and can be sorted, filtered, read, printed and zoomed. */
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { readJson } from "../../../src/base/files.js";
import type { Figure } from "../../../src/figures/figure.js";
import { savedFigures } from "../../../src/figures/saved.js";
import { writeReport } from "../../../src/report/html.js";
import { hostile, writeMadeUpSet } from "../../helpers/made-up-report.js";
import { violations } from "./axe.js";
import { temporaryFolder } from "./sandbox.js";
import { type Tab, tabTest } from "./tab.js";

let written: Promise<{ folder: string; url: string }> | undefined;

async function write() {
  const folder = path.join(temporaryFolder("report"), "set");
  await writeMadeUpSet({ folder, figures: (id) => /(layer-6|cross-layer)$|^control/.test(id) });
  return { folder, url: pathToFileURL(await writeReport(folder)).href };
}

type Open = (options?: BrowserContextOptions, place?: string) => Promise<Tab & { folder: string }>;

/** A test of the report; `open` opens it at a place of the page. */
const reportTest = (name: string, body: (open: Open) => Promise<void>): void =>
  tabTest(name, async (open) => {
    written ??= write();
    const { folder, url } = await written;
    await body(async (options, place = "") => ({ ...(await open(url + place, options)), folder }));
  });

/** Scrolls to every figure, which draws it. */
async function drawFigures(page: Page): Promise<void> {
  for (const figure of await page.locator("main figure").all()) {
    await figure.scrollIntoViewIfNeeded();
    await figure.locator(".cartesianlayer .trace").first().waitFor({ state: "attached" });
  }
}

reportTest(
  "every figure is drawn with as many traces as its specification has; nothing is said or asked",
  async (open) => {
    const { page, folder, said, asked } = await open();
    await drawFigures(page);
    const ids = await savedFigures(path.join(folder, "figures"));
    assert.equal(ids.length, 6);
    for (const id of ids) {
      const { data } = (await readJson(path.join(folder, "figures", `${id}.plotly.json`))) as Figure;
      assert.equal(await page.locator(`#figure-${id} .cartesianlayer .trace.scatter`).count(), data.length, id);
      assert.equal(await page.locator(`#figure-${id} img`).isVisible(), false);
    }
    const line = page.locator("#figure-training-loss-layer-6 .trace .js-line").first();
    await line.scrollIntoViewIfNeeded();
    const start = await line.evaluate((path: SVGPathElement) => {
      const { x, y } = path.getPointAtLength(0).matrixTransform(path.getScreenCTM()!);
      return { x, y };
    });
    await page.mouse.move(start.x + 2, start.y + 2);
    await page.locator(".hoverlayer .hovertext").first().waitFor();
    assert.deepEqual(said, []);
    assert.deepEqual(asked, [page.url()]);
  },
);

const shownClaims = (page: Page) =>
  page
    .locator("table.claims [data-section]:visible")
    .evaluateAll((rows) => rows.map(({ id }) => id.slice("claim-".length)));

reportTest("a click on a heading sorts, a second one turns the order; what has no value stays last", async (open) => {
  const { page } = await open();
  const inPaper = await shownClaims(page);
  const heading = page.getByRole("columnheader", { name: "Measured" });
  const measured = (): Promise<(number | null)[]> =>
    page
      .locator('td[data-label="Measured"]')
      .evaluateAll((cells) =>
        cells.map((cell) => (cell.hasAttribute("data-value") ? Number(cell.getAttribute("data-value")) : null)),
      );
  for (const [order, direction] of [
    ["ascending", 1],
    ["descending", -1],
  ] as const) {
    await heading.getByRole("button").click();
    assert.equal(await heading.getAttribute("aria-sort"), order);
    const values = await measured();
    const known = values.filter((value) => value !== null);
    assert.ok(known.length > 10 && known.length < values.length);
    assert.deepEqual(
      known,
      [...known].sort((a, b) => direction * (a - b)),
    );
    assert.equal(values.indexOf(null), known.length);
  }
  await page.getByRole("columnheader", { name: "Claim" }).getByRole("button").click();
  assert.deepEqual(await shownClaims(page), inPaper);
});

reportTest(
  "the keyboard alone skips to the verdicts, filters by one, by section and by words, sorts and shows all again",
  async (open) => {
    const { page } = await open();
    const all = await shownClaims(page);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "To the verdicts");
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineWidth);
    assert.equal(outline, "3px", "what has the focus can be seen");
    await page.keyboard.press("Enter");
    const holding = await shownClaims(page);
    const badges = await page.locator("table.claims tbody:visible .badge").allTextContents();
    assert.deepEqual(new Set(badges), new Set(["holds"]));
    assert.ok(holding.length > 0 && holding.length < all.length);
    assert.equal(await page.locator(".count[aria-pressed=true]").getAttribute("data-verdict"), "holds");
    assert.equal(
      await page.getByRole("status").textContent(),
      `${holding.length} of ${all.length} claims, in ${badges.length} tests`,
    );
    await page.keyboard.press("Enter");
    assert.deepEqual(await shownClaims(page), all);
    await page.getByLabel("Section").focus();
    while ((await page.getByLabel("Section").inputValue()) !== "6.2") await page.keyboard.press("ArrowDown");
    const [tests, ofSection] = ["", ":has([data-section='6.2'])"].map((of) =>
      page.locator(`table.claims tbody${of}:visible`),
    );
    assert.ok((await tests.count()) > 0 && (await tests.count()) === (await ofSection.count()));
    await page.getByLabel("Words").focus();
    await page.keyboard.type("layer-19 share");
    assert.ok((await shownClaims(page)).includes("layer-19-utilization"));
    assert.match((await page.getByRole("status").textContent())!, /^1 of /);
    await page.keyboard.type("zzz");
    assert.equal(await page.getByText("No claim fits these filters.").isVisible(), true);
    await page.getByRole("button", { name: "Show all" }).focus();
    await page.keyboard.press("Space");
    await page.getByText(`${all.length} of ${all.length} claims, in `).waitFor();
    await page.getByRole("button", { name: "Verdict" }).focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("table.claims .badge").first().textContent(), "holds");
    const details = page.locator("#claim-run-9-correlation + .behind details");
    await details.locator("summary").focus();
    await page.keyboard.press("Enter");
    assert.equal(await details.getByText("npx snc claims run-9-correlation").isVisible(), true);
  },
);

reportTest("the head of the table stays while its rows are read, and ends with the table", async (open) => {
  const { page } = await open();
  const headAt = async (row: "first" | "last"): Promise<number> => {
    await page
      .locator("table.claims tbody")
      [row]()
      .evaluate((found) => scrollTo(0, found.getBoundingClientRect().bottom + scrollY));
    return (await page.getByRole("columnheader", { name: "Measured" }).boundingBox())!.y;
  };
  assert.ok(Math.abs(await headAt("first")) < 1);
  assert.ok((await headAt("last")) < 0);
});

reportTest("a weight can be filtered by: all that is shown has a sentence of it", async (open) => {
  const { page } = await open();
  await page.getByLabel("Weight").selectOption("central");
  const shown = await page
    .locator("table.claims tbody:visible")
    .evaluateAll((tests) => tests.map((of) => of.querySelector("[data-weight=central]") !== null));
  assert.ok(shown.length > 0 && shown.length < (await page.locator("table.claims tbody").count()));
  assert.ok(shown.every(Boolean));
});

reportTest("a link to a claim opens it, though a filter hides it", async (open) => {
  const { page } = await open({}, "#claim-run-9-correlation");
  const claim = page.locator("#claim-run-9-correlation");
  await page.locator("#claim-run-9-correlation + .behind dl").waitFor();
  await page.getByLabel("Words").fill("abstract");
  assert.equal(await claim.isVisible(), false);
  await page.evaluate(() => location.replace("#claim-run-9-utilization"));
  await page.locator("#claim-run-9-utilization + .behind dl").waitFor();
});

for (const colorScheme of ["light", "dark"] as const)
  for (const width of [1280, 375])
    reportTest(
      `axe finds nothing wrong with the page, ${colorScheme}, ${width} pixels wide, all details open`,
      async (open) => {
        const { page, said } = await open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
        await drawFigures(page);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
        });
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(said, []);
        await page.evaluate(() => document.documentElement.removeAttribute("lang"));
        assert.deepEqual(
          (await violations(page)).map((text) => text.split(":")[0]),
          ["html-has-lang"],
          "what is wrong is found",
        );
      },
    );

reportTest("in the dark, figures are dark; back in the light they are light again", async (open) => {
  const { page } = await open({ colorScheme: "dark" });
  await drawFigures(page);
  const ground = (): Promise<string> =>
    page
      .locator("#figure-per-run-layer-6 .main-svg")
      .first()
      .evaluate((svg) => getComputedStyle(svg).backgroundColor);
  assert.equal(await ground(), "rgb(27, 30, 35)");
  await page.emulateMedia({ colorScheme: "light" });
  await page.waitForFunction(
    () =>
      getComputedStyle(document.querySelector("#figure-per-run-layer-6 .main-svg")!).backgroundColor ===
      "rgb(255, 255, 255)",
  );
});

reportTest("375 pixels wide, nothing makes the page scroll sideways, and figures fill the width", async (open) => {
  const { page } = await open({ viewport: { width: 375, height: 760 }, isMobile: true });
  await drawFigures(page);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375);
  const figure = await page.locator("#figure-training-loss-layer-6 .main-svg").first().boundingBox();
  assert.ok(figure!.width > 330 && figure!.width <= 343, `${figure!.width} pixels`);
});

reportTest("in print the images stand for the figures, and what is only for the screen is gone", async (open) => {
  const { page } = await open();
  await drawFigures(page);
  await page.emulateMedia({ media: "print" });
  const image = page.locator("#figure-training-loss-layer-6 img");
  assert.equal(await image.isVisible(), true);
  assert.ok(await image.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0));
  for (const gone of ["nav", ".filters", "#figure-training-loss-layer-6 .interactive"])
    assert.equal(await page.locator(gone).isVisible(), false, gone);
  assert.equal(
    await page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor),
    "rgb(255, 255, 255)",
  );
});

reportTest("without scripts the table is complete and the figures are their images", async (open) => {
  const { page } = await open({ javaScriptEnabled: false });
  assert.ok((await page.locator("table.claims [data-section]").count()) >= 60);
  assert.equal(await page.locator(".filters").isVisible(), false);
  assert.equal(await page.locator("main figure img:visible").count(), 6);
});

tabTest("claims, notebooks and machines with code in their texts run none of it", async (open) => {
  const folder = path.join(temporaryFolder("hostile"), "set");
  await writeMadeUpSet({ folder, note: hostile, change: (claim) => ({ ...claim, quote: hostile, reading: hostile }) });
  const url = pathToFileURL(await writeReport(folder)).href;
  const { page, said } = await open(url, { bypassCSP: true }); // the escaping alone must do
  await drawFigures(page);
  for (const quote of await page.locator("table.claims q").all()) await quote.click();
  assert.deepEqual(said, []);
});
