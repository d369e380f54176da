/** Numbers of a row and rows in a tile: both are read and written while they are in the processor's cache. */
const tile = { rows: 64, columns: 16 };

/** [rows, width] → its transpose [width, rows]; the values of column j times factors[j] where given. */
export function turned(values: Float32Array, width: number, factors?: Float32Array): Float32Array {
  const out = new Float32Array(values.length);
  const rows = values.length / width;
  for (let left = 0; left < width; left += tile.columns)
    for (let top = 0; top < rows; top += tile.rows) {
      const [bottom, right] = [Math.min(rows, top + tile.rows), Math.min(width, left + tile.columns)];
      for (let j = left; j < right; j++) {
        const factor = factors ? factors[j] : 1;
        for (let i = top; i < bottom; i++) out[j * rows + i] = values[i * width + j] * factor;
      }
    }
  return out;
}
