import { SncError } from "../base/errors.js";

/** Rows that are fitted [rows · columns], row after row, and the label of each, 1 or 0. */
export interface LabelledRows {
  values: Float64Array;
  columns: number;
  labels: ArrayLike<number>;
}

/** A row z is taken for a 1 where w·z + b > 0. */
export interface LogisticFit {
  /** w [columns]. */
  weights: Float64Array;
  /** b. */
  intercept: number;
}

/** The gradient's length at which a fit has converged; ½‖w‖² makes it a bound of how far w is from the minimum. */
const converged = 1e-7;
const mostSteps = 200;

/**
 * Logistic regression: the w and b that minimise ½‖w‖² + C Σ log(1 + exp(−s(w·z + b))), C > 0, s = ±1 by label, b not penalised. Newton's
 * method with conjugate gradients, in float64. Throws a usage error without rows of both labels.
 */
export function fitLogistic({ values, columns, labels }: LabelledRows, C = 1): LogisticFit {
  const signs = Float64Array.from(labels, (label) => (label === 1 ? 1 : -1));
  if (!signs.includes(1) || !signs.includes(-1))
    throw new SncError("usage", `labels: expected 0 and 1 among ${labels.length} rows, found one of them only`);
  // w = Zᵀa: every vector is held by its coefficients over the rows, and Z Zᵀ is all that is needed of the columns.
  const product = productOf(values, signs.length, columns);
  let at = pointOf(zeroVector(signs.length));
  for (let step = 0; step < mostSteps; step++) {
    const { gradient, curvature } = derivatives(at, signs, C, product);
    const size = Math.sqrt(gradient.squared);
    if (size <= converged) break;
    const direction = newtonDirection(gradient, curvature, Math.min(0.1, Math.sqrt(size)) * size, product);
    const next = lineSearch(at, direction, gradient, signs, C);
    if (!next) break; // no smaller value can be told from rounding
    at = next;
  }
  return { weights: transposedTimes(values, at.a, columns), intercept: at.b };
}

/** (w, b) with w = Zᵀa, and the products Z w. */
interface Vector {
  a: Float64Array;
  Zw: Float64Array;
  b: number;
}

interface Point extends Vector {
  /** ‖w‖². */
  squared: number;
}

const zeroVector = (rows: number): Vector => ({ a: new Float64Array(rows), Zw: new Float64Array(rows), b: 0 });
const pointOf = (vector: Vector): Point => ({ ...vector, squared: dot(vector.a, vector.Zw) });
/** ⟨(w, b), (w′, b′)⟩, by either's coefficients. */
const inner = (u: Vector, v: Vector): number => dot(u.a, v.Zw) + u.b * v.b;
/** u + t v. */
const plus = (u: Vector, t: number, v: Vector): Vector => ({
  a: combined(u.a, t, v.a),
  Zw: combined(u.Zw, t, v.Zw),
  b: u.b + t * v.b,
});

/** The loss of one row by s (w·z + b), without overflow: log(1 + exp(−m)). */
const rowLoss = (margin: number): number => Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));

function valueAt({ squared, Zw, b }: Point, signs: Float64Array, C: number): number {
  let loss = 0;
  for (let i = 0; i < signs.length; i++) loss += rowLoss(signs[i] * (Zw[i] + b));
  return 0.5 * squared + C * loss;
}

/** The gradient, with its squared length, and each row's part in the second derivative. */
function derivatives({ a, Zw, b }: Point, signs: Float64Array, C: number, product: Product) {
  const coefficients = new Float64Array(signs.length);
  const curvature = new Float64Array(signs.length);
  let byB = 0;
  for (let i = 0; i < signs.length; i++) {
    const wrong = 1 / (1 + Math.exp(signs[i] * (Zw[i] + b)));
    const pull = -C * signs[i] * wrong;
    coefficients[i] = a[i] + pull;
    curvature[i] = C * wrong * (1 - wrong);
    byB += pull;
  }
  const vector = { a: coefficients, Zw: product(coefficients), b: byB };
  return { gradient: { ...vector, squared: inner(vector, vector) }, curvature };
}

/** −H⁻¹g to within `tolerance` of g by conjugate gradients; H (w, b) = (w + Zᵀ D (Zw + b), Σ D (Zw + b)). */
function newtonDirection(gradient: Point, D: Float64Array, tolerance: number, product: Product): Vector {
  let direction = zeroVector(D.length);
  let residual: Vector = plus(zeroVector(D.length), -1, gradient);
  let search = residual;
  let squared = gradient.squared;
  for (let k = 0; k < 2 * D.length && Math.sqrt(squared) > tolerance; k++) {
    const bent = bentBy(D, search);
    const coefficients = combined(search.a, 1, bent);
    // Σ D (Zw + b)² beside ‖w‖², without a product of its own
    const alongSearch = dot(search.a, search.Zw) + dot(bent, search.Zw) + search.b * sum(bent);
    const t = squared / alongSearch;
    direction = plus(direction, t, search);
    const a = combined(residual.a, -t, coefficients);
    residual = { a, Zw: product(a), b: residual.b - t * sum(bent) };
    const next = inner(residual, residual);
    search = plus(residual, next / squared, search);
    squared = next;
  }
  return direction;
}

/** D (Zw + b). */
function bentBy(D: Float64Array, { Zw, b }: Vector): Float64Array {
  const out = new Float64Array(D.length);
  for (let i = 0; i < D.length; i++) out[i] = D[i] * (Zw[i] + b);
  return out;
}

/** The longest of the steps 1, ½, ¼ … that makes the value enough smaller; undefined where none does. */
function lineSearch(at: Point, direction: Vector, gradient: Vector, signs: Float64Array, C: number): Point | undefined {
  const [value, slope] = [valueAt(at, signs, C), inner(direction, gradient)];
  for (let t = 1; t > 1e-10; t /= 2) {
    const next = pointOf(plus(at, t, direction));
    if (valueAt(next, signs, C) <= value + 1e-4 * t * slope) return next;
  }
  return undefined;
}

/** Z Zᵀ times coefficients [rows] → [rows]. */
type Product = (coefficients: Float64Array) => Float64Array;

/** A fit takes about so many products: the matrix Z Zᵀ is worth its making where rows are fewer than columns and this allow. */
const usualProducts = 100;

function productOf(values: Float64Array, rows: number, columns: number): Product {
  const [making, using] = [(rows * rows * columns) / 2, usualProducts * rows * rows];
  if (making + using > usualProducts * 2 * rows * columns)
    return (coefficients) => times(values, transposedTimes(values, coefficients, columns), columns);
  const gram = gramOf(values, rows, columns);
  return (coefficients) => times(gram, coefficients, rows);
}

/** Z Zᵀ [rows · rows], two rows with two others at a time: what is read is used twice. */
function gramOf(values: Float64Array, rows: number, columns: number): Float64Array {
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

/** M x: [rows · columns], [columns] → [rows]. */
function times(matrix: Float64Array, x: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(matrix.length / columns);
  for (let i = 0, at = 0; i < out.length; i++) {
    let product = 0;
    for (let c = 0; c < columns; c++, at++) product += matrix[at] * x[c];
    out[i] = product;
  }
  return out;
}

/** Mᵀ x: [rows · columns], [rows] → [columns]. */
function transposedTimes(matrix: Float64Array, x: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(columns);
  for (let i = 0, at = 0; i < x.length; i++) for (let c = 0; c < columns; c++, at++) out[c] += matrix[at] * x[i];
  return out;
}

/** u + t v; a loop, since `map` of typed arrays takes several times as long. */
function combined(u: Float64Array, t: number, v: Float64Array): Float64Array {
  const out = new Float64Array(u.length);
  for (let i = 0; i < u.length; i++) out[i] = u[i] + t * v[i];
  return out;
}

function dot(u: Float64Array, v: Float64Array): number {
  let product = 0;
  for (let i = 0; i < u.length; i++) product += u[i] * v[i];
  return product;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}
