import { permutation, stream } from "../../../base/random.js";
import { splits } from "../../texts/tokens.js";
import { type Labels, refusal, type VectorFile } from "./vector-file.js";

/** What decides which vectors are for testing: a column that says it, or a share drawn with `seed`. */
export type SplitRule = { column: string } | { share: number; document?: string; seed: number };

/** The draw is the same for every layer and training: files of the same tokens are split alike. */
const seed = 0;

export const splitRuleOf = ({ split, document }: VectorFile, testShare: number): SplitRule =>
  split ? { column: split.column } : { share: testShare, document: document?.column, seed };

/** For each row: 0 training, 1 test. */
export async function splitOf(of: VectorFile, testShare: number): Promise<Int8Array> {
  if (of.split) return saidBy(of, of.split.column, await of.split.read());
  if (of.document) return documentsDrawn((await of.document.read()).codes, testShare);
  return rowsDrawn(of.rows, testShare);
}

function saidBy({ file }: VectorFile, column: string, { names, codes }: Labels): Int8Array {
  const partOf = names.map((name) => splits.indexOf(name as (typeof splits)[number]));
  const wrong = partOf.indexOf(-1);
  if (wrong >= 0)
    throw refusal(
      file,
      `${splits.join(" or ")} in every row of column ${column}`,
      `${JSON.stringify(names[wrong])} in row ${codes.indexOf(wrong)}`,
      "Write these words, or name another column",
    );
  return Int8Array.from(codes, (code) => partOf[code]);
}

/** `share` of the rows, rounded. */
function rowsDrawn(rows: number, share: number): Int8Array {
  const parts = new Int8Array(rows);
  for (const row of permutation(stream(seed, "own activations/rows"), rows).subarray(0, Math.round(share * rows)))
    parts[row] = 1;
  return parts;
}

/** Documents in a seeded order until they have `share` of the rows; the last one may exceed it. `codes`: each row's. */
function documentsDrawn(codes: Int32Array, share: number): Int8Array {
  const sizes: number[] = [];
  for (const code of codes) sizes[code] = (sizes[code] ?? 0) + 1;
  const isTest = new Uint8Array(sizes.length);
  let drawn = 0;
  for (const document of permutation(stream(seed, "own activations/documents"), sizes.length)) {
    if (drawn >= share * codes.length) break;
    isTest[document] = 1;
    drawn += sizes[document];
  }
  return Int8Array.from(codes, (code) => isTest[code]);
}
