import { stream } from "../base/random.js";
import type { TokenPlaces } from "../data/activations/places.js";
import type { TokenSequences } from "../data/texts/tokens.js";
import type { Excerpt } from "./feature.js";

/** How many tokens a page shows of a feature, and how much around each. */
const topTokens = 20;
const perFifth = 5;
const perSequence = 2;
const tokensBefore = 20;
const tokensAfter = 10;

/** Texts of one split, by the rows of their activations. */
export interface Texts {
  places: TokenPlaces;
  sequences: Pick<TokenSequences, "contextLength" | "tokens">;
}

/** The rows that a feature fires on, ascending, and its f there. */
export interface FeatureFirings {
  feature: number;
  rows: Int32Array;
  values: Float32Array;
}

/** What a page shows of one feature's texts. */
export interface FeatureExcerpts {
  top: Excerpt[];
  fifths: Excerpt[][];
}

/**
 * Chooses the tokens that a page shows of a feature: `top`, the 20 of largest f, at most 2 of a sequence, of equal f the lower
 * sequence, then the lower position first; `fifths`, 5 more from each fifth of (0, f of the last of these), drawn by `seed`, each
 * fifth descending. Over all of them a sequence has at most 2; the lowest fifth is drawn first.
 */
export function excerptsBy(texts: Texts, seed: number): (of: FeatureFirings) => FeatureExcerpts {
  const { sequence, position } = texts.places;
  const excerpt = excerptMaker(texts);
  return ({ feature, rows, values }) => {
    const first = (m: number, n: number): number =>
      values[n] - values[m] || sequence[rows[m]] - sequence[rows[n]] || position[rows[m]] - position[rows[n]];
    const top = largest(rows, sequence, first);
    const drawn = drawFifths({ rows, values, top, sequence, random: stream(seed, `fifths of feature ${feature}`) });
    const cut = excerpt(rows, values);
    return { top: top.map(cut), fifths: drawn.map((fifth) => fifth.sort(first).map(cut)) };
  };
}

/** The first 20 of a feature's firings in this order, at most 2 of a sequence: of each sequence its first 2 can be among them. */
function largest(rows: Int32Array, sequence: Int32Array, first: (m: number, n: number) => number): number[] {
  const bySequence = new Map<number, number[]>();
  for (let n = 0; n < rows.length; n++) {
    const kept = bySequence.get(sequence[rows[n]]);
    if (!kept) bySequence.set(sequence[rows[n]], [n]);
    else if (kept.length < perSequence) kept.push(n);
    else {
      const last = first(kept[0], kept[1]) > 0 ? 0 : 1;
      if (first(n, kept[last]) < 0) kept[last] = n;
    }
  }
  return [...bySequence.values()].flat().sort(first).slice(0, topTokens);
}

interface Draw extends Omit<FeatureFirings, "feature"> {
  top: number[];
  sequence: Int32Array;
  random: { integer(n: number): number };
}

/** From each fifth of (0, f of the last of `top`) up to 5 firings, in the order in which they are drawn. */
function drawFifths({ rows, values, top, sequence, random }: Draw): number[][] {
  const fifths: number[][] = [[], [], [], [], []];
  if (top.length === 0) return fifths;
  const upTo = values[top[top.length - 1]];
  for (let n = 0; n < values.length; n++)
    if (values[n] < upTo) fifths[Math.min(4, Math.floor((5 * values[n]) / upTo))].push(n);
  const taken = new Map<number, number>();
  const take = (n: number): boolean => {
    const count = taken.get(sequence[rows[n]]) ?? 0;
    if (count < perSequence) taken.set(sequence[rows[n]], count + 1);
    return count < perSequence;
  };
  top.forEach(take);
  return fifths.map((candidates) => {
    const drawn: number[] = [];
    for (let left = candidates.length; left > 0 && drawn.length < perFifth; left--) {
      const at = random.integer(left);
      if (take(candidates[at])) drawn.push(candidates[at]);
      candidates[at] = candidates[left - 1]; // not drawn again
    }
    return drawn;
  });
}

/** Cuts the excerpt of a firing; f of the tokens around it comes from one column [rows], filled for one feature at a time. */
function excerptMaker({ places: { sequence, position }, sequences: { contextLength, tokens } }: Texts) {
  const rowAt = rowsByPlace({ sequence, position }, contextLength);
  const column = new Float32Array(sequence.length);
  let filled: Int32Array = new Int32Array(0);
  return (rows: Int32Array, values: Float32Array) => {
    for (const row of filled) column[row] = 0;
    for (let n = 0; n < rows.length; n++) column[rows[n]] = values[n];
    filled = rows;
    return (n: number): Excerpt => {
      const [of, at] = [sequence[rows[n]], position[rows[n]]];
      const from = Math.max(0, at - tokensBefore);
      const to = Math.min(contextLength, at + tokensAfter + 1);
      const activations = Array.from({ length: to - from }, (_, i) => {
        const row = rowAt(of, from + i);
        return row < 0 ? null : column[row];
      });
      const start = of * contextLength;
      return { sequence: of, position: at, from, tokens: [...tokens.subarray(start + from, start + to)], activations };
    };
  };
}

/** Which row has the vector of a token; −1 where none has, because it was left out (Reading R21). */
function rowsByPlace(
  { sequence, position }: Pick<TokenPlaces, "sequence" | "position">,
  contextLength: number,
): (of: number, at: number) => number {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, -1];
  for (const one of sequence) {
    lowest = Math.min(lowest, one);
    highest = Math.max(highest, one);
  }
  const rows = new Int32Array(Math.max(0, highest - lowest + 1) * contextLength).fill(-1);
  for (let row = 0; row < sequence.length; row++) rows[(sequence[row] - lowest) * contextLength + position[row]] = row;
  return (of, at) => rows[(of - lowest) * contextLength + at];
}
