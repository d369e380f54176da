import type { TokenBytes } from "../model/tokenizer/token-bytes.js";
import type { Dashboard, Excerpt } from "./feature.js";
import { tokenTexts } from "./token-text.js";

/** Texts of the sequences that a training's features quote, each sequence once. */
export interface SequenceTexts {
  list: { source: number; texts: string[] }[];
  /** Place of a sequence in `list`. */
  indexOf(sequence: number): number;
  /** The text of one token; empty for one that is not known. */
  at(sequence: number, position: number): string;
}

/** Token by position, where it is known. */
type Known = (number | undefined)[];

/** The texts of all sequences that are quoted, as far as excerpts and the places of vectors tell their tokens. */
export function sequenceTexts({ features, places }: Dashboard, bytesOf: TokenBytes): SequenceTexts {
  const known = new Map<number, Known>();
  for (const { top, fifths } of features) for (const excerpt of [top, ...fifths].flat()) learn(known, excerpt);
  const sources = new Map<number, number>();
  for (const [row, sequence] of places.sequence.entries()) {
    const tokens = known.get(sequence);
    if (!tokens) continue;
    sources.set(sequence, places.source[row]);
    tokens[places.position[row]] = places.token[row];
  }
  const sequences = [...known.keys()].sort((a, b) => a - b);
  const indices = new Map(sequences.map((sequence, i) => [sequence, i]));
  const list = sequences.map((sequence) => ({
    source: sources.get(sequence) ?? 0,
    texts: textsOf(known.get(sequence)!, bytesOf),
  }));
  const indexOf = (sequence: number): number => indices.get(sequence)!;
  return { list, indexOf, at: (sequence, position) => list[indexOf(sequence)]?.texts[position] ?? "" };
}

function learn(known: Map<number, Known>, { sequence, from, tokens }: Excerpt): void {
  const all = known.get(sequence) ?? [];
  known.set(sequence, all);
  for (const [i, token] of tokens.entries()) all[from + i] = token;
}

/** Tokens that follow each other are decoded together. */
function textsOf(known: Known, bytesOf: TokenBytes): string[] {
  const texts: string[] = [];
  for (let from = 0; from < known.length; ) {
    let to = from;
    while (known[to] !== undefined) to++;
    texts.push(...(to > from ? tokenTexts(known.slice(from, to) as number[], bytesOf) : [""]));
    from = Math.max(to, from + 1);
  }
  return texts;
}
