import { type Assets, hashSource, policyText } from "../base/policy.js";

/** A content security policy that allows one style and these scripts by their hashes, and no request of any kind. */
export const policyOf = ({ style, scripts }: Assets): string =>
  policyText({
    "default-src": ["'none'"],
    "script-src": scripts.map(hashSource),
    "style-src": [hashSource(style)],
  });
