import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import { SncError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/files.js";
import {
  type CutRules,
  cutRules,
  readTokens,
  splitOf,
  type TokenSequences,
  tokenizeSources,
  windowsOf,
  writeTokens,
} from "../../../src/data/texts/tokens.js";
import type { Tokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { countingReporter } from "../../helpers/counting-reporter.js";

/** A token for each word, which is a number. */
const words: Tokenizer = {
  bos: null,
  encode: (text) => Int32Array.from(text.split(/\s+/).filter(Boolean), Number),
  decode: (ids) => [...ids].join(" "),
};
const rules: CutRules = {
  trainSequences: 30,
  testSequences: 8,
  contextLength: 4,
  maxSequencesPerDocument: 3,
  testFraction: 0.2,
  charactersPerToken: 10,
};

/** Document d has d % 30 words, in two paragraphs: 1000 · d, 1000 · d + 1, … */
const numbered = Array.from({ length: 200 }, (_, d) => {
  const ids = Array.from({ length: d % 30 }, (_, i) => 1000 * d + i);
  return `${ids.slice(0, 5).join(" ")}\n\n${ids.slice(5).join(" ")}`;
});
const source = (documents: string[], name = "numbers") => ({ name, read: async () => documents });
const documentsOf = (t: TokenSequences, split: number): Set<number> =>
  new Set([...t.document].filter((_, i) => t.split[i] === split));

test("a sequence is consecutive tokens of one document, across its paragraphs", async () => {
  const t = await tokenizeSources([source(numbered)], words, rules);
  assert.equal(t.tokens.length, 38 * 4);
  for (let i = 0; i < 38; i++) {
    const [first, ...rest] = t.tokens.subarray(4 * i, 4 * i + 4);
    assert.equal(Math.floor(first / 1000), t.document[i]);
    assert.equal(first % 4, 0); // windows follow each other from the document's beginning
    assert.deepEqual(rest, [first + 1, first + 2, first + 3]);
  }
  assert.ok(
    [...t.tokens].some((id, i) => i % 4 === 0 && id % 1000 === 4),
    "one spans both paragraphs",
  );
});

test("as many sequences of each split as asked for, at most three of a document", async () => {
  const t = await tokenizeSources([source(numbered), source(numbered.toReversed(), "again")], words, rules);
  for (const s of [0, 1])
    for (const [split, count] of [rules.trainSequences, rules.testSequences].entries())
      assert.equal([...t.source].filter((v, i) => v === s && t.split[i] === split).length, count);
  const perDocument = new Map<string, number>();
  for (const [i, document] of t.document.entries()) {
    const key = `${t.source[i]}/${document}`;
    perDocument.set(key, (perDocument.get(key) ?? 0) + 1);
  }
  assert.equal(Math.max(...perDocument.values()), 3);
});

test("a document is in train or in test, never both, and stays there whatever else is in the source", async () => {
  const all = await tokenizeSources([source(numbered)], words, rules);
  const [train, held] = [documentsOf(all, 0), documentsOf(all, 1)];
  assert.deepEqual(
    [...train].filter((d) => held.has(d)),
    [],
  );
  // Leaving out every other document moves none of the rest to the other side.
  const half = await tokenizeSources([source(numbered.map((text, d) => (d % 2 ? text : "")))], words, {
    ...rules,
    trainSequences: 15,
    testSequences: 4,
  });
  for (const d of documentsOf(half, 0)) assert.ok(!held.has(d));
  for (const d of documentsOf(half, 1)) assert.ok(!train.has(d));
});

test("about a fifth of the documents is for testing", async () => {
  const many = Array.from({ length: 5000 }, (_, i) => `${i} 1 2 3`);
  const wanted = { ...rules, trainSequences: 3800, testSequences: 900 };
  const t = await tokenizeSources([source(many)], words, wanted); // an error unless both are there
  assert.equal(t.source.length, 4700);
});

test("documents come in the order of their text's sha256; the same text counts once", async () => {
  const t = await tokenizeSources([source([...numbered, ...numbered])], words, rules);
  for (const split of [0, 1]) {
    const hashes = [...documentsOf(t, split)].map((d) => sha256(numbered[d]));
    assert.deepEqual(hashes, hashes.toSorted());
  }
  assert.ok(Math.max(...t.document) < numbered.length);
  assert.deepEqual(t, await tokenizeSources([source(numbered)], words, rules));
});

test("a model's first token begins every sequence", async () => {
  const t = await tokenizeSources([source(numbered)], { ...words, bos: 7 }, rules);
  for (let i = 0; i < t.document.length; i++) {
    const [bos, first, second] = t.tokens.subarray(4 * i);
    assert.equal(bos, 7);
    assert.deepEqual([Math.floor(first / 1000), (first % 1000) % 3, second], [t.document[i], 0, first + 1]);
  }
});

test("a long document is cut at white space before it is encoded", async () => {
  const seen: string[] = [];
  const spy: Tokenizer = {
    ...words,
    encode(text) {
      seen.push(text);
      return words.encode(text);
    },
  };
  // 3 sequences · 4 tokens · 10 characters = 120: the cut falls into a word of 7 digits
  const long = Array.from({ length: 1000 }, (_, i) => 1000000 + i).join(" ");
  const one = { ...rules, trainSequences: 1, testSequences: 1, testFraction: 0.5 };
  const sources = Array.from({ length: 8 }, (_, i) => `${i} ${long}`);
  await tokenizeSources([source(sources)], spy, one);
  assert.ok(seen.length >= 2);
  for (const text of seen) assert.match(text, /^\d( \d{7}){14}$/);
});

test("too few sequences is an error with the counts", async () => {
  await assert.rejects(tokenizeSources([source(numbered.slice(0, 20))], words, rules), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input");
    assert.match(
      error.message,
      /^numbers: expected 30 training and 8 test sequences of 4 tokens, found \d+ and \d+ in 20/,
    );
    return true;
  });
});

test("stops when asked to", async () => {
  await assert.rejects(
    tokenizeSources([source(numbered)], words, rules, { signal: AbortSignal.abort() }),
    (error: Error) => error instanceof SncError && error.failure === "interrupted",
  );
});

test("tokens.arrow holds the sequences, with the names of source and split", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "snc-tokens-"));
  try {
    const t = await tokenizeSources([source(numbered), source(numbered, "again")], words, rules);
    const file = path.join(folder, "tokens.arrow");
    await writeTokens(file, t);
    const table = tableFromIPC(await readFile(file));
    const row = table.get(70)!.toJSON();
    assert.equal(table.numRows, 76);
    assert.deepEqual([...row.tokens], [...t.tokens.subarray(280, 284)]);
    assert.deepEqual([row.source, row.split, row.document], ["again", "test", t.document[70]]);
    const first = table.get(0)!.toJSON();
    assert.deepEqual([first.source, first.split, first.document], ["numbers", "train", t.document[0]]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** A hash with these first and last digits. */
const hashOf = (first: string, last: string): string => first.padEnd(56, "7") + last;

test("the split is that of a hash's last digits: the first ones, which order documents, say nothing of it", () => {
  for (const first of ["00000000", "80000000", "ffffffff"]) {
    assert.equal(splitOf(hashOf(first, "00000000"), 0.2), 1);
    assert.equal(splitOf(hashOf(first, "33333333"), 0.2), 1, "below a fifth of 2 ** 32");
    assert.equal(splitOf(hashOf(first, "33333334"), 0.2), 0);
    assert.equal(splitOf(hashOf(first, "ffffffff"), 0.2), 0);
    assert.equal(splitOf(hashOf(first, "80000000"), 0.5), 0, "a half is not below a half");
    assert.equal(splitOf(hashOf(first, "7fffffff"), 0.5), 1);
    assert.equal(splitOf(hashOf(first, "ffffffff"), 1), 1, "all are for testing");
    assert.equal(splitOf(hashOf(first, "00000000"), 0), 0, "none is");
  }
});

test("documents for testing come from anywhere in the order: as many from its first half as from its second", () => {
  const hashes = Array.from({ length: 4000 }, (_, i) => sha256(`document ${i}`)).sort();
  const held = (part: string[]): number => part.filter((hash) => splitOf(hash, 0.2) === 1).length;
  const [first, second] = [held(hashes.slice(0, 2000)), held(hashes.slice(2000))];
  // 400 each; 5 standard deviations are 90.
  for (const count of [first, second]) assert.ok(Math.abs(count - 400) < 90, `${first} and ${second}`);
});

test("what is tokenized splits each document by its own hash", async () => {
  const t = await tokenizeSources([source(numbered)], words, rules);
  for (const [i, document] of t.document.entries())
    assert.equal(t.split[i], splitOf(sha256(numbered[document]), rules.testFraction));
});

const windows = (text: string, changes: Partial<CutRules> = {}, bos: number | null = null): number[][] =>
  windowsOf(text, { ...words, bos }, { ...rules, ...changes }).map((window) => [...window]);

test("a document's windows follow one another from its beginning, at most so many, and what is left over is in none", () => {
  assert.deepEqual(windows("1 2 3 4 5 6 7 8 9"), [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]);
  assert.deepEqual(windows("1 2 3 4 5 6 7 8", { maxSequencesPerDocument: 1 }), [[1, 2, 3, 4]]);
  assert.deepEqual(windows("1 2 3"), []);
  assert.deepEqual(windows("1 2 3 4 5 6 7", {}, 9), [
    [9, 1, 2, 3],
    [9, 4, 5, 6],
  ]);
  assert.deepEqual(windows("1 2 3", {}, 9), [[9, 1, 2, 3]]);
});

/** What is encoded of a text of which 12 characters may be used. */
function encodedOf(text: string): string {
  let seen = "";
  const spy: Tokenizer = {
    ...words,
    encode(beginning) {
      seen = beginning;
      return new Int32Array(0);
    },
  };
  windowsOf(text, spy, { ...rules, maxSequencesPerDocument: 3, contextLength: 2, charactersPerToken: 2 });
  return seen;
}

test("a text is cut before the last word that does not fit; one that fits is whole; one word alone is cut in two", () => {
  assert.equal(encodedOf("12345 789 12"), "12345 789 12", "12 characters fit");
  assert.equal(encodedOf("12345 789 123"), "12345 789");
  assert.equal(encodedOf("12345 789\n2 4"), "12345 789\n2", "white space at the limit, a word behind it");
  assert.equal(encodedOf("1 345678901234"), "1");
  assert.equal(encodedOf("123456789012345"), "123456789012");
  assert.equal(encodedOf(" 23456789012345"), " 23456789012", "nothing stands before the white space");
  assert.equal(encodedOf("12345678901🙂 x"), "12345678901", "half a character is left out");
  assert.equal(encodedOf("1234567890🙂x y"), "1234567890🙂", "a whole one is not");
});

test("texts are cut as the documents say: 8 sequences of a document, a fifth of them for testing", () => {
  assert.deepEqual(cutRules, { maxSequencesPerDocument: 8, testFraction: 0.2, charactersPerToken: 10 });
});

test("progress counts every sequence of every source once", async () => {
  const { report, counted } = countingReporter();
  await tokenizeSources([source(numbered), source(numbered, "again")], words, rules, { report });
  assert.deepEqual(counted, { total: 76, done: 76, begun: 1, finished: 1 });
});

test("enough of one split and too few of the other is an error", async () => {
  for (const changes of [{ testSequences: 1000 }, { trainSequences: 1000 }])
    await assert.rejects(tokenizeSources([source(numbered)], words, { ...rules, ...changes }), /numbers: expected/);
});

test("sequences are read back as they were written; another file is refused", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "snc-tokens-"));
  try {
    const t = await tokenizeSources([source(numbered), source(numbered, "again")], words, rules);
    const file = path.join(folder, "tokens.arrow");
    await writeTokens(file, t);
    assert.deepEqual(await readTokens(file), t);
    await appendFile(file, "x");
    await assert.rejects(
      readTokens(file),
      /tokens.arrow: expected sha256 .* as snc activations wrote it.*Delete it and run: snc activations$/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
