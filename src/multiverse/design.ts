import { checked, count as countOf, whole } from "../base/checks.js";
import { SncError } from "../base/errors.js";
import { permutation, type RandomStream, stream } from "../base/random.js";

/** What can be chosen, by name: the default first, then the alternatives. */
export type Choices = Readonly<Record<string, readonly string[]>>;

/** One choice of each. */
export type Chosen = Readonly<Record<string, string>>;

/** Exchanges that are tried for each cell of the design: more change little. */
const triesPerCell = 60;

/**
 * Universes of a multiverse: so many combinations of choices, the default first. Each choice of a name occurs about equally often, and
 * so does each pair of choices of two names: the columns are dealt out evenly and then exchanged, two cells of a column at a time,
 * where that brings pairs nearer to even (a nearly orthogonal array). Effects of single choices are then hardly mixed up with each
 * other. The same seed gives the same universes. Throws a usage error for a name without choices.
 *
 * @example
 * const universes = drawUniverses({ penalty: ["sum", "mean"], gamma: ["0.3", "0.5", "1"] }, { count: 12, seed: 1 });
 */
export function drawUniverses(choices: Choices, { count, seed }: { count: number; seed: number }): Chosen[] {
  checked("drawUniverses", { count, seed }, { count: countOf, seed: whole });
  const names = Object.keys(choices);
  for (const name of names)
    if (choices[name].length === 0)
      throw new SncError("usage", `drawUniverses: expected one choice of ${name} or more, found none`);
  const random = stream(seed, "universes");
  const sizes = names.map((name) => choices[name].length);
  const columns = sizes.map((size) => evenColumn(size, count, random));
  exchange(columns, sizes, random);
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name, of) => [name, choices[name][columns[of][row]]])),
  );
}

/** Places 0 … size − 1, each about equally often, in any order; 0 in the first row. */
function evenColumn(size: number, count: number, random: RandomStream): Int32Array {
  const order = permutation(random, count);
  const column = new Int32Array(count);
  order.forEach((row, at) => {
    column[row] = at % size;
  });
  const zero = column.indexOf(0);
  [column[0], column[zero]] = [0, column[0]];
  return column;
}

/** Exchanges two cells of a column wherever pairs of choices are then more even; the first row stays. */
function exchange(columns: readonly Int32Array[], sizes: readonly number[], random: RandomStream): void {
  const count = columns[0]?.length ?? 0;
  if (count < 3) return;
  const draw = (below: number): number => Math.min(below - 1, Math.floor(random.uniform() * below));
  const pairs = columns.map((a, i) =>
    columns.map((b, j) => (i === j ? new Int32Array(0) : counted(a, b, sizes[i], sizes[j]))),
  );
  for (let tries = triesPerCell * columns.length * count; tries > 0; tries--) {
    const i = draw(columns.length);
    const [r, s] = [1 + draw(count - 1), 1 + draw(count - 1)];
    const [x, y] = [columns[i][r], columns[i][s]];
    if (x === y) continue;
    let gain = 0;
    for (let j = 0; j < columns.length; j++) {
      const [u, v] = [columns[j][r], columns[j][s]];
      if (j === i || u === v) continue;
      // Σ (n − mean)² with the means fixed: what moving one from (x, u) to (y, u) and from (y, v) to (x, v) changes.
      const n = (a: number, b: number): number => pairs[i][j][a * sizes[j] + b];
      gain += n(x, u) - n(y, u) + n(y, v) - n(x, v) - 2;
    }
    if (gain <= 0) continue;
    for (let j = 0; j < columns.length; j++) {
      if (j === i) continue;
      for (const [row, from, to] of [
        [r, x, y],
        [s, y, x],
      ]) {
        const other = columns[j][row];
        pairs[i][j][from * sizes[j] + other]--;
        pairs[i][j][to * sizes[j] + other]++;
        pairs[j][i][other * sizes[i] + from]--;
        pairs[j][i][other * sizes[i] + to]++;
      }
    }
    [columns[i][r], columns[i][s]] = [y, x];
  }
}

/** How often each pair of places of two columns occurs [size a · size b]. */
function counted(a: Int32Array, b: Int32Array, sizeA: number, sizeB: number): Int32Array {
  const counts = new Int32Array(sizeA * sizeB);
  for (const [row, x] of a.entries()) counts[x * sizeB + b[row]]++;
  return counts;
}
