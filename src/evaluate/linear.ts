/* Sums and products in float64, as loops: `map` and `reduce` of typed arrays take several times as long. */

/** M x: [rows · columns], [columns] → [rows]. Four rows at a time: one sum would wait for itself. */
export function times(matrix: Float64Array, x: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(matrix.length / columns);
  let i = 0;
  for (; i + 4 <= out.length; i += 4) {
    const p = i * columns;
    const q = p + columns;
    const r = q + columns;
    const s = r + columns;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < columns; k++) {
      const value = x[k];
      a += matrix[p + k] * value;
      b += matrix[q + k] * value;
      c += matrix[r + k] * value;
      d += matrix[s + k] * value;
    }
    out[i] = a;
    out[i + 1] = b;
    out[i + 2] = c;
    out[i + 3] = d;
  }
  for (; i < out.length; i++) {
    let product = 0;
    for (let k = 0, at = i * columns; k < columns; k++, at++) product += matrix[at] * x[k];
    out[i] = product;
  }
  return out;
}

/** Mᵀ x: [rows · columns], [rows] → [columns]. */
export function transposedTimes(matrix: Float64Array, x: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(columns);
  for (let i = 0, at = 0; i < x.length; i++) for (let c = 0; c < columns; c++, at++) out[c] += matrix[at] * x[i];
  return out;
}

/** u + t v. */
export function combined(u: Float64Array, t: number, v: Float64Array): Float64Array {
  const out = new Float64Array(u.length);
  for (let i = 0; i < u.length; i++) out[i] = u[i] + t * v[i];
  return out;
}

/** u · v. */
export function dot(u: Float64Array, v: Float64Array): number {
  let product = 0;
  for (let i = 0; i < u.length; i++) product += u[i] * v[i];
  return product;
}

/** The sum of the values. */
export function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/** M Mᵀ [rows · rows], two rows with two others at a time: what is read is used twice. */
export function gramOf(values: Float64Array, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(rows * rows);
  const set = (i: number, j: number, value: number): void => {
    if (i < rows && j < rows) gram[i * rows + j] = gram[j * rows + i] = value;
  };
  const startOf = (row: number): number => Math.min(row, rows - 1) * columns;
  for (let i = 0; i < rows; i += 2)
    for (let j = i; j < rows; j += 2) {
      const p = startOf(i);
      const q = startOf(i + 1);
      const r = startOf(j);
      const s = startOf(j + 1);
      let pr = 0;
      let ps = 0;
      let qr = 0;
      let qs = 0;
      for (let c = 0; c < columns; c++) {
        const u = values[p + c];
        const v = values[q + c];
        const x = values[r + c];
        const y = values[s + c];
        pr += u * x;
        ps += u * y;
        qr += v * x;
        qs += v * y;
      }
      set(i, j, pr);
      set(i, j + 1, ps);
      set(i + 1, j, qr);
      set(i + 1, j + 1, qs);
    }
  return gram;
}
