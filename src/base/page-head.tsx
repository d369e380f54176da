import type { ComponentChildren } from "preact";

interface PageHeadProps {
  title: string;
  /** The page's content security policy. */
  policy: string;
  /** What brings its style. */
  children?: ComponentChildren;
}

/** The head of a page: its policy first, light and dark; the addresses that it links to are not told where a reader comes from. */
export const PageHead = ({ title, policy, children }: PageHeadProps) => (
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content={policy} />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="referrer" content="no-referrer" />
    <title>{title}</title>
    {children}
  </head>
);
