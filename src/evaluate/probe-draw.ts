import { permutation, stream } from "../base/random.js";
import { paper } from "../paper.js";

/** Which examples one source is told from, and how its labels are permuted for the null: the same for every training. */
export interface ProbeDraw {
  source: number;
  /** As many rows of other sources as the source has, ascending, in training and in test. */
  train: ArrayLike<number>;
  test: ArrayLike<number>;
  /** An order of the balanced training rows: those of the source, then `train`. */
  permutation: ArrayLike<number>;
}

/**
 * Draws uniformly, without replacement, for every source that has examples in training and in test and can be balanced: a source with more
 * examples than all others together is left out. `train` and `test`: the source of each example.
 */
export function drawProbes(train: ArrayLike<number>, test: ArrayLike<number>, seed: number = paper.seed): ProbeDraw[] {
  const sources = [...new Set(Array.from(train))].sort((a, b) => a - b);
  return sources.flatMap((source) => {
    const of = (name: string) => stream(seed, `probing source ${source} ${name}`);
    const drawn = [train, test].map((labels, part) => {
      const rows = Array.from(labels, (_, row) => row);
      const others = rows.filter((row) => labels[row] !== source);
      const count = rows.length - others.length;
      const order = permutation(of(part === 0 ? "train" : "test"), others.length);
      return {
        count,
        enough: count > 0 && count <= others.length,
        rows: Int32Array.from(order.subarray(0, count), (at) => others[at]).sort(),
      };
    });
    if (!drawn.every(({ enough }) => enough)) return [];
    const [inTrain, inTest] = drawn;
    return {
      source,
      train: inTrain.rows,
      test: inTest.rows,
      permutation: permutation(of("labels"), 2 * inTrain.count),
    };
  });
}
