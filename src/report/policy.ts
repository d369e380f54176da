import { createHash } from "node:crypto";

/** The style and the scripts of the page, in the order in which they run. */
export interface Assets {
  style: string;
  scripts: readonly string[];
}

/**
 * Styles that plotly puts on parts of its texts by attribute (bold, superscripts of powers of ten); and the empty style
 * element that it fills by rules.
 */
const plotlyAttributes = ["font-weight:bold", "font-style:italic", "font-size:70%"];
const emptyElement = "";

/** A content security policy that allows these assets by their hashes, images and fonts inside the page, and no request. */
export const policyOf = ({ style, scripts }: Assets): string =>
  Object.entries({
    "default-src": ["'none'"],
    "script-src": scripts.map(hashSource),
    "style-src-elem": [style, emptyElement].map(hashSource),
    "style-src-attr": ["'unsafe-hashes'", ...plotlyAttributes.map(hashSource)],
    "img-src": ["data:"],
    "font-src": ["data:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
  })
    .map(([directive, sources]) => `${directive} ${sources.join(" ")}`)
    .join("; ");

/** The hash by which a policy names an inline element's exact text. */
const hashSource = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
