import { readFile } from "node:fs/promises";
import path from "node:path";
import { render } from "preact-render-to-string";
import { filesBelow } from "../experiment/results/result-set.js";
import type { ReportContent } from "../report/content.js";
import { FewFeatures } from "../report/page/features.js";
import { relativeHref, type SitePage, sections } from "./page.js";

/** A page of a training's features as `snc features` and `snc reproduce` leave it: it needs nothing of the site. */
export interface FeaturePage {
  /** In the result set and on the site. */
  path: string;
  title: string;
  html: string;
}

/** The pages of features in a result set, by their place. */
export async function featurePages(resultSet: string): Promise<FeaturePage[]> {
  const files = (await filesBelow(resultSet)).filter((file) => /^features\/.*\.html$/.test(file));
  return Promise.all(
    files.map(async (file) => {
      const html = await readFile(path.join(resultSet, file), "utf8");
      return { path: file, html, title: /<title>(?:Features: )?([^<]*)<\/title>/.exec(html)?.[1] ?? file };
    }),
  );
}

/** The same page with a way back to the site, which its policy allows: it forbids scripts, styles and requests alone. */
export const withWayBack = ({ html, path: page }: FeaturePage): string =>
  html.replace(
    "<header>",
    () => `<header><p><a href="${relativeHref(page, sections.features.start)}">All pages of features</a></p>`,
  );

/** The list of them, and a few features of each training. */
export function featuresPage({ features }: ReportContent, pages: readonly FeaturePage[]): SitePage {
  const body = render(
    <main>
      <h1>Features</h1>
      {pages.length === 0 && <p>This result set has no pages of features. Run: snc features --run 9 --layer 14</p>}
      <ul>
        {pages.map(({ path: page, title }) => (
          <li>
            <a href={page}>{title}</a>
          </li>
        ))}
      </ul>
      {features?.pages && <FewFeatures pages={features.pages} />}
    </main>,
  );
  const text = pages.map(({ title }) => title).join(". ");
  return {
    path: sections.features.start,
    title: "Features",
    section: "features",
    body,
    places: [{ id: "", title: "Features", text }],
  };
}
