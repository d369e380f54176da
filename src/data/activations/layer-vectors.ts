import { type Piece, pieceFile, readPiece } from "./pieces.js";

/** Where the vectors of one layer lie, and how many each sequence has. */
export interface LayerVectors {
  folder: string;
  layer: number;
  d_in: number;
  /** Vectors of a sequence: its tokens, without the first where that is left out (R21). */
  perSequence: number;
  /** Of training and of test. */
  pieces: [Piece[], Piece[]];
}

/** One piece's vectors of the sequences asked for. */
interface Part {
  piece: Piece;
  /** [rows, d_in]. */
  vectors: Float32Array;
}

/** The vectors of sequences [from, to) of a split, counted from 0 in it, piece by piece; each is a file read whole. */
export function* vectorsOf(
  { folder, layer, d_in, perSequence, pieces }: LayerVectors,
  split: 0 | 1,
  from: number,
  to: number,
): Generator<Part> {
  const start = pieces[split][0]?.from ?? 0;
  for (const piece of pieces[split]) {
    const [first, last] = [Math.max(from, piece.from - start), Math.min(to, piece.to - start)];
    if (first >= last) continue;
    const all = readPiece(pieceFile(folder, layer, piece), d_in);
    const at = (sequence: number) => (sequence - (piece.from - start)) * perSequence * d_in;
    yield { piece, vectors: all.subarray(at(first), at(last)) };
  }
}
