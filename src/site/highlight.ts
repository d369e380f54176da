import { type BundledLanguage, createCssVariablesTheme, createHighlighter, type Highlighter } from "shiki";
import { escapeXml } from "../figures/figure.js";

const languages = ["typescript", "shellscript", "json", "python", "yaml"];

/** Makes HTML of code: its parts in classes `token-keyword`, `token-string`, which assets/site/code.css colours. */
export type Highlight = (code: string, language: string, linkOf?: (name: string) => string | undefined) => string;

/**
 * Loads the grammars. Code in a language that has none stays plain. Where `linkOf` knows a name that stands in the code, it becomes
 * a link.
 */
export async function loadHighlight(): Promise<Highlight> {
  const theme = createCssVariablesTheme({ name: "classes", variablePrefix: "--", fontStyle: false });
  const shiki = await createHighlighter({ themes: [theme], langs: languages });
  const known = new Set(shiki.getLoadedLanguages());
  return (code, language, linkOf) =>
    known.has(language) ? highlighted(shiki, code, language, linkOf) : escapeXml(code);
}

const highlighted = (
  shiki: Highlighter,
  code: string,
  lang: string,
  linkOf: (name: string) => string | undefined = () => undefined,
): string =>
  shiki
    .codeToTokensBase(code, { lang: lang as BundledLanguage, theme: shiki.getTheme("classes"), tokenizeTimeLimit: 0 }) // by default slow machines leave lines plain
    .map((line) =>
      line
        .map(({ content, color }) => {
          const kind = /^var\(--(token-[a-z-]+)\)$/.exec(color ?? "")?.[1];
          const text = linked(content, linkOf);
          return kind === undefined ? text : `<span class="${kind}">${text}</span>`;
        })
        .join(""),
    )
    .join("\n");

/** A token may have spaces around the name. */
function linked(content: string, linkOf: (name: string) => string | undefined): string {
  const [, before, name, after] = /^(\s*)(.*?)(\s*)$/s.exec(content)!;
  const href = linkOf(name);
  return href === undefined
    ? escapeXml(content)
    : `${before}<a href="${escapeXml(href)}">${escapeXml(name)}</a>${after}`;
}
