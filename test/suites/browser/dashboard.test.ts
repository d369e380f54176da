/** Pages of features in a browser: they ask nobody for anything, and are read by mouse, keyboard and finger. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { comparisonHtml, dashboardHtml } from "../../../src/dashboard/html.js";
import { madeUpContent, madeUpPairing } from "../../helpers/made-up-dashboard.js";
import { violations } from "./axe.js";
import { temporaryFolder } from "./sandbox.js";
import { type Tab, tabTest } from "./tab.js";

const features = 576;
const size = { features, sequences: 256 };

/** The pages, each made where a test first asks for it. */
const pages = {
  one: () => dashboardHtml(madeUpContent(size)),
  two: () =>
    comparisonHtml([madeUpContent(size), madeUpContent({ ...size, seed: 2, title: "Run 0" })], madeUpPairing(features)),
  wide: () => dashboardHtml(madeUpContent({ features: 16_384, sequences: 64, excerpts: [2, 1] })),
};
const written = new Map<keyof typeof pages, Promise<string>>();

async function write(name: keyof typeof pages): Promise<string> {
  const file = path.join(temporaryFolder("dashboard"), `${name}.html`);
  await writeFile(file, await pages[name]());
  return file;
}

const fileOf = (name: keyof typeof pages): Promise<string> => {
  const file = written.get(name) ?? write(name);
  written.set(name, file);
  return file;
};

type Open = (name: keyof typeof pages, options?: BrowserContextOptions, place?: string) => Promise<Tab>;

/** A test of a page; `open` opens it at a place. */
const dashboardTest = (name: string, body: (open: Open) => Promise<void>): void =>
  tabTest(name, (open) =>
    body(async (which, options, place = "") => open(pathToFileURL(await fileOf(which)).href + place, options)),
  );

const phone = { viewport: { width: 375, height: 760 }, isMobile: true, hasTouch: true };
const name = (page: Page) => page.locator("#name");
const shownRows = (page: Page) => page.locator("#list .rows .row a").allTextContents();

dashboardTest(
  "576 features take at most 8 MB and open in a second, without a word and without a request",
  async (open) => {
    const { length } = await readFile(await fileOf("one"));
    assert.ok(length <= 8e6, `${length} bytes`);
    await open("one"); // the browser's own start
    const { page, said, asked } = await open("one", {}, "#feature-17");
    const seconds = await page.evaluate(() => performance.getEntriesByType("navigation")[0].duration / 1000);
    assert.ok(seconds <= 1.5, `${seconds} s`); // a second on a machine that does nothing else
    assert.equal(await name(page).textContent(), "Feature 17");
    assert.deepEqual(said, []);
    assert.deepEqual(asked, [page.url().split("#")[0]]);
  },
);

dashboardTest("a feature's page has all its parts, and neighbours are links", async (open) => {
  const { page } = await open("one", {}, "#feature-17");
  for (const heading of [
    "Strongest tokens",
    "How strongly it fires",
    "Where it fires",
    "What it does to the next token",
    "Nearest features",
    "In training",
  ])
    assert.equal(await page.getByRole("heading", { name: heading }).count(), 1, heading);
  assert.equal(await page.locator(".excerpt").count(), 8);
  await page.getByText("12 more").click();
  await page.locator(".excerpt").nth(19).waitFor();
  assert.equal(await page.locator(".excerpt .here").count(), 20);
  assert.equal(await page.locator("details").count(), 6);
  assert.equal(await page.locator(".histogram rect").count(), 50);
  assert.equal(await page.locator(".sources tbody tr").count(), 8);
  const neighbour = page.locator(".neighbours a").first();
  const target = await neighbour.textContent();
  await neighbour.click();
  await page.waitForFunction((text) => document.querySelector("#name")?.textContent === text, target);
  await page.goBack();
  await page.waitForFunction(() => document.querySelector("#name")?.textContent === "Feature 17");
});

dashboardTest("tokens are shaded by f: the one that the text is about is at its value", async (open) => {
  const { page } = await open("one", {}, "#feature-17");
  const { largest, top } = madeUpContent(size).dashboard.features[17];
  const shown = await page
    .locator(".excerpt .here")
    .evaluateAll((tokens) => tokens.map((token) => Number((token as HTMLElement).style.getPropertyValue("--f"))));
  const expected = top.slice(0, 8).map(({ activations, position, from }) => activations[position - from]! / largest);
  for (const [i, share] of expected.entries()) assert.ok(Math.abs(shown[i] - share) <= 5e-4, `${shown[i]}, ${share}`);
  const [strong, weak] = await page.locator(".excerpt:first-child .on").evaluateAll((tokens) => {
    const sorted = tokens.sort(
      (a, b) =>
        Number((b as HTMLElement).style.getPropertyValue("--f")) -
        Number((a as HTMLElement).style.getPropertyValue("--f")),
    );
    return [sorted[0], sorted.at(-1)!].map((token) => getComputedStyle(token).backgroundColor);
  });
  assert.notEqual(strong, weak);
});

dashboardTest("the list is sorted by its headings and searched by number, token, source and fate", async (open) => {
  const { page } = await open("one");
  const { features: all } = madeUpContent(size).dashboard;
  await page.getByRole("button", { name: "Fires on" }).click();
  const most = [...all].sort((a, b) => b.frequency - a.frequency).map(({ feature }) => String(feature));
  assert.deepEqual((await shownRows(page)).slice(0, 10), most.slice(0, 10));
  await page.getByRole("button", { name: "Fires on" }).click();
  assert.equal(
    (await page.getByRole("columnheader", { name: "Fires on" }).getAttribute("aria-sort")) ?? "",
    "ascending",
  );
  await page.getByLabel("Search").fill("pruned 400");
  await page.getByText("64 of 576").waitFor();
  await page.getByLabel("Search").fill("feature 575");
  assert.deepEqual(await shownRows(page), ["575"]);
  await page.getByLabel("Search").fill("no such text");
  assert.deepEqual(await shownRows(page), []);
});

dashboardTest("by keyboard: / searches, arrows move, Enter opens, → goes on, Escape leads back", async (open) => {
  const { page } = await open("one");
  await page.keyboard.press("/");
  await page.keyboard.type("feature 1");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "list");
  const [, second, third] = await shownRows(page);
  await page.keyboard.press("ArrowDown");
  const active = () => page.locator("#list").getAttribute("aria-activedescendant");
  assert.equal(await active(), `row-feature-${second}`);
  await page.keyboard.press("Enter");
  await page.waitForFunction((text) => document.querySelector("#name")?.textContent === text, `Feature ${second}`);
  assert.equal(new URL(page.url()).hash, `#feature-${second}`);
  assert.equal(await page.evaluate(() => document.activeElement?.id), "name");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((text) => document.querySelector("#name")?.textContent === text, `Feature ${third}`);
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.id === "list");
  await page.keyboard.press("End");
  const last = (await shownRows(page)).at(-1);
  assert.equal(await active(), `row-feature-${last}`);
});

dashboardTest(
  "of 16 384 features only the rows in sight are in the page; the last is reached and found",
  async (open) => {
    const { page, said } = await open("wide");
    assert.ok((await page.locator("#list .rows .row").count()) < 60);
    await page.locator("#list").focus();
    await page.keyboard.press("End");
    await page.locator("#row-feature-16383").waitFor();
    await page.getByLabel("Search").fill("feature 16000");
    assert.deepEqual(await shownRows(page), ["16000"]);
    assert.deepEqual(said, []);
  },
);

dashboardTest("on a phone list and feature take turns, and nothing scrolls sideways", async (open) => {
  for (const which of ["one", "two"] as const) {
    const { page } = await open(which, phone);
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(await page.locator("#list").isVisible(), true);
    assert.equal(await name(page).isVisible(), false);
    assert.equal(await width(), 375);
    await page.locator("#row-feature-3").tap();
    await name(page).waitFor();
    assert.equal(await page.locator("#list").isVisible(), false);
    assert.equal(await width(), 375);
    await page.getByRole("link", { name: "All features" }).tap();
    await page.locator("#row-feature-3").waitFor();
  }
});

dashboardTest("side by side: a feature that was split shows each part; an outcome filters the list", async (open) => {
  const { page, said } = await open("two", {}, "#feature-5");
  assert.equal(await name(page).textContent(), "Feature 5: split");
  const parts = page.locator(".choices button");
  assert.equal(await parts.count(), 2);
  const second = (await parts.nth(1).textContent())?.split(",")[0] ?? "";
  await parts.nth(1).click();
  assert.equal(await page.locator(".half").nth(1).locator("h3").textContent(), second);
  await page.getByRole("button", { name: /^split/ }).click();
  const outcomes = await page.locator("#list .rows .badge").allTextContents();
  assert.ok(outcomes.length > 5 && outcomes.every((outcome) => outcome === "split"));
  const neighbour = page.locator(".half").nth(1).locator(".neighbours a").first();
  const target = await neighbour.textContent();
  await neighbour.click();
  await page.waitForFunction(
    (text) => document.querySelectorAll(".half")[1]?.querySelector("h3")?.textContent === text,
    target,
  );
  assert.deepEqual(said, []);
});

dashboardTest("tokens with code in their texts run none of it, though the policy is off", async (open) => {
  const { page, said } = await open("one", { bypassCSP: true }, "#feature-0");
  for (const closed of await page.locator("details summary").all()) await closed.click();
  await page.getByText("alert(1)").first().waitFor();
  assert.equal(await page.locator("article img, article b, article script").count(), 0);
  assert.deepEqual(said, []);
});

for (const colorScheme of ["light", "dark"] as const)
  for (const device of ["desk", "phone"] as const)
    dashboardTest(
      `axe finds nothing wrong with list, feature and comparison: ${colorScheme}, ${device}`,
      async (open) => {
        const options = { colorScheme, bypassCSP: true, ...(device === "phone" && phone) };
        for (const [which, place] of [
          ["one", ""],
          ["one", "#feature-3"],
          ["two", "#feature-5"],
        ] as const) {
          const { page } = await open(which, options, place);
          assert.deepEqual(await violations(page), [], which + place);
          await page.context().close();
        }
      },
    );
