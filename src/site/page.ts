/** The parts of the site, in the order of its navigation, each with its name and its first page. */
export const sections = {
  report: { name: "Report", start: "index.html" },
  notebooks: { name: "Notebooks", start: "notebooks/index.html" },
  features: { name: "Features", start: "features.html" },
  docs: { name: "Docs", start: "docs/readme.html" },
  reference: { name: "Reference", start: "reference/index.html" },
  search: { name: "Search", start: "search.html" },
} as const;
export type SectionName = keyof typeof sections;

/** A place on a page that a link can name, with what the search finds there. */
export interface Place {
  /** The anchor; empty for the page's start. */
  id: string;
  title: string;
  text: string;
  /** Whether the navigation beside the page lists it. */
  isListed?: boolean;
}

/** Scripts of the site that a page takes. */
type Script = "table.js" | "plotly.js" | "figures.js" | "entries.js" | "minisearch.js" | "search.js";

/** A page of the site without the frame that all have. */
export interface SitePage {
  /** Relative to the site, with `/` between folders. */
  path: string;
  title: string;
  section: SectionName;
  /** What stands between navigation and foot, as HTML. */
  body: string;
  places: readonly Place[];
  scripts?: readonly Script[];
  /** Rules for this page alone. */
  style?: string;
}

/** The way from one page of the site to another file of it. */
export const relativeHref = (from: string, to: string): string => "../".repeat(from.split("/").length - 1) + to;
