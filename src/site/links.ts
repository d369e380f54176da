import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { packageFolder } from "../base/files.js";
import { relativeHref } from "./page.js";

/** Where a text stands: its file in the package, and its page on the site. */
export interface Standing {
  source: string;
  page: string;
}

/** Where links of the package's texts lead on the site. */
export interface Links {
  /** A link of a text as its page has it; undefined where it leads nowhere that the site may show. */
  resolve(href: string, from: Standing): string | undefined;
  /** Files of the package that were linked and are no pages, each with its place on the site. */
  readonly files: ReadonlyMap<string, string>;
}

/** Files that a text may link to: what the package publishes, and nothing else that lies in its folder. */
const published = /^(?:(?:src|docs|data-manifests|notebooks)\/[\w/-][\w./-]*|[A-Z]+(?:\.\w+)?)$/;
const isImage = (file: string): boolean => /\.(?:svg|png)$/.test(file);

/** Links among texts of which `pages` says, by their file in the package, which page of the site each has become. */
export function linksAmong(pages: ReadonlyMap<string, string>): Links {
  const files = new Map<string, string>();
  return {
    files,
    resolve(href, { source, page }) {
      if (href.startsWith("#")) return href;
      if (/^(?:[a-z][\w+.-]*:|\/\/)/i.test(href)) return /^(?:https?|mailto):/i.test(href) ? href : undefined;
      const [, way, anchor] = /^([^#?]*)[^#]*(#.*)?$/.exec(href)!;
      const target = path.posix.join(path.posix.dirname(source), way);
      const there = pages.get(target) ?? fileOnSite(target, files);
      return there === undefined ? undefined : relativeHref(page, there) + (anchor ?? "");
    },
  };
}

/** Other files than images end in .txt, so that every browser shows them, from every server. */
function fileOnSite(target: string, files: Map<string, string>): string | undefined {
  const file = path.join(packageFolder, target);
  if (target.includes("..") || !published.test(target) || !existsSync(file) || !statSync(file).isFile())
    return undefined;
  const there = `files/${target}${isImage(target) ? "" : ".txt"}`;
  files.set(target, there);
  return there;
}
