/** ‖x‖² of each row [rows, width]. */
export function squaredNorms(rows: Float32Array, width: number): Float64Array {
  const squares = new Float64Array(rows.length / width);
  for (let i = 0, at = 0; i < squares.length; i++)
    for (const end = at + width; at < end; at++) squares[i] += rows[at] * rows[at];
  return squares;
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}
