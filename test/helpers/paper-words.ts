import { readFileSync } from "node:fs";
import path from "node:path";
import { sha256 } from "../../src/base/files.js";
import { fixtures } from "./paths.js";

/* The paper's text is not in the repository; the hash of every three successive words of it is, in fixtures/paper-words.txt. */

const file = path.join(fixtures, "paper-words.txt");

/** The hash of every three words that follow each other, punctuation at their ends left out. */
export function hashesOfWords(text: string): Set<string> {
  const words = text.split(/\s+/).map((word) => word.replace(/^[("“]+|[.,;:)”"]+$/g, ""));
  const known = words.filter((word) => word !== "");
  return new Set(known.slice(2).map((_, i) => sha256(known.slice(i, i + 3).join(" ")).slice(0, 10)));
}

/** The hashes of the paper's words, as they were recorded. */
export const paperWords = (): Set<string> => new Set(readFileSync(file, "utf8").trim().split("\n"));

// How the file was made: tsx test/helpers/paper-words.ts PAPER.txt > test/fixtures/paper-words.txt
if (require.main === module) console.log([...hashesOfWords(readFileSync(process.argv[2], "utf8"))].sort().join("\n"));
