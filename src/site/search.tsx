import { render } from "preact-render-to-string";
import { type SitePage, sections } from "./page.js";

/** The page that searches; without scripts it says so. */
export function searchPage(): SitePage {
  const body = render(
    <main>
      <h1>Search</h1>
      <noscript>
        <p>The search needs scripts. The browser's own search finds words on each page.</p>
      </noscript>
      <p class="filters search" hidden>
        <label>
          <span>Words</span>
          <input type="search" id="words" autocomplete="off" placeholder="claim, run, equation, function" />
        </label>
      </p>
      <p id="found" role="status" />
      <ol id="results" />
    </main>,
  );
  return {
    path: sections.search.start,
    title: "Search",
    section: "search",
    body,
    places: [],
    scripts: ["minisearch.js", "entries.js", "search.js"],
  };
}

/** What the search finds, as a script: pages that are opened as files may not read others. */
export function entriesScript(pages: readonly SitePage[]): string {
  const entries = pages.flatMap((page) =>
    page.places.map(({ id, title, text }) => ({
      href: id === "" ? page.path : `${page.path}#${id}`,
      title: title || page.title,
      where: `${sections[page.section].name}: ${page.title}`,
      text,
    })),
  );
  return `globalThis.entries = ${JSON.stringify(entries.map((entry, id) => ({ id, ...entry })))};\n`;
}
