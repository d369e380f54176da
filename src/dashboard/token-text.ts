import type { TokenBytes } from "../model/tokenizer/token-bytes.js";

/**
 * What stands for each token of a text: its characters, with control characters made visible; empty where a token only goes on
 * with a character that an earlier one began.
 */
export type TokenTexts = string[];

/**
 * The texts of tokens that follow each other. A character whose bytes lie in several tokens stands whole at the first of them, and
 * so does what readers take for one character: a letter with its marks, an emoji of several code points. Bytes that are no UTF-8,
 * as at a cut, are shown as \x80. The texts hold no markup and are not escaped: who shows them sets them as text.
 */
export function tokenTexts(tokens: readonly number[], bytesOf: TokenBytes): TokenTexts {
  const parts = tokens.map((token) => bytesOf(token));
  const ends: number[] = [];
  for (const { length } of parts) ends.push((ends.at(-1) ?? 0) + length);
  const texts = tokens.map(() => "");
  let token = 0;
  for (const { text, start } of charactersOf(Buffer.concat(parts))) {
    while (ends[token] <= start) token++;
    texts[token] += text;
  }
  return texts;
}

/** A character to be seen, and the byte that it starts at. */
interface Character {
  text: string;
  start: number;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

function* charactersOf(bytes: Uint8Array): Generator<Character> {
  for (let start = 0; start < bytes.length; ) {
    const end = validUntil(bytes, start);
    if (end === start) {
      yield { text: `\\x${bytes[start].toString(16).toUpperCase().padStart(2, "0")}`, start };
      start++;
      continue;
    }
    for (const { segment } of graphemes.segment(Buffer.from(bytes.subarray(start, end)).toString("utf8"))) {
      yield { text: visible(segment), start };
      start += Buffer.byteLength(segment);
    }
  }
}

/** Where the run of valid UTF-8 that begins at `start` ends. */
function validUntil(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let length = characterLength(bytes, at); length > 0; length = characterLength(bytes, at)) at += length;
  return at;
}

/** Bytes of the character at a place; 0 where none is whole and valid (RFC 3629: nothing overlong, no surrogate). */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if (first === undefined) return 0;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 ? 4 : 0;
  if (length === 0 || first > 0xf4) return 0;
  const [lowest, highest] = secondByte[first] ?? [0x80, 0xbf];
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || byte < (i === 1 ? lowest : 0x80) || byte > (i === 1 ? highest : 0xbf)) return 0;
  }
  return length;
}

/** First bytes that allow fewer second ones. */
const secondByte: Readonly<Record<number, readonly [number, number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};

/** What cannot be seen, or would change how its neighbours are seen: controls, directions, separators, what has no width. */
const unseen =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cn}\p{Co}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu;

/** Within a character, as in an emoji of several, these join; alone they are shown. */
const joiner = /^[\u200C\u200D]$/u;

const signs: Readonly<Record<string, string>> = { "\n": "↵", "\t": "→", "\u007F": "␡" };

const visible = (character: string): string =>
  joiner.test(character) ? codePoint(character) : withBase(character.replace(unseen, signOf));

const signOf = (sign: string): string => {
  const code = sign.codePointAt(0)!;
  return signs[sign] ?? (code < 0x20 ? String.fromCharCode(0x2400 + code) : codePoint(sign));
};

const codePoint = (sign: string): string => `⟨U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** A mark without a letter, as in a token by itself, on a dotted circle. */
const withBase = (text: string): string => (/^\p{M}/u.test(text) ? `◌${text}` : text);
