/** The numbers with a unit, shares and bounds that a Markdown page says, and which of them nothing backs. */

/** A text of a page, and the file that says the same in its own words: what states it, holds it or tests it. */
export interface Stated {
  says: string;
  file: string;
  by: string;
}

const written =
  /<!-- The (study|table) below is written by `([^`]+)`\. -->([\s\S]*?)<!-- End of the \1(?: of \w+)?\. -->/g;

/** What commands wrote into a page: the command, and the text between its marks. */
export const writtenParts = (page: string): { command: string; text: string }[] =>
  [...page.matchAll(written)].map(([, , command, text]) => ({ command, text }));

/** A page as its authors wrote it, by paragraph: without what commands wrote, code in blocks and comments. */
const paragraphsOf = (page: string): string[] =>
  page
    .replaceAll(written, "")
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .replaceAll(/<!--[\s\S]*?-->/g, "")
    .split(/\n\s*\n/);

/** A paragraph on one line, without code and links' addresses. */
const proseOfParagraph = (paragraph: string): string =>
  paragraph
    .replaceAll(/`[^`]*`/g, "`…`")
    .replaceAll(/\]\([^)]*\)/g, "]")
    .replaceAll(/\s+/g, " ");

/** A page's prose, a line for each paragraph. */
export const proseOf = (page: string): string => paragraphsOf(page).map(proseOfParagraph).join("\n");

/** The names of the pages that a paragraph links to, without folders. */
const linkedFrom = (paragraph: string): string[] =>
  [...paragraph.matchAll(/\]\((?:[^)\s]*\/)?([^)/\s#]+\.md)(?:#[^)]*)?\)/g)].map(([, name]) => name);

const number = String.raw`(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+)(?:\.\d+)?(?:e-?\d+)?`;
const word = "two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|a hundred|a thousand";
const time = "ms|s|min|minutes?|seconds?|hours?|days?";
const size = "kB|MB|GB|TB|bytes?";
const counted = "texts|tokens|pairs|files|trainings|tests|verdicts|notebooks";
const compared = "as|slower|faster|larger|smaller|more|less";
const quantity = new RegExp(
  [
    String.raw`(?<![\w.,-])${number} ?(?:%|per cent\b|×(?! ?\d))`,
    String.raw`(?<![\w.,-])${number} (?:${time}|${size}|${counted}|tokens/s|GFLOP/s|times)\b`,
    String.raw`(?<![\w.,-])0\.\d+(?![\d.])`,
    String.raw`(?<![\w.,-])\d+(?:\.\d+)?e-\d+`,
    String.raw`\b(?:${word}) (?:${time}|${size}|per cent)\b`,
    String.raw`\b(?:(?:${word}) times|twice|half) (?:${compared})\b`,
    String.raw`\bhalf (?:the|a) (?:time|memory|bytes|speed|per cent)\b`,
  ].join("|"),
  "g",
);

/** The quantities in a text, in order. */
export const quantitiesIn = (text: string): string[] => text.match(quantity) ?? [];

const spaced = (text: string): string => text.replaceAll(/(?<=\d)[ \u00a0\u202f](?=\d{3})/g, "");

/** What a page's numbers may come from: texts with a file that says the same, tables by page, constants without a unit. */
export interface Backing {
  stated: readonly Pick<Stated, "says">[];
  tables: Readonly<Record<string, readonly string[]>>;
  constants?: readonly string[];
}

/**
 * The quantities of a page's prose that stand neither in a text of `stated`, nor, number and unit alike, in a table of this page
 * or of one that the paragraph links to.
 */
export function unbacked(name: string, page: string, { stated, tables, constants = [] }: Backing): string[] {
  return paragraphsOf(page).flatMap((paragraph) => {
    let prose = proseOfParagraph(paragraph);
    for (const { says } of stated) prose = prose.replaceAll(says, "…");
    const inTables = new Set(
      [name, ...linkedFrom(paragraph)].flatMap((of) =>
        (tables[of] ?? []).flatMap((table) => quantitiesIn(table).map(spaced)),
      ),
    );
    return quantitiesIn(prose).filter((found) => !inTables.has(spaced(found)) && !constants.includes(found));
  });
}
