import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { SncError } from "../../../src/base/errors.js";
import { sha256 } from "../../../src/base/files.js";
import { type PileOptions, pileSequences } from "../../../src/data/texts/pile.js";
import { readPileSubsets } from "../../../src/data/texts/published.js";
import { splitOf } from "../../../src/data/texts/tokens.js";
import type { Tokenizer } from "../../../src/model/tokenizer/tokenizer.js";
import { countingReporter } from "../../helpers/counting-reporter.js";

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "snc-pile-"));
});
after(() => rm(folder, { recursive: true }));

/** A token for each word, which is a number; 9 first. */
const words: Tokenizer = {
  bos: 9,
  encode: (text) => Int32Array.from(text.split(/\s+/).filter(Boolean), Number),
  decode: (ids) => [...ids].join(" "),
};

const subsets = [
  { name: "code", pile_set_name: "Github", why: "" },
  { name: "books", pile_set_name: "Gutenberg (PG-19)", why: "" },
];
const rules = {
  ...{ trainSequences: 12, testSequences: 3, contextLength: 4 },
  ...{ maxSequencesPerDocument: 2, testFraction: 0.2, charactersPerToken: 10 },
};

/** Document d of a subset: 7 numbers from 100 · d on, and 1 000 000 for the second subset. */
const textOf = (d: number, subset: number): string =>
  Array.from({ length: 7 }, (_, i) => 1_000_000 * subset + 100 * d + i).join(" ");
const line = (text: string, name: string): string => JSON.stringify({ text, meta: { pile_set_name: name } });

async function read(files: Record<string, string[]>, changes: Partial<PileOptions> = {}) {
  for (const [name, lines] of Object.entries(files)) await writeFile(path.join(folder, name), lines.join("\n"));
  return pileSequences({ folder, files: Object.keys(files), subsets, tokenizer: words, rules, ...changes });
}

const both = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => from + i).flatMap((d) => [
    line(textOf(d, 0), "Github"),
    line("not wanted", "Pile-CC"),
    line(textOf(d, 1), "Gutenberg (PG-19)"),
  ]);

test("sequences are <bos> and consecutive tokens of a wanted subset's document, as many as asked for of each", async () => {
  const t = await read({ "00.jsonl": both(0, 40) });
  assert.deepEqual(t.sources, ["code", "books"]);
  for (const source of [0, 1])
    for (const [split, count] of [12, 3].entries())
      assert.equal([...t.source].filter((s, i) => s === source && t.split[i] === split).length, count);
  for (let i = 0; i < t.source.length; i++) {
    const [bos, first, ...rest] = t.tokens.subarray(4 * i, 4 * i + 4);
    assert.equal(bos, 9);
    assert.equal(Math.floor(first / 1_000_000), t.source[i]);
    assert.equal(
      Math.floor((first % 1_000_000) / 100),
      t.document[i],
      "the document's number is its place in the subset",
    );
    assert.deepEqual(rest, [first + 1, first + 2]);
    assert.equal(t.split[i], splitOf(sha256(textOf(t.document[i], t.source[i])), 0.2), "split by the text's hash");
  }
});

test("those for training come first, shuffled so that all subsets are among any of them; the same each time", async () => {
  const t = await read({ "00.jsonl": both(0, 40) });
  const trained = [...t.source.subarray(0, 24)];
  assert.ok([...t.split].every((split, i) => split === (i < 24 ? 0 : 1)));
  assert.ok(new Set(trained.slice(0, 8)).size === 2 && new Set(trained.slice(-8)).size === 2);
  assert.deepEqual((await read({ "00.jsonl": both(0, 40) })).tokens, t.tokens);
});

test("files are read in turn, and no further than is needed", async () => {
  const halves = await read({ "00.jsonl": both(0, 5), "01.jsonl": both(5, 40), "02.jsonl": ["never read: no JSON"] });
  assert.deepEqual(halves.tokens, (await read({ "00.jsonl": both(0, 40) })).tokens);
});

test("a text that comes twice is taken once", async () => {
  const t = await read({ "00.jsonl": [...both(0, 3), ...both(0, 40)] });
  assert.equal(new Set(Array.from({ length: 30 }, (_, i) => t.tokens[4 * i + 1])).size, 30);
});

test("subsets that are missing or short are named with what was found of them", async () => {
  const code = both(0, 6).filter((json) => json.includes("Github"));
  await assert.rejects(read({ "00.jsonl": code }), (error: Error) => {
    assert.ok(error instanceof SncError && error.failure === "input");
    const counts = [0, 1].map(
      (split) => 2 * [0, 1, 2, 3, 4, 5].filter((d) => splitOf(sha256(textOf(d, 0)), 0.2) === split).length,
    );
    assert.match(error.message, /expected 12 training and 3 test sequences of 4 tokens for each subset/);
    assert.ok(
      error.message.includes(`Github: ${counts[0]} and ${Math.min(3, counts[1])} in 6 documents`),
      error.message,
    );
    assert.match(error.message, /Gutenberg \(PG-19\): missing/);
    return true;
  });
});

test("the subset is found wherever a line says it; a line that is no JSON is named with its place", async () => {
  const turned = both(0, 40).map((json) => {
    const { text, meta } = JSON.parse(json);
    return JSON.stringify({ meta, more: 'a "pile_set_name": "Github"}}', text });
  });
  assert.deepEqual((await read({ "00.jsonl": turned })).tokens, (await read({ "00.jsonl": both(0, 40) })).tokens);
  await assert.rejects(read({ "00.jsonl": [...both(0, 2), "{oops"] }), /00.jsonl, line 7: expected {"text"/);
  await assert.rejects(
    read({ "00.jsonl": ['{"text": 3, "meta": {"pile_set_name": "Github"}}'] }),
    /expected a text, found/,
  );
});

test("a long document is cut before it is encoded", async () => {
  const lengths: number[] = [];
  const noting: Tokenizer = {
    ...words,
    encode(text) {
      lengths.push(text.length);
      return words.encode(text);
    },
  };
  const long = both(0, 40).map((json) => json.replace('{"text":"', `{"text":"${"1 ".repeat(500)}`));
  await read({ "00.jsonl": long }, { tokenizer: noting });
  assert.ok(Math.max(...lengths) <= 2 * 4 * 10, String(Math.max(...lengths)));
});

test("the manifest names eight subsets of the Pile, each once and with a reason", async () => {
  const eight = await readPileSubsets();
  assert.equal(eight.length, 8);
  assert.equal(new Set(eight.map(({ pile_set_name }) => pile_set_name)).size, 8);
  assert.ok(eight.every(({ why }) => why.length > 0));
});

test("progress counts every sequence of every subset once", async () => {
  const { report, counted } = countingReporter();
  await read({ "00.jsonl": both(0, 40) }, { report });
  assert.deepEqual(counted, { total: 30, done: 30, begun: 1, finished: 1 });
});

test("an interrupted reading ends at the next document", async () => {
  await assert.rejects(
    read({ "00.jsonl": both(0, 40) }, { signal: AbortSignal.abort() }),
    (error: Error) => error instanceof SncError && error.failure === "interrupted",
  );
});

test("empty lines, and texts that say no subset, are passed over", async () => {
  const others = ["", "  ", "\r", '{"text": "a"}', '{"text": "a", "meta": null}', '{"text": "a", "meta": "Github"}'];
  const t = await read({ "00.jsonl": [...others, ...both(0, 40)] });
  assert.deepEqual(t.tokens, (await read({ "00.jsonl": both(0, 40) })).tokens);
});

test("only lines of wanted subsets are parsed, as long as those are wanted", async () => {
  const broken = '{"text": broken, "meta": {"pile_set_name": "Pile-CC"}}';
  const code = both(0, 40).filter((json) => json.includes("Github"));
  const enough = '{"text": broken, "meta": {"pile_set_name": "Github"}}';
  const books = both(0, 40).filter((json) => json.includes("Gutenberg"));
  const t = await read({ "00.jsonl": [broken, ...code, enough, ...books] });
  assert.equal(t.source.length, 30);
  await assert.rejects(read({ "00.jsonl": [enough] }), /00.jsonl, line 1: expected \{"text"/);
});

test("one subset's shortage does not end the reading of another, nor does one split's", async () => {
  // All code comes before the first book: with every one of both splits there, reading goes on.
  const ordered = both(0, 40).toSorted(
    (one, other) => Number(one.includes("Gutenberg")) - Number(other.includes("Gutenberg")),
  );
  assert.equal((await read({ "00.jsonl": ordered })).source.length, 30);
  const test = both(0, 200).filter((json) => splitOf(sha256(JSON.parse(json).text), 0.2) === 1);
  await assert.rejects(
    read({ "00.jsonl": test }),
    /Github: 0 and 3 in \d+ documents\n {2}Gutenberg \(PG-19\): 0 and 3 in/,
  );
});

test("a subset that has enough is not named among those that are short", async () => {
  const code = both(0, 40).filter((json) => json.includes("Github"));
  await assert.rejects(read({ "00.jsonl": code }), (error: Error) => {
    assert.doesNotMatch(error.message, /Github/);
    return /Gutenberg \(PG-19\): missing/.test(error.message);
  });
});

test("a line that is no object, or has no text, is named with its file and number and shown up to 60 characters", async () => {
  const named = 'meta": {"pile_set_name": "Github"}}';
  await assert.rejects(
    read({ "00.jsonl": ["", `{"text": null, "${named}`] }),
    /00.jsonl, line 2: expected a text, found null. Download the file again/,
  );
  await assert.rejects(read({ "00.jsonl": [`{"${named}`] }), /line 1: expected a text, found undefined/);
  for (const json of ["3", "null", '"text"', "x".repeat(100)])
    await assert.rejects(read({ "00.jsonl": [json] }), (error: Error) => {
      assert.ok(error instanceof SncError && error.failure === "input");
      return error.message.endsWith(`line 1: expected {"text": …, "meta": …}, found ${json.slice(0, 60)}`);
    });
});

test("where it is said and how many files were read stands in the error of a shortage", async () => {
  await assert.rejects(read({ "00.jsonl": both(0, 1), "01.jsonl": both(1, 2) }), (error: Error) => {
    assert.ok(error.message.startsWith(`${folder}: expected 12 training and 3 test sequences`), error.message);
    return /2 files/.test(error.message) && error.message.includes("in 2 documents");
  });
});
