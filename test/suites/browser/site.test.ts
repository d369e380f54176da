/** The site in a browser, opened as files: a page of each kind is read in light, in the dark, on a phone, in print, and searched. */
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { writeSite } from "../../../src/site/write.js";
import { writeMadeUpSite } from "../../helpers/made-up-site.js";
import { violations } from "./axe.js";
import { temporaryFolder } from "./sandbox.js";
import { type Tab, tabTest } from "./tab.js";

/** A page of each kind. */
const kinds = [
  ...["index.html", "notebooks/index.html", "notebooks/layers.html", "notebooks/stranger.html", "features.html"],
  ...["docs/readme.html", "docs/claims.html", "reference/index.html", "reference/figures.html", "search.html#pairs"],
];

let written: Promise<string> | undefined;
const write = async (): Promise<string> =>
  (await writeSite(await writeMadeUpSite(path.join(temporaryFolder("site"), "set")))).folder;

type Open = (file: string, options?: BrowserContextOptions) => Promise<Tab>;

/** A test of pages, opened with their figures drawn; `asked` has the requests to elsewhere. */
const siteTest = (name: string, body: (open: Open) => Promise<void>): void =>
  tabTest(
    name,
    async (open) => {
      written ??= write();
      const base = `${pathToFileURL(await written).href}/`;
      await body(async (file, options) => {
        const tab = await open(base + file, options);
        await drawFigures(tab.page);
        return { ...tab, asked: tab.asked.filter((url) => !url.startsWith(base)) };
      });
    },
    240_000,
  );

/** Scrolls to every figure, which draws it. */
async function drawFigures(page: Page): Promise<void> {
  for (const figure of await page.locator("main figure:has(.specification)").all()) {
    await figure.scrollIntoViewIfNeeded();
    await figure.locator(".cartesianlayer .trace").first().waitFor({ state: "attached" });
  }
}

for (const colorScheme of ["light", "dark"] as const)
  for (const width of [1280, 375])
    siteTest(`axe finds nothing wrong with a page of each kind, ${colorScheme}, ${width} pixels wide`, async (open) => {
      for (const file of kinds) {
        const options = { colorScheme, viewport: { width, height: 900 }, bypassCSP: true };
        const { page } = await open(file, options);
        assert.deepEqual(await violations(page), [], file);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, file);
        await page.close();
      }
    });

siteTest(
  "under its policy a page of each kind says nothing and asks nobody, whatever a notebook brings",
  async (open) => {
    for (const file of [...kinds, "features/layer-6/run-0/seed-42.html"]) {
      const { page, said, asked } = await open(file);
      assert.deepEqual([said, asked], [[], []], file);
      await page.close();
    }
  },
);

siteTest("a stranger's notebook runs nothing, the policy away", async (open) => {
  const { page, said } = await open("notebooks/stranger.html", { bypassCSP: true });
  for (const link of await page.locator(".cell a:not([href^='http'])").all()) await link.click({ noWaitAfter: true });
  assert.deepEqual(said, []);
});

siteTest("a link of the report leads to the cell, the cell's to the claim, which opens", async (open) => {
  const { page } = await open("index.html#claim-run-9-correlation");
  await page.locator("#claim-run-9-correlation + tr .where a[href*='cell-id']").click();
  const cell = page.locator("#cell-id\\=names");
  await cell.waitFor();
  assert.ok(await cell.evaluate((element) => element.matches(":target")));
  await cell.getByRole("link", { name: "run-9-correlation", exact: true }).click();
  await page.locator("#claim-run-9-correlation + tr dl").waitFor();
});

siteTest(
  "the search finds a claim, a cell, a heading of the docs and a name, by words and their beginnings",
  async (open) => {
    const { page } = await open("search.html");
    for (const [words, href] of [
      ["run-9-correlation", "index.html#claim-run-9-correlation"],
      ["measured()", "notebooks/run-9-reallocation.html#cell-id=shows"],
      ["exit cod", "docs/architecture.html#exit-codes"],
      ["writeSaeL", "reference/other-tools.html#writeSaeLens"],
    ]) {
      await page.getByLabel("Words").fill(words);
      await page.locator(`#results a[href="${href}"]`).waitFor();
    }
    await page.getByLabel("Words").fill("zzzz");
    await page.getByText("0 places found").waitFor();
  },
);

siteTest("by keyboard the first stop skips the navigation", async (open) => {
  const { page } = await open("docs/readme.html");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), "To the content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "page-content");
});

siteTest("in print and without scripts a figure is its image; in print the navigation is gone", async (open) => {
  const { page } = await open("notebooks/layers.html");
  await page.emulateMedia({ media: "print" });
  const image = page.locator("main figure img");
  assert.ok(await image.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0));
  assert.equal(await image.isVisible(), true);
  assert.equal(await page.locator("nav.site").isVisible(), false);
});
