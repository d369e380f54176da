import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";

const axe = readFile(require.resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong, in words. Run beside the page's policy, which would refuse its script. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await axe);
  return page.evaluate(async () => {
    const found = await (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run();
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 150)}`));
  });
}
interface AxeResults {
  violations: { id: string; nodes: { html: string }[] }[];
}
