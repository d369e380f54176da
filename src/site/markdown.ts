import katex from "@vscode/markdown-it-katex";
import GithubSlugger from "github-slugger";
import MarkdownIt, { type Token } from "markdown-it";
import { h } from "preact";
import { render } from "preact-render-to-string";
import { escapeXml } from "../figures/figure.js";
import { Code } from "./code.js";
import type { Highlight } from "./highlight.js";
import type { Links, Standing } from "./links.js";
import type { Place } from "./page.js";

/** A text as HTML, and the places in it: its start, then a heading each. */
interface RenderedMarkdown {
  html: string;
  places: Place[];
}

/** Renders a text that stands there. Texts of one page share a slugger, so that no two headings have one anchor. */
export type RenderMarkdown = (text: string, standing: Standing, slugger?: GithubSlugger) => RenderedMarkdown;

/**
 * A renderer for docs and notebooks: headings have the anchors that GitHub gives them, mathematics is MathML, code is highlighted,
 * links lead to the pages of the site. HTML in a text is shown as text, comments not at all.
 */
export function markdownRenderer(links: Links, highlight: Highlight): RenderMarkdown {
  const markdown = new MarkdownIt({ html: true, linkify: false });
  const mathematics = { output: "mathml", throwOnError: false, errorColor: "currentColor" };
  markdown.use(katexPlugin, mathematics);
  const rules = markdown.renderer.rules;
  for (const [name, rule] of Object.entries(rules))
    if (name.startsWith("math_")) rules[name] = (...args) => rule!(...args).replace(/ style="[^"]*"/g, ""); // of errors
  rules.html_block = (tokens, i) => shownHtml(tokens[i].content, "p");
  rules.html_inline = (tokens, i) => shownHtml(tokens[i].content, "span");
  rules.fence = (tokens, i) => codeBlock(highlight(tokens[i].content.trimEnd(), languageOf(tokens[i].info)));
  rules.code_block = (tokens, i) => codeBlock(escapeXml(tokens[i].content.trimEnd()));
  rules.table_open = () => `<div class="scrolling" tabindex="0"><table>\n`;
  rules.table_close = () => "</table></div>\n";
  return (text, standing, slugger = new GithubSlugger()) => {
    const tokens = markdown.parse(text, {});
    for (const { children } of tokens)
      for (const token of children ?? []) lead(token, (href) => links.resolve(href, standing));
    retagEmptyHeadings(tokens);
    const places = placesOf(tokens, slugger);
    return { html: markdown.renderer.render(tokens, markdown.options, {}), places };
  };
}

/** The heading of a column without a name is no heading to those who listen to the page. */
function retagEmptyHeadings(tokens: readonly Token[]): void {
  for (const [i, token] of tokens.entries())
    if (token.type === "th_open" && tokens[i + 1].content === "") {
      token.tag = "td";
      tokens[i + 2].tag = "td";
    }
}

/** Lets a link or an image lead to its place on the site; one that has none there is its text. */
function lead(token: Token, resolve: (href: string) => string | undefined): void {
  if (token.type === "link_open") {
    const href = resolve(String(token.attrGet("href")));
    token.attrs = href === undefined ? [] : [["href", href]];
  } else if (token.type === "image") {
    const source = String(token.attrGet("src"));
    const there = source.startsWith("data:image/") ? source : resolve(source);
    if (there === undefined || isElsewhere(there)) token.type = "text";
    else token.attrSet("src", there);
  }
}

const isElsewhere = (href: string): boolean => /^(?:https?|mailto):/i.test(href);

/** CommonJS packages that were compiled from ECMAScript have their default export one level down. */
const katexPlugin = ("default" in katex ? katex.default : katex) as typeof katex;

/** Gives headings their anchors, and tells the text below each. */
function placesOf(tokens: readonly Token[], slugger: GithubSlugger): Place[] {
  const places: Place[] = [{ id: "", title: "", text: "" }];
  for (const [i, token] of tokens.entries()) {
    if (token.type === "heading_open") {
      const title = textOf(tokens[i + 1]);
      const id = slugger.slug(title);
      token.attrSet("id", id);
      places.push({ id, title, text: "", isListed: token.tag === "h2" });
    } else if (token.type === "inline" && tokens[i - 1]?.type !== "heading_open") add(places, textOf(token));
    else if (token.type === "fence") add(places, token.content);
  }
  return places;
}

function add(places: Place[], text: string): void {
  const last = places.at(-1)!;
  last.text = `${last.text} ${text}`.trim();
}

/** What a reader sees of an inline token. */
const textOf = ({ children, content }: Token): string =>
  (children ?? [])
    .map((child) =>
      /break$/.test(child.type) ? " " : /^(?:link|em|strong|s|html)_/.test(child.type) ? "" : child.content,
    )
    .join("") || content;

/** HTML that a text has is not taken for HTML. */
const shownHtml = (html: string, tag: "p" | "span"): string =>
  /^\s*<!--[\s\S]*?-->\s*$/.test(html) ? "" : `<${tag}>${escapeXml(html)}</${tag}>`;

const codeBlock = (html: string): string => `${render(h(Code, { html }))}\n`;

/** Names that texts give languages, as the grammars have them. */
function languageOf(info: string): string {
  const name = info.trim().split(/\s+/)[0];
  return (
    { ts: "typescript", js: "typescript", sh: "shellscript", bash: "shellscript", py: "python", yml: "yaml" }[name] ??
    name
  );
}
