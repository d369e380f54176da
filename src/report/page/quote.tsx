/** TeX that stands in the paper's sentences, as a reader would write it. */
const symbols: [RegExp, string][] = [
  [/\\tau/g, "τ"],
  [/\\in\b/g, "∈"],
  [/\\log\s*/g, " log "],
  [/\^2/g, "²"],
];

/** A sentence of the paper without its TeX: "O(d^2)" between dollar signs as O(d²). */
export const readableQuote = (quote: string): string =>
  quote.replace(/\$([^$]+)\$/g, (_, math: string) =>
    symbols.reduce((text, [tex, symbol]) => text.replace(tex, symbol), math).replace(/\( /g, "("),
  );

/** The paper's words, in quotation marks. */
export const Quote = ({ children }: { children: string }) => <q>{readableQuote(children)}</q>;
