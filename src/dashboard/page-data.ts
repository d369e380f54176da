import { groupBy } from "../base/group-by.js";
import type { TokenBytes } from "../model/tokenizer/token-bytes.js";
import { fateInShort, fateSentences } from "./fate.js";
import type { Dashboard, Excerpt, FeatureNumbers, LogitEffect, Neighbour } from "./feature.js";
import { sequenceTexts } from "./sequence-texts.js";
import { tokenTexts } from "./token-text.js";

/** What a probe of a source (sparse probing) gives a feature; in the list of features, the largest by size. */
export interface ProbingWeight {
  source: string;
  weight: number;
}

/** All that a page of features shows. */
export interface DashboardContent {
  dashboard: Dashboard;
  /** Of the model's tokens. */
  bytesOf: TokenBytes;
  /** Of each feature, null where no probe chose it; without it the list has no such column. */
  probing?: readonly (ProbingWeight | null)[];
}

/** A training as its page carries it: every text once, activations as bytes. The script in assets/dashboard reads it. */
export interface PageTraining extends Pick<Dashboard, "title" | "sources" | "tokenShares" | "tokens" | "modelName"> {
  /** Of each sequence that is quoted: the index of its source, and the texts of its tokens from position 0 on. */
  sequences: { source: number; texts: string[] }[];
  /** Texts of the tokens that features raise and lower. */
  words: string[];
  features: PageFeature[];
}

/** Numbers of a feature as its page carries them, to four digits. */
interface PageFeature
  extends Pick<
    FeatureNumbers,
    | "feature"
    | "isOff"
    | "frequency"
    | "meanOverTokens"
    | "meanWhereActive"
    | "largest"
    | "histogram"
    | "encoderDecoder"
  > {
  /** Texts that its strongest tokens have most often. */
  label: string[];
  sourceShares: number[];
  probing: ProbingWeight | null;
  /** What became of it: a few words for the list, sentences for its page. */
  fate: { short: string; sentences: string[] };
  /** Indices into `words`. */
  raised: [word: number, value: number][];
  lowered: [word: number, value: number][];
  nearestDecoder: [feature: number, value: number][];
  nearestActivation: [feature: number, value: number][];
  /** How many excerpts are of its largest activations, then of each fifth from the lowest. */
  groups: number[];
  /** Four numbers an excerpt: the index of its sequence, the position it is about, that of its first token, its length. */
  excerpts: number[];
  /** f of the excerpts' tokens, one after another, in base64: 16 bits each, `leftOut` for none, else in units of largest / `levels`. */
  activations: string;
}

/** What stands for a token whose vector was left out, and the steps from 0 to the largest f. */
export const leftOut = 0xffff;
export const levels = 0xfffe;

/** A training's features as a page carries them. */
export function pageTraining({ dashboard, bytesOf, probing }: DashboardContent): PageTraining {
  const { title, sources, tokenShares, tokens, modelName, features } = dashboard;
  const texts = sequenceTexts(dashboard, bytesOf);
  const words = new WordList(bytesOf);
  return {
    ...{ title, sources, tokens, modelName },
    tokenShares: tokenShares.map(short),
    features: features.map((of, i) => pageFeature(of, { texts, words, probing: probing?.[i] ?? null })),
    sequences: texts.list,
    words: words.texts,
  };
}

/** Tokens by themselves, each once. */
class WordList {
  readonly texts: string[] = [];
  private readonly places = new Map<number, number>();
  constructor(private readonly bytesOf: TokenBytes) {}

  indexOf(token: number): number {
    const known = this.places.get(token);
    if (known !== undefined) return known;
    this.places.set(token, this.texts.length);
    return this.texts.push(tokenTexts([token], this.bytesOf)[0]) - 1;
  }
}

interface Beside {
  texts: ReturnType<typeof sequenceTexts>;
  words: WordList;
  probing: ProbingWeight | null;
}

function pageFeature(of: FeatureNumbers, { texts, words, probing }: Beside): PageFeature {
  const groups = [of.top, ...of.fifths];
  const excerpts = groups.flat();
  const effects = (list: LogitEffect[]) =>
    list.map(({ token, value }): [number, number] => [words.indexOf(token), short(value)]);
  const near = (list: Neighbour[]) => list.map(({ feature, value }): [number, number] => [feature, short(value)]);
  return {
    feature: of.feature,
    isOff: of.isOff,
    frequency: short(of.frequency),
    meanOverTokens: short(of.meanOverTokens),
    meanWhereActive: of.meanWhereActive === null ? null : short(of.meanWhereActive),
    largest: short(of.largest),
    histogram: of.histogram,
    encoderDecoder: short(of.encoderDecoder),
    label: labelOf(of.top.map((excerpt) => texts.at(excerpt.sequence, excerpt.position))),
    sourceShares: of.sourceShares.map(short),
    probing: probing && { source: probing.source, weight: short(probing.weight) },
    fate: { short: fateInShort(of), sentences: fateSentences(of) },
    raised: effects(of.raised),
    lowered: effects(of.lowered),
    nearestDecoder: near(of.nearestDecoder),
    nearestActivation: near(of.nearestActivation),
    groups: groups.map(({ length }) => length),
    excerpts: excerpts.flatMap((e) => [texts.indexOf(e.sequence), e.position, e.from, e.tokens.length]),
    activations: inBase64(excerpts, of.largest),
  };
}

/** The three texts that occur most often, of equally frequent ones the first; space around them does not count. */
export function labelOf(texts: readonly string[]): string[] {
  const counts = groupBy(
    texts.map((text) => text.trim()).filter((text) => text !== ""),
    (text) => text.toLowerCase(),
  );
  return [...counts.values()]
    .sort((a, b) => b.length - a.length)
    .slice(0, 3)
    .map(([first]) => first);
}

function inBase64(excerpts: readonly Excerpt[], largest: number): string {
  const values = excerpts.flatMap(({ activations }) => activations);
  const bytes = Buffer.alloc(2 * values.length);
  for (const [i, f] of values.entries()) bytes.writeUInt16LE(f === null ? leftOut : levelOf(f, largest), 2 * i);
  return bytes.toString("base64");
}

/** f in steps; what fires stays above 0. */
const levelOf = (f: number, largest: number): number =>
  f > 0 ? Math.min(levels, Math.max(1, Math.round((levels * f) / largest))) : 0;

const short = (value: number): number => Number(value.toPrecision(4));
