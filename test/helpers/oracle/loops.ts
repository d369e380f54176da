/** Plain loops over numbers: all that the oracle computes with. */
export type Matrix = number[][];

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const zeros = (rows: number, columns: number): Matrix => range(rows).map(() => new Array(columns).fill(0));
export const sum = (x: readonly number[]): number => x.reduce((total, value) => total + value, 0);
export const mean = (x: readonly number[]): number => sum(x) / x.length;
export function dot(x: readonly number[], y: readonly number[]): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i] * y[i];
  return total;
}
export const norm = (x: readonly number[]): number => Math.sqrt(dot(x, x));
export const minus = (x: readonly number[], y: readonly number[]): number[] => x.map((value, i) => value - y[i]);
export const column = (X: Matrix, j: number): number[] => X.map((row) => row[j]);
/** The columns of X, one a row. */
export const columns = (X: Matrix): Matrix => X[0].map((_, j) => column(X, j));
export const clamp = (x: number, min: number, max: number): number => Math.min(max, Math.max(min, x));

/** x / max(‖x‖, 1e-8) */
export function unit(x: readonly number[]): number[] {
  const length = Math.max(norm(x), 1e-8);
  return x.map((value) => value / length);
}

/** All i < j in row order. */
export function everyPair(n: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) pairs.push([i, j]);
  return pairs;
}
