import { setImmediate as nextTurn } from "node:timers/promises";
import { Int32 } from "apache-arrow";
import { columnValues, int32, namesOf, readArrowFile, vectorRows, writeArrowFile } from "../../base/arrow-file.js";
import { SncError, throwIfStopped } from "../../base/errors.js";
import { sha256 } from "../../base/files.js";
import { type Reporter, silent } from "../../base/progress.js";
import { recordHash, requireRecorded } from "../../base/recorded.js";
import type { Tokenizer } from "../../model/tokenizer/tokenizer.js";

export const splits = ["train", "test"] as const;

/** Sequences of tokens, and where each is from. */
export interface TokenSequences {
  contextLength: number;
  /** [count · contextLength], sequence after sequence. */
  tokens: Int32Array;
  /** The names that `source` counts. */
  sources: string[];
  /** For each sequence: its source, its split (0 train, 1 test), its document's place in the source's file, from 0. */
  source: Int8Array;
  split: Int8Array;
  document: Int32Array;
}

/** A named collection of documents; read when its turn comes. */
export interface DocumentSource {
  name: string;
  read(): Promise<string[]>;
}

/** How texts are cut into sequences. */
export interface CutRules {
  /** Sequences per source. */
  trainSequences: number;
  testSequences: number;
  contextLength: number;
  /** At most so many sequences of one document, so that no giant file decides a source. */
  maxSequencesPerDocument: number;
  /** Share of the documents that is kept for testing. */
  testFraction: number;
  /** A document longer than this per token that can be used is cut before it is encoded. */
  charactersPerToken: number;
}

export const cutRules = { maxSequencesPerDocument: 8, testFraction: 0.2, charactersPerToken: 10 };

/**
 * Cuts documents into sequences of `contextLength` consecutive tokens of one document, all its paragraphs encoded
 * together; the model's `bos`, if it has one, is the first of them. Documents come in the order of their text's sha256
 * (a shuffle without a seed); other digits of it decide the split, so that a document is in train or in test, never both.
 */
export async function tokenizeSources(
  sources: DocumentSource[],
  tokenizer: Tokenizer,
  rules: CutRules,
  { report = silent, signal }: { report?: Reporter; signal?: AbortSignal } = {},
): Promise<TokenSequences> {
  const wanted = [rules.trainSequences, rules.testSequences];
  const sequences: { tokens: Int32Array; source: number; split: number; document: number }[] = [];
  const bar = report.bar("tokenizing", sources.length * (wanted[0] + wanted[1]), "sequences");
  for (const [source, { name, read }] of sources.entries()) {
    const documents = await read();
    const found = splits.map((): typeof sequences => []);
    for (const { text, document, split } of inHashOrder(documents, rules.testFraction)) {
      const room = wanted[split] - found[split].length;
      if (room === 0) continue;
      const windows = windowsOf(text, tokenizer, rules).slice(0, room);
      for (const tokens of windows) found[split].push({ tokens, source, split, document });
      bar.advance(windows.length);
      await nextTurn(); // lets Ctrl-C arrive
      throwIfStopped(signal);
    }
    if (found.some((of, split) => of.length < wanted[split]))
      throw new SncError(
        "input",
        `${name}: expected ${wanted[0]} training and ${wanted[1]} test sequences of ${rules.contextLength} tokens, found ` +
          `${found[0].length} and ${found[1].length} in ${documents.length} documents (at most ` +
          `${rules.maxSequencesPerDocument} of one). Take a smaller --profile, or add text to data-manifests/datapackage.json`,
      );
    sequences.push(...found.flat());
  }
  bar.finish();
  const { contextLength } = rules;
  const tokens = new Int32Array(sequences.length * contextLength);
  for (const [i, sequence] of sequences.entries()) tokens.set(sequence.tokens, i * contextLength);
  return {
    contextLength,
    tokens,
    sources: sources.map(({ name }) => name),
    source: Int8Array.from(sequences, (s) => s.source),
    split: Int8Array.from(sequences, (s) => s.split),
    document: Int32Array.from(sequences, (s) => s.document),
  };
}

/** Distinct documents in the order of their hash, each with its place in the file and its split. */
function inHashOrder(documents: string[], testFraction: number) {
  const byHash = new Map<string, { text: string; document: number; split: number }>();
  for (const [document, text] of documents.entries()) {
    const hash = sha256(text);
    // The same text twice would be one document in two places.
    if (!byHash.has(hash)) byHash.set(hash, { text, document, split: splitOf(hash, testFraction) });
  }
  return [...byHash].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

/** The split of a document by its text's sha256: 0 train, 1 test. */
export const splitOf = (hash: string, testFraction: number): number =>
  Number.parseInt(hash.slice(-8), 16) / 2 ** 32 < testFraction ? 1 : 0;

/** A document's sequences, at most `maxSequencesPerDocument`; what cannot be used of a long one is never encoded. */
export function windowsOf(text: string, tokenizer: Tokenizer, rules: CutRules): Int32Array[] {
  const { contextLength, maxSequencesPerDocument, charactersPerToken } = rules;
  const start = tokenizer.bos === null ? [] : [tokenizer.bos];
  const size = contextLength - start.length;
  const ids = tokenizer.encode(cut(text, maxSequencesPerDocument * contextLength * charactersPerToken));
  const count = Math.min(maxSequencesPerDocument, Math.floor(ids.length / size));
  return Array.from({ length: count }, (_, i) => Int32Array.of(...start, ...ids.subarray(i * size, (i + 1) * size)));
}

/** The beginning of a text, up to the last white space within `length` characters: no word is cut in two. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const beginning = text.slice(0, length);
  const end = beginning.search(/\s\S*$/u);
  return end > 0 ? beginning.slice(0, end) : beginning.replace(/[\ud800-\udbff]$/, "");
}

const madeByTokenizing = { by: "snc activations", next: "Delete it and run: snc activations" };

/** The sequences that `writeTokens` has written. */
export async function readTokens(file: string): Promise<TokenSequences> {
  await requireRecorded(file, madeByTokenizing);
  return readArrowFile(file, madeByTokenizing.next, async ({ schema, batches }) => {
    const sources: string[] = [];
    for await (const batch of batches()) {
      const names = batch.getChild("source")!.data[0].dictionary!;
      for (let i = 0; i < names.length; i++) sources.push(String(names.get(i)));
      const column = <T extends Int32Array | Int8Array>(name: string): T => columnValues<T>(batch, name).slice() as T;
      const contextLength = Number(schema.metadata.get("contextLength"));
      const [tokens, source, split] = [
        column<Int32Array>("tokens"),
        column<Int8Array>("source"),
        column<Int8Array>("split"),
      ];
      return { contextLength, tokens, sources, source, split, document: column<Int32Array>("document") };
    }
    throw new SncError("input", `${file}: expected sequences, found none. Delete it and run: snc activations`);
  });
}

/** Writes the sequences beside what is computed from them: `tokens` [sequence, contextLength], source, split, document. */
export async function writeTokens(file: string, t: TokenSequences): Promise<void> {
  const columns = {
    tokens: vectorRows(new Int32(), t.contextLength),
    source: namesOf(0, t.sources),
    split: namesOf(1, splits),
    document: int32,
  };
  await writeArrowFile(file, columns, new Map([["contextLength", String(t.contextLength)]]), (append) =>
    append({ tokens: t.tokens, source: t.source, split: t.split, document: t.document }),
  );
  await recordHash(file);
}
