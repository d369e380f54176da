import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { SncError, throwIfStopped } from "../../base/errors.js";
import { sha256 } from "../../base/files.js";
import { type Reporter, silent } from "../../base/progress.js";
import { permutation, stream } from "../../base/random.js";
import type { Tokenizer } from "../../model/tokenizer/tokenizer.js";
import { paper } from "../../paper.js";
import { linesOf } from "./jsonl.js";
import type { PileSubset } from "./published.js";
import { type CutRules, splitOf, splits, type TokenSequences, windowsOf } from "./tokens.js";

export interface PileOptions {
  folder: string;
  /** By path below the folder, in the order in which they are read. */
  files: readonly string[];
  subsets: readonly PileSubset[];
  tokenizer: Tokenizer;
  rules: CutRules;
  report?: Reporter;
  signal?: AbortSignal;
}

/** What has been found of one subset. */
interface Found {
  documents: number;
  seen: Set<string>;
  windows: { tokens: Int32Array; document: number }[][];
}

/**
 * Reads the Pile until each subset has its sequences, document by document in the order of the files: what is not wanted,
 * or enough by then, is passed over. Split by hash, cut and encoded as the other profiles' texts. The sequences come out in
 * the order in which a buffer takes them: those for training shuffled, so that every part of them has all subsets, then
 * those for testing. Memory: the sequences and one document.
 */
export async function pileSequences(options: PileOptions): Promise<TokenSequences> {
  const { folder, files, subsets, tokenizer, rules, report = silent, signal } = options;
  const wanted = [rules.trainSequences, rules.testSequences];
  const found = new Map<string, Found>(
    subsets.map(({ pile_set_name }) => [
      pile_set_name,
      { documents: 0, seen: new Set(), windows: splits.map(() => []) },
    ]),
  );
  const lacks = ({ windows }: Found): boolean => windows.some((of, split) => of.length < wanted[split]);
  const bar = report.bar("tokenizing the Pile", subsets.length * (wanted[0] + wanted[1]), "sequences");
  reading: for (const file of files) {
    let line = 0;
    for await (const json of linesOf(path.join(folder, file))) {
      line++;
      const subset = found.get(subsetOf(json, file, line) ?? "");
      if (!subset || !lacks(subset)) continue;
      const text = textOf(json, file, line);
      const document = subset.documents++;
      const hash = sha256(text);
      if (subset.seen.has(hash)) continue; // the same text twice would be one document in two places
      subset.seen.add(hash);
      const split = splitOf(hash, rules.testFraction);
      const room = wanted[split] - subset.windows[split].length;
      if (room === 0) continue;
      const windows = windowsOf(text, tokenizer, rules).slice(0, room);
      for (const tokens of windows) subset.windows[split].push({ tokens, document });
      bar.advance(windows.length);
      await nextTurn(); // lets Ctrl-C arrive
      throwIfStopped(signal);
      if (![...found.values()].some(lacks)) break reading;
    }
  }
  bar.finish();
  const short = [...found].filter(([, subset]) => lacks(subset));
  if (short.length > 0) throw shortage(folder, files.length, rules, short);
  return inBufferOrder(subsets, found, rules.contextLength);
}

const setName = /"pile_set_name": ?"((?:[^"\\]|\\.)*)"\s*\}\s*\}\s*$/;

/** A line's subset: from its end, where the Pile has it, else by parsing it. Most lines are of others and are passed over. */
function subsetOf(json: string, file: string, line: number): string | undefined {
  if (json.trim() === "") return undefined;
  const atEnd = setName.exec(json.slice(-200));
  if (atEnd) return atEnd[1];
  const { meta } = parsed(json, file, line);
  return typeof meta === "object" && meta !== null ? (meta as { pile_set_name?: string }).pile_set_name : undefined;
}

function textOf(json: string, file: string, line: number): string {
  const { text } = parsed(json, file, line);
  if (typeof text === "string") return text;
  throw new SncError(
    "input",
    `${file}, line ${line}: expected a text, found ${text === null ? "null" : typeof text}. Download the file again`,
  );
}

function parsed(json: string, file: string, line: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {} // said below, with the line's number
  const found = json.slice(0, 60);
  throw new SncError("input", `${file}, line ${line}: expected {"text": …, "meta": …}, found ${found}`);
}

function shortage(folder: string, files: number, rules: CutRules, short: [string, Found][]): SncError {
  const lines = short.map(([name, { documents, windows }]) =>
    documents === 0
      ? `  ${name}: missing`
      : `  ${name}: ${windows[0].length} and ${windows[1].length} in ${documents} documents`,
  );
  return new SncError(
    "input",
    `${folder}: expected ${rules.trainSequences} training and ${rules.testSequences} test sequences of ` +
      `${rules.contextLength} tokens for each subset (at most ${rules.maxSequencesPerDocument} of a document), found in ` +
      `${files} files:\n${lines.join("\n")}\nAdd files of the Pile, or ask for fewer: --sequences TRAIN,TEST`,
  );
}

function inBufferOrder(
  subsets: readonly PileSubset[],
  found: ReadonlyMap<string, Found>,
  contextLength: number,
): TokenSequences {
  const [train, test] = splits.map((_, split) =>
    subsets.flatMap(({ pile_set_name }, source) =>
      found.get(pile_set_name)!.windows[split].map((window) => ({ ...window, source, split })),
    ),
  );
  // A seed changes weights and batches, never the data: this shuffle is the same for all of them.
  const order = permutation(stream(paper.seed, "contexts"), train.length);
  const all = [...Array.from(order, (i) => train[i]), ...test];
  const tokens = new Int32Array(all.length * contextLength);
  for (const [i, sequence] of all.entries()) tokens.set(sequence.tokens, i * contextLength);
  return {
    contextLength,
    tokens,
    sources: subsets.map(({ name }) => name),
    source: Int8Array.from(all, ({ source }) => source),
    split: Int8Array.from(all, ({ split }) => split),
    document: Int32Array.from(all, ({ document }) => document),
  };
}
