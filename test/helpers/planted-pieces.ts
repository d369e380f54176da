/** Pieces of vectors that a test chooses, on disk as a stream captures them, and their statistics in plain loops. */

import { stream } from "../../src/base/random.js";
import {
  type LayerVectors,
  layerFolder,
  type Piece,
  pieceFile,
  piecesOf,
  writePiece,
} from "../../src/data/activations/pieces.js";

/** Vector `place` of sequence `sequence`, counted through training and test. */
export type VectorOf = (sequence: number, place: number) => readonly number[];

export interface Planted {
  of: LayerVectors;
  /** Writes these pieces. */
  write(pieces: readonly Piece[]): Promise<void>;
  /** The vectors of sequences [from, to) of a split, one after the other. */
  vectors(split: 0 | 1, from: number, to: number): number[][];
}

export interface PlantedShape {
  folder: string;
  layer: number;
  d_in: number;
  perSequence: number;
  /** Sequences of training and of test. */
  counts: readonly [number, number];
  /** Sequences in a piece. */
  size: number;
}

/** Training sequences come first and test sequences after them, as among a profile's tokens. */
export function planted({ counts, size, ...where }: PlantedShape, vectorOf: VectorOf): Planted {
  const { d_in, perSequence } = where;
  const pieces: [Piece[], Piece[]] = [
    piecesOf("train-", 0, counts[0], size),
    piecesOf("test-", counts[0], counts[1], size),
  ];
  const between = (from: number, to: number): number[][] =>
    Array.from({ length: (to - from) * perSequence }, (_, i) => [
      ...Float32Array.from(vectorOf(from + Math.floor(i / perSequence), i % perSequence)),
    ]);
  return {
    of: { ...where, pieces },
    async write(some) {
      for (const piece of some) {
        const rows = between(piece.from, piece.to);
        const n = rows.length;
        const zeros = { document: new Int32Array(n), sequence: new Int32Array(n), position: new Int16Array(n) };
        const rest = { source: new Int8Array(n), split: new Int8Array(n), token: new Int32Array(n), ...zeros };
        const file = pieceFile(layerFolder(where.folder, where.layer), piece);
        await writePiece(file, d_in, ["a"], { vector: Float32Array.from(rows.flat()), ...rest }, "float32");
      }
    },
    vectors: (split, from, to) => between(split * counts[0] + from, split * counts[0] + to),
  };
}

/** A random vector of this norm, far from centred. */
export function vectorOfNorm(norm: number, d_in: number, name: string): number[] {
  const random = stream(5, name);
  const values = Array.from({ length: d_in }, (_, i) => random.normal() + (i === 0 ? 1 : 0));
  const length = Math.hypot(...values);
  return values.map((value) => (value * norm) / length);
}

export const normOf = (vector: readonly number[]): number => Math.hypot(...vector);

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What training vectors say (R14, R21), and those of them that are kept. */
export function statisticsOf(vectors: number[][], firstPosition: "dropped" | "kept") {
  const norms = vectors.map(normOf).sort((one, other) => one - other);
  const middle = norms.length >> 1;
  const medianNorm = norms.length % 2 === 1 ? norms[middle] : (norms[middle - 1] + norms[middle]) / 2;
  const largest = firstPosition === "kept" ? Number.POSITIVE_INFINITY : 10 * medianNorm;
  const isKept = (vector: readonly number[]): boolean => normOf(vector) <= largest;
  const kept = vectors.filter(isKept);
  const mean = kept[0].map((_, i) => meanOf(kept.map((vector) => vector[i])));
  const variance = meanOf(kept.map((vector) => normOf(vector.map((value, i) => value - mean[i])) ** 2));
  return { medianNorm, mean, meanNorm: meanOf(kept.map(normOf)), scale: 1 / Math.sqrt(variance), isKept, kept };
}
