import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tokenTexts } from "../../src/dashboard/token-text.js";

/** The texts of tokens that are these bytes. */
function texts(...parts: (string | number[])[]): string[] {
  const bytes = parts.map((part) => Uint8Array.from(typeof part === "string" ? Buffer.from(part) : part));
  return tokenTexts([...bytes.keys()], (token) => bytes[token]);
}

test("a character whose bytes lie in several tokens stands whole at the first; the others go on with it", () => {
  assert.deepEqual(texts("a", [0xe2, 0x80], [0x99], "s"), ["a", "’", "", "s"]);
  assert.deepEqual(texts([0xf0, 0x9f], [0x99], [0x82, 0x20], "x"), ["🙂", "", " ", "x"]);
});

test("bytes that no neighbour completes are shown one by one, and the rest still reads", () => {
  assert.deepEqual(texts([0x99], "s ", [0xe2, 0x80]), ["\\x99", "s ", "\\xE2\\x80"]);
  assert.deepEqual(texts([0xe2, 0x80], "a"), ["\\xE2\\x80", "a"]);
});

test("bytes that RFC 3629 forbids are no characters: overlong, surrogates, above U+10FFFF", () => {
  assert.deepEqual(texts([0xc0, 0xbc]), ["\\xC0\\xBC"]);
  assert.deepEqual(texts([0xed, 0xa0, 0x80]), ["\\xED\\xA0\\x80"]);
  assert.deepEqual(texts([0xf4, 0x90, 0x80, 0x80]), ["\\xF4\\x90\\x80\\x80"]);
});

test("valid UTF-8 comes back as Node decodes it, however it is cut into tokens", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."aé’日🙂ش") });
  fc.assert(
    fc.property(letters, fc.array(fc.nat(12)), (text, cuts) => {
      const bytes = Buffer.from(text);
      const parts: number[][] = [];
      let from = 0;
      for (const size of [...cuts, bytes.length]) {
        parts.push([...bytes.subarray(from, from + size)]);
        from += size;
      }
      assert.equal(texts(...parts).join(""), text);
    }),
  );
});

test("an emoji of several code points and a letter with its marks stay whole", () => {
  assert.deepEqual(texts("👩", "\u200d", "🚀"), ["👩‍🚀", "", ""]);
  assert.deepEqual(texts("👍", "🏽!"), ["👍🏽", "!"]);
  assert.deepEqual(texts("e", "\u0301"), ["e\u0301", ""]);
});

test("a joiner or a mark by itself is seen", () => {
  assert.deepEqual(texts("\u200d"), ["⟨U+200D⟩"]);
  assert.deepEqual(texts("\u0301"), ["◌\u0301"]);
});

test("controls, tabs, newlines and marks of direction are visible", () => {
  assert.deepEqual(texts("a\tb\n", "\r\n", "\u0000", "\u007f", "\u202e", "\u0085", "\u00ad"), [
    "a→b↵",
    "␍↵",
    "␀",
    "␡",
    "⟨U+202E⟩",
    "⟨U+0085⟩",
    "⟨U+00AD⟩",
  ]);
});

test("whatever the bytes: a text for each token, none with a control or a change of direction", () => {
  const token = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.string({ unit: "binary" }).map((s) => Buffer.from(s)),
  );
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      const found = tokenTexts([...tokens.keys()], (n) => tokens[n]);
      assert.equal(found.length, tokens.length);
      for (const text of found) {
        assert.doesNotMatch(text, /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069\u2028\u2029]/u);
      }
    }),
    { numRuns: 500 },
  );
});
