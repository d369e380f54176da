import type { Numbers } from "./batches.js";
import { ActivationBuffer } from "./buffer.js";
import { squaredNorms } from "./norms.js";
import { type LayerVectors, vectorsOf } from "./pieces.js";
import type { Activations, InputScale, InputScaling } from "./scale.js";
import { fillStatistics, inputScalingBy, type VectorStatistics } from "./statistics.js";

export interface StreamedLayer extends LayerVectors {
  /** Sequences in half a buffer, and of training altogether. */
  half: number;
  sequences: number;
  testSequences: number;
  firstPosition: "dropped" | "kept";
  inputScale: InputScale;
  /** Whether the training sequences [from, to) are stored. */
  isThere(from: number, to: number): boolean;
  /** Captures the training sequences [from, to) where they are not stored. */
  ensure(from: number, to: number): Promise<void>;
}

/** A layer's activations as a buffer of training vectors, centred on its first fill's mean, and test vectors on disk. */
export async function streamedActivations(of: StreamedLayer): Promise<Activations> {
  const { d_in, half, sequences } = of;
  const range = (k: number): [number, number] => {
    const halves = Math.ceil(sequences / half);
    const from = (k % halves) * half;
    return [from, Math.min(sequences, from + half)];
  };
  await of.ensure(0, Math.min(sequences, 2 * half));
  const statistics = await fillStatistics(of, Math.min(sequences, 2 * half), of.firstPosition);
  const byStatistics = inputScalingBy(statistics, of.inputScale);
  const scaled = scaling(statistics, byStatistics, d_in);
  const halves = {
    isThere: (k: number) => of.isThere(...range(k)),
    ensure: (k: number) => of.ensure(...range(k)),
    count(k: number): number {
      let count = 0;
      for (const { vectors } of vectorsOf(of, 0, ...range(k)))
        count += squaredNorms(vectors, d_in).filter((square) => square <= statistics.largestSquare).length;
      return count;
    },
    read(k: number, take: (row: number, vector: Float32Array) => void): void {
      let row = 0;
      for (const { vectors } of vectorsOf(of, 0, ...range(k)))
        for (const vector of scaled(vectors)) take(row++, vector);
    },
  };
  const buffer = await ActivationBuffer.filled(halves, d_in, 2 * half * of.perSequence);
  const test = new TestVectors(of, statistics, scaled);
  return { d_in, train: buffer.firstFill, test, scaling: byStatistics, buffer };
}

/** The rows kept (R21) of some vectors [rows, d_in], scaled (R14), in turn in one array. */
type Scaled = (vectors: Float32Array) => Generator<Float32Array>;

function scaling(
  { largestSquare }: VectorStatistics,
  { mean: centre, scale: factor }: InputScaling,
  d_in: number,
): Scaled {
  const row = new Float32Array(d_in);
  return function* (vectors) {
    for (const [i, square] of squaredNorms(vectors, d_in).entries()) {
      if (square > largestSquare) continue;
      for (let j = 0, at = i * d_in; j < d_in; j++) row[j] = (vectors[at + j] - centre[j]) * factor;
      yield row;
    }
  };
}

/** The test vectors, read from disk piece by piece: at the paper's size they are 9.4 GB. One piece is in memory. */
class TestVectors implements Numbers {
  readonly length: number;
  /** Where each piece's numbers begin. */
  private readonly starts: number[] = [];
  private held: { piece: number; numbers: Float32Array } | undefined;

  constructor(
    private readonly of: StreamedLayer,
    { largestSquare }: VectorStatistics,
    private readonly scaled: Scaled,
  ) {
    let length = 0;
    for (const { vectors } of vectorsOf(of, 1, 0, of.testSequences)) {
      this.starts.push(length);
      for (const square of squaredNorms(vectors, of.d_in)) if (square <= largestSquare) length += of.d_in;
    }
    this.length = length;
  }

  subarray(from = 0, to = this.length): Float32Array {
    const out = new Float32Array(to - from);
    for (let piece = 0; piece < this.starts.length; piece++) {
      const end = this.starts[piece + 1] ?? this.length;
      const [first, last] = [Math.max(from, this.starts[piece]), Math.min(to, end)];
      if (first >= last) continue;
      const numbers = this.numbersOf(piece);
      out.set(numbers.subarray(first - this.starts[piece], last - this.starts[piece]), first - from);
    }
    return out;
  }

  private numbersOf(piece: number): Float32Array {
    if (this.held?.piece !== piece) {
      const numbers = new Float32Array((this.starts[piece + 1] ?? this.length) - this.starts[piece]);
      const { from, to } = this.of.pieces[1][piece];
      const start = this.of.pieces[1][0].from;
      let at = 0;
      for (const { vectors } of vectorsOf(this.of, 1, from - start, to - start))
        for (const vector of this.scaled(vectors)) {
          numbers.set(vector, at);
          at += vector.length;
        }
      this.held = { piece, numbers };
    }
    return this.held.numbers;
  }
}
