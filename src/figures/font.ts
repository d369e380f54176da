import path from "node:path";
import { Resvg, type ResvgRenderOptions } from "@resvg/resvg-js";
import { escapeXml } from "./figure.js";

/** Arimo has the advance widths of Arial: an SVG keeps its layout where only Arial, Helvetica or Liberation Sans is there. */
export const fontFamily = "Arimo, Arial, Helvetica, sans-serif";

/** Height above and depth below the baseline, in em (Arimo's hhea table). */
export const ascent = 1854 / 2048;
export const descent = 434 / 2048;

/** The only fonts a figure is drawn with, so that bytes agree between machines. */
export const fontOptions: NonNullable<ResvgRenderOptions["font"]> = {
  loadSystemFonts: false,
  fontFiles: ["400Regular/Arimo_400Regular.ttf", "700Bold/Arimo_700Bold.ttf"].map((file) =>
    path.join(path.dirname(require.resolve("@expo-google-fonts/arimo/package.json")), file),
  ),
  defaultFontFamily: "Arimo",
  sansSerifFamily: "Arimo",
  serifFamily: "Arimo",
  monospaceFamily: "Arimo",
};

const widths = new Map<string, number>();

/** Advance width of a line of text in pixels, kerning included, as resvg will draw it. */
export function textWidth(text: string, fontSize: number, weight: "normal" | "bold" = "normal"): number {
  if (text === "") return 0;
  const key = `${weight} ${text}`;
  let em = widths.get(key);
  if (em === undefined) {
    // The bars at the ends turn the width of the ink, which resvg gives, into an advance width that counts outer spaces.
    em = inkWidth(`|${text}|`, weight) - inkWidth("||", weight);
    widths.set(key, em);
  }
  return em * fontSize;
}

const measuredSize = 2048;

function inkWidth(text: string, weight: "normal" | "bold"): number {
  const style = `font-family="Arimo" font-size="${measuredSize}" font-weight="${weight}" xml:space="preserve"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text y="${measuredSize}" ${style}>${escapeXml(text)}</text></svg>`;
  return (new Resvg(svg, { font: fontOptions }).getBBox()?.width ?? 0) / measuredSize;
}

/** Breaks plain text into lines no wider than `maxWidth` pixels, between words where it can be. */
export function wrapText(
  text: string,
  maxWidth: number,
  fontSize: number,
  weight: "normal" | "bold" = "normal",
): string[] {
  const fits = (line: string): boolean => textWidth(line, fontSize, weight) <= maxWidth;
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((w) => w !== "")) {
    const longer = lines.length === 0 ? word : `${lines.pop()} ${word}`;
    if (fits(longer)) {
      lines.push(longer);
      continue;
    }
    if (longer !== word) lines.push(longer.slice(0, -word.length - 1));
    lines.push("");
    for (const character of word) {
      if (fits(lines.at(-1) + character)) lines[lines.length - 1] += character;
      else lines.push(character);
    }
  }
  return lines;
}
