import { createHash } from "node:crypto";

/** The style and the scripts that stand in a page, in the order in which they run. */
export interface Assets {
  style: string;
  scripts: readonly string[];
}

/** A content security policy: from where a page may take what, directive by directive; no base and no form in any case. */
export const policyText = (directives: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries({ ...directives, "base-uri": ["'none'"], "form-action": ["'none'"] })
    .map(([directive, sources]) => `${directive} ${sources.join(" ")}`)
    .join("; ");

/** The hash by which a policy names an inline element's exact text. */
export const hashSource = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
