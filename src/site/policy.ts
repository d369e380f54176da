import { hashSource, policyText } from "../base/policy.js";
import { plotlyStyles } from "../report/policy.js";

/** A content security policy that allows the site's own files, this page's rules, images inside it, and nothing from elsewhere. */
export const policyOf = (style: string): string =>
  policyText({
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src-elem": ["'self'", ...plotlyStyles.elements, hashSource(style)],
    "style-src-attr": plotlyStyles.attributes,
    "img-src": ["'self'", "data:"],
    "font-src": ["data:"],
  });
