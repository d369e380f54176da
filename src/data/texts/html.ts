import { type DefaultTreeAdapterTypes, parse, parseFragment } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document;

const paragraphs = new Set(
  "address article aside blockquote body dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table ul".split(
    " ",
  ),
);
const lines = new Set(["br", "tr"]);
const cells = new Set(["td", "th"]);
const unread = new Set(["head", "script", "style", "noscript", "template", "select", "textarea"]);

/** The text a reader sees in an HTML page: blocks as paragraphs, entities decoded, scripts and styles left out. */
export const textOfHtml = (html: string): string => cleanText(visibleText(parse(html)));

/** Text with its HTML entities decoded and nothing else changed. */
export const decodeEntities = (text: string): string => text.replace(/&#?\w+;/g, decodeEntity);

function decodeEntity(entity: string): string {
  const [text] = parseFragment(entity).childNodes as DefaultTreeAdapterTypes.TextNode[];
  return text.value;
}

function visibleText(node: Node, preformatted = false): string {
  if (node.nodeName === "#text") {
    const { value } = node as DefaultTreeAdapterTypes.TextNode;
    return preformatted ? value : value.replace(/[ \t\r\n\f]+/g, " ");
  }
  if (!("childNodes" in node) || unread.has(node.nodeName)) return "";
  const inside = node.childNodes.map((child) => visibleText(child, preformatted || node.nodeName === "pre")).join("");
  if (paragraphs.has(node.nodeName)) return `\n\n${inside}\n\n`;
  if (lines.has(node.nodeName)) return `${inside}\n`;
  return cells.has(node.nodeName) ? `${inside} ` : inside;
}

/** What the bytes 0x80–0x9F mean in windows-1252. A table, for Node 20's TextDecoder leaves them as control characters. */
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/**
 * Text with one kind of line end, no control characters, no space around lines' ends and at most one blank line.
 * Bytes 0x80–0x9F left as control characters were Windows quotation marks and dashes.
 */
export function cleanText(text: string): string {
  return (
    text
      .replace(/\r\n?/g, "\n")
      .replace(/[\u0080-\u009f]/g, (c) => windows1252[c.charCodeAt(0) - 0x80])
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\ufeff]/g, "")
      .replace(/\u00a0/g, " ")
      .replace(/[ \t]+$/gm, "")
      .replace(/\n{3,}/g, "\n\n")
      .trim()
  );
}
