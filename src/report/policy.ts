import { type Assets, hashSource, policyText } from "../base/policy.js";

/**
 * Styles that plotly puts on parts of its texts by attribute (bold, superscripts of powers of ten); and the empty style
 * element that it fills by rules.
 */
export const plotlyStyles = {
  attributes: ["'unsafe-hashes'", ...["font-weight:bold", "font-style:italic", "font-size:70%"].map(hashSource)],
  elements: [hashSource("")],
};

/** A content security policy that allows these assets by their hashes, images and fonts inside the page, and no request. */
export const policyOf = ({ style, scripts }: Assets): string =>
  policyText({
    "default-src": ["'none'"],
    "script-src": scripts.map(hashSource),
    "style-src-elem": [hashSource(style), ...plotlyStyles.elements],
    "style-src-attr": plotlyStyles.attributes,
    "img-src": ["data:"],
    "font-src": ["data:"],
  });
