import { type TestContext, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium, whyNoChromium } from "./chromium.js";

/** A page, what it said on the console or in a dialog, and the requests it made but those for data in itself. */
export interface Tab {
  page: Page;
  said: string[];
  asked: string[];
}

/** Opens a tab without a network, and an address in it. */
export type OpenTab = (url: string, options?: BrowserContextOptions) => Promise<Tab>;

let chromium: Promise<Browser> | undefined;

/** A test in tabs of one browser; without Chromium it is skipped. */
export function tabTest(name: string, body: (open: OpenTab) => Promise<void>, timeout = 120_000): void {
  test(name, { timeout }, async (t) => {
    const reason = whyNoChromium();
    if (reason) return t.skip(reason);
    chromium ??= launchChromium();
    const browser = await chromium;
    await body((url, options) => openTab(t, browser, url, options));
  });
}

async function openTab(t: TestContext, browser: Browser, url: string, options?: BrowserContextOptions): Promise<Tab> {
  const context = await browser.newContext({ offline: true, reducedMotion: "reduce", ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const [said, asked]: string[][] = [[], []];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("dialog", (dialog) => {
    said.push(dialog.message());
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) asked.push(request.url());
  });
  await page.goto(url);
  return { page, said, asked };
}
