import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { exists, packageFolder } from "../base/files.js";
import type { RenderMarkdown } from "./markdown.js";
import type { SitePage } from "./page.js";

/** Texts of the package beside docs/, in the order in which they are read; the README opens the docs. */
const texts = { first: "README.md", last: ["CONTRIBUTING.md", "CHANGELOG.md"] };

/** The texts of the package that become pages, in the order of the navigation. */
export async function docSources(): Promise<string[]> {
  const docs = (await readdir(path.join(packageFolder, "docs"))).filter((file) => file.endsWith(".md")).sort();
  const all = [texts.first, ...docs.map((file) => `docs/${file}`), ...texts.last];
  const there = await Promise.all(all.map((file) => exists(path.join(packageFolder, file))));
  return all.filter((_, i) => there[i]);
}

/** Where a text's page lies on the site. */
export const docPage = (source: string): string => `docs/${path.basename(source, ".md").toLowerCase()}.html`;

/** A page of each text. */
export const docPages = (sources: readonly string[], markdown: RenderMarkdown): Promise<SitePage[]> =>
  Promise.all(
    sources.map(async (source) => {
      const page = docPage(source);
      const text = await readFile(path.join(packageFolder, source), "utf8");
      const { html, places } = markdown(text, { source, page });
      const title = places.find((place) => place.title !== "")?.title ?? source;
      return { path: page, title, section: "docs", body: `<main class="doc">${html}</main>`, places };
    }),
  );
