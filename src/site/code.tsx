/** Code that is HTML already, in a box that scrolls where its lines are long. */
export const Code = ({ html }: { html: string }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with a keyboard
  <pre class="code" tabIndex={0}>
    <code dangerouslySetInnerHTML={{ __html: html }} />
  </pre>
);
