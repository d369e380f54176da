import { createHash } from "node:crypto";

/** A content security policy that allows one style and these scripts by their hashes, and no request of any kind. */
export const policyOf = ({ style, scripts }: { style: string; scripts: readonly string[] }): string =>
  [
    "default-src 'none'",
    `script-src ${scripts.map(hashSource).join(" ")}`,
    `style-src ${hashSource(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

/** The hash by which a policy names an inline element's exact text. */
const hashSource = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
