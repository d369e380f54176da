import { copyFile, readdir } from "node:fs/promises";
import path from "node:path";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { SncError, throwIfStopped } from "../base/errors.js";
import { exists, makeFolder, packageFolder, replaceFolder, writeFileAtomic } from "../base/files.js";
import { type Reporter, silent } from "../base/progress.js";
import { gatherReport, type ReportContent } from "../report/content.js";
import { Report, shortTitle } from "../report/page/page.js";
import { readableQuote } from "../report/page/quote.js";
import { sharedFiles } from "./assets.js";
import { docPage, docPages, docSources } from "./docs.js";
import { featurePages, featuresPage, withWayBack } from "./features.js";
import { Frame } from "./frame.js";
import { loadHighlight } from "./highlight.js";
import { linksAmong } from "./links.js";
import { markdownRenderer } from "./markdown.js";
import { inOrder, notebookCopy, notebookPage, notebookPages } from "./notebooks.js";
import { type SitePage, sections } from "./page.js";
import { referencePages } from "./reference.js";
import { entriesScript, searchPage } from "./search.js";

/** Where a site goes, and who is told. */
export interface SiteOptions {
  /** By default site/ in the result set. */
  out?: string;
  report?: Reporter;
  signal?: AbortSignal;
}

/** A site that has been written. */
export interface WrittenSite {
  folder: string;
  pages: number;
  files: number;
}

/** A file of the site, by its place: its text or bytes, or the file that is copied. */
type SiteFiles = Map<string, string | Uint8Array | { copyOf: string }>;

/**
 * Writes the pages of a result set (its name in results/, or its folder): the report, its executed notebooks, its pages of
 * features, docs, reference and search. The folder is replaced whole. The same result set gives the same bytes. Throws an input
 * error for what is missing, a usage error where `out` has files of another kind.
 */
export async function writeSite(resultSet: string, options: SiteOptions = {}): Promise<WrittenSite> {
  const { report = silent, signal } = options;
  const content = await siteContent(resultSet);
  const folder = path.resolve(options.out ?? path.join(content.set.folder, "site"));
  await refuseOtherFolder(folder);
  const { pages, files } = await siteFiles(content);
  const bar = report.bar("site", files.size, "files");
  await replaceFolder(folder, async (fresh) => {
    for (const [file, what] of files) {
      throwIfStopped(signal);
      await place(path.join(fresh, file), what);
      bar.advance();
    }
  });
  bar.finish();
  return { folder, pages, files: files.size };
}

async function place(file: string, what: string | Uint8Array | { copyOf: string }): Promise<void> {
  if (typeof what === "string" || what instanceof Uint8Array) return writeFileAtomic(file, what);
  await makeFolder(path.dirname(file));
  await copyFile(what.copyOf, file);
}

/** By this file a folder is known as one that may be replaced. */
const markFile = "site.json";

async function refuseOtherFolder(folder: string): Promise<void> {
  const there: string[] = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (there.length > 0 && !there.includes(markFile))
    throw new SncError(
      "usage",
      `${folder}: expected no folder, an empty one or a site of an earlier call, found ${there.length} files without ${markFile}. ` +
        "Name another folder: --out FOLDER",
    );
}

/** What the report shows, with links that lead to pages of the site, and none to what the site leaves out. */
async function siteContent(resultSet: string): Promise<ReportContent> {
  const content = await gatherReport(resultSet);
  const isThere = (file: string): Promise<boolean> => exists(path.join(content.set.folder, file));
  const onSite = (notebook: ReportContent["notebooks"][number]) => ({ ...notebook, file: notebookPage(notebook.name) });
  const forms = ["svg", "png", "plotly.json"]; // a figure's own page has plotly once more
  return {
    ...content,
    notebooks: (await inOrder(content.notebooks)).map(onSite),
    claims: content.claims.map((claim) => ({ ...claim, notebook: claim.notebook && onSite(claim.notebook) })),
    figures: await Promise.all(
      content.figures.map(async (figure) => ({
        ...figure,
        forms: await filtered(forms, (form) => isThere(`figures/${figure.id}.${form}`)),
      })),
    ),
    files: await filtered(content.files, isThere),
  };
}

async function filtered<T>(values: readonly T[], isKept: (value: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(values.map(isKept));
  return values.filter((_, i) => kept[i]);
}

/** Every file of the site, in a fixed order. */
async function siteFiles(content: ReportContent): Promise<{ pages: number; files: SiteFiles }> {
  const { folder, name } = content.set;
  const sources = await docSources();
  const links = linksAmong(
    new Map([
      ...sources.map((source) => [source, docPage(source)] as const),
      ...content.notebooks.map((notebook) => [notebookCopy(notebook.name), notebookPage(notebook.name)] as const),
    ]),
  );
  const highlight = await loadHighlight();
  const markdown = markdownRenderer(links, highlight);
  const images = new Map<string, Buffer>();
  const ofFeatures = await featurePages(folder);
  const pages = [
    reportPage(content),
    ...notebookPages(content, { markdown, highlight, images }),
    featuresPage(content, ofFeatures),
    ...(await docPages(sources, markdown)),
    ...referencePages(markdown, highlight),
    searchPage(),
  ];
  const foot = `${content.paperTitle}. Result set ${name}. These pages ask no network for anything.`;
  const files: SiteFiles = new Map(
    pages.map((page) => {
      const siblings = pages.filter(({ section }) => section === page.section);
      return [page.path, `<!DOCTYPE html>\n${render(h(Frame, { page, siblings, foot }))}\n`];
    }),
  );
  for (const [file, text] of await sharedFiles()) files.set(file, text);
  files.set("assets/entries.js", entriesScript(pages));
  for (const [file, bytes] of images) files.set(file, bytes);
  for (const page of ofFeatures) files.set(page.path, withWayBack(page));
  const copies = [
    ...content.files,
    ...content.figures.flatMap(({ id, forms }) => forms.map((form) => `figures/${id}.${form}`)),
    ...content.notebooks.map((notebook) => notebookCopy(notebook.name)),
  ];
  for (const file of copies) files.set(file, { copyOf: path.join(folder, file) });
  for (const [source, file] of links.files) files.set(file, { copyOf: path.join(packageFolder, source) });
  files.set(markFile, `${JSON.stringify({ resultSet: name }, null, 2)}\n`);
  return { pages: pages.length + ofFeatures.length, files };
}

/** The report, each of whose claims the search finds. */
function reportPage(content: ReportContent): SitePage {
  const claims = content.claims.map(({ claim, verdict, because }) => ({
    id: `claim-${claim.id}`,
    title: `${claim.id}: ${verdict}`,
    text: `${readableQuote(claim.quote)} ${because}`,
  }));
  return {
    path: sections.report.start,
    title: `Report: ${shortTitle(content.paperTitle)}`,
    section: "report",
    body: render(h(Report, { content })),
    places: [{ id: "", title: "Report", text: content.paperTitle }, ...claims],
    scripts: ["table.js", "plotly.js", "figures.js"],
  };
}
