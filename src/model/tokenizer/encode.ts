import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import {
  type AddedToken,
  type Normalizer,
  type PreTokenizer,
  type Split,
  stepsOf,
  type TokenizerJson,
} from "./json.js";
import { ranges, regexOf, unicode17 } from "./regex.js";

/**
 * Text to ids as Python's tokenizers does it: added tokens are cut out of the text, the rest is normalised, added
 * tokens are cut out of that, the rest is cut into words, and each word's signs are merged. The library in JavaScript
 * merges right, and only that is used: its own steps around it differ in white space, digits, added tokens and behaviours.
 */

/** GPT-2's words: contractions, letters, numbers, other signs, spaces; all but the last space before a word by themselves. */
const gpt2 = regexOf("'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

/** The ids of a text, without what a post-processor adds. */
export function makeEncoder(json: TokenizerJson): (text: string) => Int32Array {
  const normalize = makeNormalizer(stepsOf.normalizer(json));
  const words = makeWords(stepsOf.preTokenizer(json));
  const merge = makeMerge(json.model);
  const inText = makeFinder(json.added_tokens.filter((token) => !token.normalized));
  const inNormalized = makeFinder(
    json.added_tokens.filter((token) => token.normalized).map((t) => ({ ...t, content: normalize(t.content) })),
  );
  return (text) => {
    const ids: number[] = [];
    for (const outer of inText(text)) {
      if ("id" in outer) ids.push(outer.id);
      else
        for (const inner of inNormalized(normalize(outer.text))) {
          if ("id" in inner) ids.push(inner.id);
          else
            for (const word of words(inner.text, outer.start + inner.start === 0))
              for (const id of merge(word)) ids.push(id);
        }
    }
    return Int32Array.from(ids);
  };
}

type Part = { text: string; start: number } | { id: number };

const whiteSpaceAtEnd = /\p{White_Space}*$/u;
const whiteSpaceAtStart = /^\p{White_Space}*/u;
const wordSign = `[[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]--[${unicode17}]]`;
const endsInWord = new RegExp(`${wordSign}$`, "v");
const startsWithWord = new RegExp(`^${wordSign}`, "v");

/** Cuts a text at the added tokens in it: the leftmost, of these the longest, with the white space that it takes along. */
function makeFinder(tokens: AddedToken[]): (text: string) => Part[] {
  if (tokens.length === 0) return (text) => [{ text, start: 0 }];
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const contents = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const any = new RegExp(contents.map((content) => content.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), "g");
  return (text) => {
    const parts: Part[] = [];
    let done = 0;
    for (const match of text.matchAll(any)) {
      const token = byContent.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (token.single_word && (endsInWord.test(text.slice(0, start)) || startsWithWord.test(text.slice(end))))
        continue;
      if (token.lstrip) start = Math.max(done, whiteSpaceAtEnd.exec(text.slice(0, start))!.index);
      if (token.rstrip) end += whiteSpaceAtStart.exec(text.slice(end))![0].length;
      if (done < start) parts.push({ text: text.slice(done, start), start: done });
      parts.push({ id: token.id });
      done = end;
    }
    if (done < text.length) parts.push({ text: text.slice(done), start: done });
    return parts;
  };
}

/**
 * Marks, and signs that compose with the next, which Unicode has got since the tables of Python's tokenizers were made:
 * there they neither compose nor change places. Cut out of the text, they do neither here.
 */
const unknownToNfc = new RegExp(
  `([${ranges(
    "7fd 897-89f 8ca-8d3 9fe c3c d3b-d3c eba 1715 1abf-1add 1ae0-1aeb 1df6-1dfa a82c 105c9 105d2 105da 105e4 10d24-10d27",
    "10d69-10d6d 10eab-10eac 10efa-10efb 10efd-10eff 10f46-10f50 10f82-10f85 11070 1133b 11382-11385 1138b 1138e 11390-11391",
    "113c2 113c5 113c7-113c8 113ce-113d0 1145e 11839-1183a 11935 11938 1193d-1193e 11943 119e0 11a34 11a47 11a99 11d42",
    "11d44-11d45 11d97 11f41-11f42 1611e 16121-16129 1612f 16d63 16d67-16d6a 16ff0-16ff1 1e08f 1e130-1e136 1e2ae 1e2ec-1e2ef",
    "1e4ec-1e4ef 1e5ee-1e5ef 1e6e3 1e6e6 1e6ee-1e6ef 1e6f5",
  )}])`,
  "v",
);

function makeNormalizer(steps: Normalizer[]): (text: string) => string {
  const functions = steps.map((step): ((text: string) => string) => {
    if (step.type === "NFC") {
      const nfc = (text: string) => text.normalize("NFC");
      return (text) => text.split(unknownToNfc).map(nfc).join("");
    }
    if (step.type === "Prepend") return (text) => (text === "" ? "" : step.prepend + text);
    const pattern = patternOf(step);
    return (text) => text.replaceAll(pattern, () => step.content);
  });
  return (text) => functions.reduce((result, step) => step(result), text);
}

const patternOf = ({ pattern }: Pick<Split, "pattern">): RegExp | string =>
  "Regex" in pattern ? regexOf(pattern.Regex) : pattern.String;

/** A part of a text to its words; `atStart`: whether the text begins with it. */
type Words = (text: string, atStart: boolean) => string[];

function makeWords(steps: PreTokenizer[]): Words {
  const functions = steps.map(wordsOf);
  return (text, atStart) =>
    functions.reduce(
      (words, step) => words.flatMap((word, i) => step(word, atStart && i === 0).filter((piece) => piece !== "")),
      text === "" ? [] : [text],
    );
}

/** GPT-2's sign for each byte: itself where it can be seen, else the next sign from U+0100 on. */
const signOfByte = ((): string[] => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isSeen = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(isSeen ? byte : next++);
  });
})();
const inBytes = (word: string): string => Array.from(Buffer.from(word), (byte) => signOfByte[byte]).join("");

/** What Rust takes for a number: Unicode 17's, whichever this Node has. */
const numbers = new RegExp(`[\\p{N}${ranges("11de0-11de9 16ff4-16ff6")}]`, "gv");

function wordsOf(step: PreTokenizer): Words {
  if (step.type === "Split") {
    const pattern = patternOf(step);
    return (text) => cut(text, pattern, step.behavior, step.invert);
  }
  if (step.type === "Digits") {
    const behavior = step.individual_digits ? "Isolated" : "Contiguous";
    return (text) => cut(text, numbers, behavior, false);
  }
  if (step.type === "Metaspace") {
    const { replacement, prepend_scheme: scheme } = step;
    return (text, atStart) => {
      const marked = text.replaceAll(" ", replacement);
      const prefix = scheme === "always" || (scheme === "first" && atStart);
      const whole = prefix && !marked.startsWith(replacement) ? replacement + marked : marked;
      return step.split ? cut(whole, replacement, "MergedWithNext", false) : [whole];
    };
  }
  return (text) => {
    const whole = step.add_prefix_space && !text.startsWith(" ") ? ` ${text}` : text;
    const words = step.use_regex ? cut(whole, gpt2, "Isolated", false) : [whole];
    return words.map(inBytes);
  };
}

/** A text cut at a pattern's matches. What is said of a match is of the rest where `invert` is set. */
function cut(text: string, pattern: RegExp | string, behavior: Split["behavior"], invert: boolean): string[] {
  const pieces = matchesAndRest(text, pattern).map(({ piece, isMatch }) => ({ piece, isMatch: isMatch !== invert }));
  if (behavior === "Isolated") return pieces.map(({ piece }) => piece);
  if (behavior === "Removed") return pieces.filter(({ isMatch }) => !isMatch).map(({ piece }) => piece);
  const words: string[] = [];
  if (behavior === "MergedWithNext") pieces.reverse();
  let before: boolean | undefined;
  for (const { piece, isMatch } of pieces) {
    // Contiguous: like to like. Merged: a match to the rest beside it, never to another match.
    const joins = behavior === "Contiguous" ? isMatch === before : isMatch && before === false;
    if (!joins) words.push(piece);
    else words.push(behavior === "MergedWithNext" ? piece + words.pop() : words.pop() + piece);
    before = isMatch;
  }
  return behavior === "MergedWithNext" ? words.reverse() : words;
}

function matchesAndRest(text: string, pattern: RegExp | string): { piece: string; isMatch: boolean }[] {
  const found = typeof pattern === "string" ? everyPlace(text, pattern) : text.matchAll(pattern);
  const pieces: { piece: string; isMatch: boolean }[] = [];
  let done = 0;
  for (const { 0: match, index } of found) {
    if (match === "" && index === done && done > 0) continue; // Oniguruma takes no empty match right after another
    if (done < index) pieces.push({ piece: text.slice(done, index), isMatch: false });
    pieces.push({ piece: match, isMatch: true });
    done = index + match.length;
  }
  if (done < text.length) pieces.push({ piece: text.slice(done), isMatch: false });
  return pieces;
}

function* everyPlace(text: string, wanted: string): Generator<{ 0: string; index: number }> {
  for (let index = text.indexOf(wanted); index >= 0; index = text.indexOf(wanted, index + wanted.length))
    yield { 0: wanted, index };
}

/** A word's ids: its signs, merged pair by pair in order of rank. */
function makeMerge(model: TokenizerJson["model"]): (word: string) => number[] {
  const vocabulary = new Map(Object.entries(model.vocab));
  const none = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, added_tokens: [] };
  const bpe: { encode(words: string[]): string[] } = new HuggingFaceTokenizer(
    { ...none, model: { ...model, fuse_unk: false, ignore_merges: false } },
    {},
  ).model;
  const unknown = model.unk_token === null ? undefined : vocabulary.get(model.unk_token);
  const isKnown = (sign: string) =>
    vocabulary.has(sign) || (model.byte_fallback && bytesOf(sign).every((b) => vocabulary.has(b)));
  return (word) => {
    const whole = model.ignore_merges ? vocabulary.get(word) : undefined;
    if (whole !== undefined) return [whole];
    // Without an unknown token, signs that are no tokens are dropped before the rest is merged.
    const signs = unknown === undefined ? [...word].filter(isKnown).join("") : word;
    const ids = bpe.encode([signs]).map((token) => vocabulary.get(token)!);
    return model.fuse_unk ? ids.filter((id, i) => id !== unknown || ids[i - 1] !== unknown) : ids;
  };
}

const bytesOf = (sign: string): string[] =>
  Array.from(Buffer.from(sign), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
