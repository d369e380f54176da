import GithubSlugger from "github-slugger";
import { render } from "preact-render-to-string";
import { readNotebookManifest } from "../notebook/plan/manifest.js";
import type { Cell, CodeCell } from "../notebook/run/document.js";
import { notebookCommand } from "../report/commands.js";
import type { ReportContent, ReportedClaim } from "../report/content.js";
import type { ExecutedNotebook } from "../report/executed.js";
import { Badge } from "../report/page/badge.js";
import { Commands } from "../report/page/claim-details.js";
import { Notebooks } from "../report/page/environment.js";
import { Code } from "./code.js";
import type { Highlight } from "./highlight.js";
import type { RenderMarkdown } from "./markdown.js";
import { CellOutput, type OutputFiles } from "./outputs.js";
import { type Place, relativeHref, type SitePage, sections } from "./page.js";

/** What the pages of notebooks are made with. */
export interface NotebookTools {
  markdown: RenderMarkdown;
  highlight: Highlight;
  /** Where outputs leave their images, by place on the site. */
  images: Map<string, Buffer>;
}

/** Where a notebook's page and its executed copy lie on the site. */
export const notebookPage = (name: string): string => `notebooks/${name}.html`;
export const notebookCopy = (name: string): string => `notebooks/${name}.ipynb`;

/** Executed notebooks in the order in which they are executed; those that are not the package's come last. */
export async function inOrder(notebooks: readonly ExecutedNotebook[]): Promise<ExecutedNotebook[]> {
  const order = (await readNotebookManifest()).map(({ file }) => file);
  const rank = ({ name }: ExecutedNotebook): number => (order.indexOf(`${name}.ipynb`) + order.length) % order.length;
  const isOwn = ({ name }: ExecutedNotebook): number => Number(!order.includes(`${name}.ipynb`));
  return [...notebooks].sort((a, b) => isOwn(a) - isOwn(b) || rank(a) - rank(b));
}

/** The list of the notebooks, and a page each. The content's notebooks are in the order of the site. */
export const notebookPages = (content: ReportContent, tools: NotebookTools): SitePage[] => [
  listPage(content),
  ...content.notebooks.map((notebook) => {
    const claims = content.claims.filter((claim) => claim.notebook?.name === notebook.name);
    return notebookPageOf(notebook, claims, tools);
  }),
];

/** The report's list, which links to pages by their way from the site's start. */
function listPage({ notebooks }: ReportContent): SitePage {
  const path = sections.notebooks.start;
  const fromHere = notebooks.map((notebook) => ({ ...notebook, file: relativeHref(path, notebook.file) }));
  const body = render(
    <main>
      <h1>Notebooks</h1>
      <p class="lede">
        Each run, figure and question of the paper has a notebook. These are the executed copies of this result set.
      </p>
      <Notebooks notebooks={fromHere} />
    </main>,
  );
  return {
    path,
    title: "All notebooks",
    section: "notebooks",
    body,
    places: [{ id: "", title: "Notebooks", text: "" }],
  };
}

function notebookPageOf(
  notebook: ExecutedNotebook,
  claims: readonly ReportedClaim[],
  { markdown, highlight, images }: NotebookTools,
): SitePage {
  const path = notebookPage(notebook.name);
  const standing = { source: notebookCopy(notebook.name), page: path };
  const slugger = new GithubSlugger();
  const files: OutputFiles = {
    images,
    rules: new Map(),
    to: (file) => relativeHref(path, file),
    markdown: (text) => markdown(text, standing, slugger).html,
  };
  const places: Place[] = [{ id: "", title: notebook.title, text: notebook.name }];
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type === "code") {
      places.push({ id: anchorOf(cell), title: `${notebook.title}, cell ${labelOf(cell)}`, text: cell.source });
      const shown = claims.filter((claim) => claim.cell?.id === cell.id);
      return <CodeCellView cell={cell} claims={shown} highlight={highlight} files={files} />;
    }
    if (cell.cell_type === "raw") return <pre id={anchorOf(cell)}>{cell.source}</pre>;
    const { html, places: found } = markdown(cell.source, standing, slugger);
    places.push(...found.filter(({ title, text }) => title !== "" || text !== ""));
    return <section id={anchorOf(cell)} class="cell" dangerouslySetInnerHTML={{ __html: html }} />;
  });
  const elsewhere = claims.filter(({ cell }) => cell === undefined);
  const body = render(
    <main class="notebook">
      <p class="kicker">Executed notebook</p>
      {!hasHeading(notebook.cells) && <h1>{notebook.title}</h1>}
      <p class="where">
        {notebook.error !== "" ? `failed: ${notebook.error}` : executionOf(notebook)}{" "}
        <a href={files.to(notebookCopy(notebook.name))}>{notebook.name}.ipynb</a>
      </p>
      {elsewhere.length > 0 && <Claims claims={elsewhere} to={files.to} />}
      {cells}
      <details>
        <summary>Execute this notebook again</summary>
        <Commands lines={[notebookCommand(notebook)]} />
      </details>
    </main>,
  );
  return {
    path,
    title: notebook.title,
    section: "notebooks",
    body,
    places,
    scripts: body.includes('class="specification"') ? ["plotly.js", "figures.js"] : [],
    style: [...files.rules].map(([name, rule]) => `.${name}{${rule}}`).join("\n"),
  };
}

const executionOf = ({ executedCells, seconds }: ExecutedNotebook): string =>
  executedCells === null
    ? "no successful execution is recorded"
    : `${executedCells} cells, ${seconds?.toFixed(1)} s, every cell without an error.`;

const hasHeading = (cells: readonly Cell[]): boolean =>
  cells.some((cell) => cell.cell_type === "markdown" && /^# /m.test(cell.source));

/** The anchor that JupyterLab gives a cell, so that the report's links lead to it here as there. */
const anchorOf = ({ id }: Cell): string => `cell-id=${id}`;
const labelOf = ({ execution_count }: CodeCell): string => `[${execution_count ?? " "}]`;

interface CodeCellProps {
  cell: CodeCell;
  claims: readonly ReportedClaim[];
  highlight: Highlight;
  files: OutputFiles;
}

const CodeCellView = ({ cell, claims, highlight, files }: CodeCellProps) => (
  <section id={anchorOf(cell)} class="cell">
    <a class="anchor" href={`#${anchorOf(cell)}`} aria-label={`Link to cell ${labelOf(cell)}`}>
      {labelOf(cell)}
    </a>
    <Code html={highlight(cell.source, "typescript")} />
    {cell.outputs.map((output) => (
      <CellOutput output={output} files={files} />
    ))}
    {claims.length > 0 && <Claims claims={claims} to={files.to} />}
  </section>
);

/** Claims that a cell shows, each with its verdict, as links to the report. */
const Claims = ({ claims, to }: { claims: readonly ReportedClaim[]; to: (file: string) => string }) => (
  <ul class="claims-here" aria-label="Claims shown here">
    {claims.map(({ claim: { id }, verdict }) => (
      <li>
        <a href={`${to(sections.report.start)}#claim-${id}`}>{id}</a> <Badge verdict={verdict} />
      </li>
    ))}
  </ul>
);
