import { existsSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium } from "playwright-core";
import { atEnd, temporaryFolder } from "./sandbox.js";

const program = (process.env.PATH ?? "")
  .split(path.delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => path.join(folder, name)))
  .find(existsSync);

/** Why there is no browser here, or undefined where there is one. */
export const whyNoChromium = (): string | undefined =>
  program === undefined ? "Chromium is not installed (on Debian: apt-get install chromium)" : undefined;

/** The system's Chromium, without a window; it asks nobody for updates, and what it keeps lies in a temporary folder. */
export async function launchChromium(): Promise<Browser> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  const folder = temporaryFolder("chromium");
  const browser = await chromium.launch({
    executablePath: program,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet],
    env: { ...process.env, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder } as Record<string, string>,
  });
  atEnd(() => browser.close());
  return browser;
}
