import { SncError } from "../base/errors.js";
import { combined, dot, gramOf, sum, times, transposedTimes } from "./linear.js";

/**
 * Rows z to fit, prepared once for any number of labellings. Weights w [columns] are held as coordinates, in which there may be fewer
 * numbers than columns.
 */
export interface Design {
  rows: number;
  /** How many coordinates there are. */
  size: number;
  /** Z w [rows]. */
  scores(coordinates: Float64Array): Float64Array;
  /** The coordinates of Zᵀ c. */
  pullOf(c: Float64Array): Float64Array;
  /** ⟨w, w′⟩ of these coordinates, and of w′ the scores as well. */
  product(coordinates: Float64Array, others: Float64Array, scores: Float64Array): number;
  /** w [columns]. */
  weights(coordinates: Float64Array): Float64Array;
}

/** A row z is taken for a 1 where w·z + b > 0. */
export interface LogisticFit {
  /** w [columns]. */
  weights: Float64Array;
  /** b. */
  intercept: number;
}

/** So many products of Z with a vector a design is about used for: two labellings. */
const usualProducts = 200;

/** Prepares Z [rows · columns], row after row. */
export function designOf(values: Float64Array, columns: number): Design {
  const rows = values.length / columns;
  const byGram = (rows * rows * columns) / 2 + usualProducts * rows * rows;
  const isWide = columns > rows && byGram < usualProducts * 2 * rows * columns;
  return isWide ? wideDesign(values, rows, columns) : plainDesign(values, rows, columns);
}

/** Coordinates are w itself. */
const plainDesign = (values: Float64Array, rows: number, columns: number): Design => ({
  rows,
  size: columns,
  scores: (w) => times(values, w, columns),
  pullOf: (c) => transposedTimes(values, c, columns),
  product: (w, others) => dot(w, others),
  weights: (w) => w,
});

/** More columns than rows: w = Zᵀa, of which a are the coordinates, and Z Zᵀ is all that is needed of Z. */
function wideDesign(values: Float64Array, rows: number, columns: number): Design {
  const gram = gramOf(values, rows, columns);
  return {
    rows,
    size: rows,
    scores: (a) => times(gram, a, rows),
    pullOf: (c) => c,
    product: (a, _, scores) => dot(a, scores),
    weights: (a) => transposedTimes(values, a, columns),
  };
}

/** The gradient's length at which a fit has converged; ½‖w‖² makes it a bound of how far w is from the minimum. */
const converged = 1e-7;
const mostSteps = 100;

/**
 * Logistic regression: the w and b that minimise ½‖w‖² + C Σ log(1 + exp(−s(w·z + b))), C > 0, s = ±1 by label, b not penalised. Newton's
 * method with conjugate gradients, in float64. `labels`: 1 or 0 [rows]. Throws a usage error without rows of both.
 */
export function fitLogistic(design: Design, labels: ArrayLike<number>, C = 1): LogisticFit {
  const signs = Float64Array.from(labels, (label) => (label === 1 ? 1 : -1));
  if (!signs.includes(1) || !signs.includes(-1))
    throw new SncError("usage", `labels: expected 0 and 1 among ${labels.length} rows, found one of them only`);
  const loss: Loss = { design, signs, C };
  let at = zeroVector(design);
  for (let step = 0; step < mostSteps; step++) {
    const { gradient, curvature } = derivatives(at, loss);
    const length = Math.sqrt(inner(design, gradient, gradient));
    if (length <= converged) break;
    const direction = newtonDirection(gradient, curvature, Math.min(0.1, Math.sqrt(length)) * length, design);
    const next = lineSearch(at, direction, gradient, loss);
    if (!next) break; // no smaller value can be told from rounding
    at = next;
  }
  return { weights: design.weights(at.coordinates), intercept: at.b };
}

/** (w, b), w by its coordinates and its scores Z w. */
interface Vector {
  coordinates: Float64Array;
  scores: Float64Array;
  b: number;
}

/** What is minimised. */
interface Loss {
  design: Design;
  signs: Float64Array;
  C: number;
}

const zeroVector = ({ size, rows }: Design): Vector => ({
  coordinates: new Float64Array(size),
  scores: new Float64Array(rows),
  b: 0,
});

/** ⟨(w, b), (w′, b′)⟩. */
const inner = ({ product }: Design, u: Vector, v: Vector): number =>
  product(u.coordinates, v.coordinates, v.scores) + u.b * v.b;

/** u + t v. */
const plus = (u: Vector, t: number, v: Vector): Vector => ({
  coordinates: combined(u.coordinates, t, v.coordinates),
  scores: combined(u.scores, t, v.scores),
  b: u.b + t * v.b,
});

/** The loss of one row by s(w·z + b), without overflow: log(1 + exp(−m)). */
const rowLoss = (margin: number): number => Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));

function valueAt(at: Vector, { design, signs, C }: Loss): number {
  let loss = 0;
  for (let i = 0; i < signs.length; i++) loss += rowLoss(signs[i] * (at.scores[i] + at.b));
  return 0.5 * design.product(at.coordinates, at.coordinates, at.scores) + C * loss;
}

/** The gradient, and each row's part in the second derivative. */
function derivatives(at: Vector, { design, signs, C }: Loss): { gradient: Vector; curvature: Float64Array } {
  const pulls = new Float64Array(signs.length);
  const curvature = new Float64Array(signs.length);
  for (let i = 0; i < signs.length; i++) {
    const wrong = 1 / (1 + Math.exp(signs[i] * (at.scores[i] + at.b)));
    pulls[i] = -C * signs[i] * wrong;
    curvature[i] = C * wrong * (1 - wrong);
  }
  const coordinates = combined(at.coordinates, 1, design.pullOf(pulls));
  return { gradient: { coordinates, scores: design.scores(coordinates), b: sum(pulls) }, curvature };
}

/** −H⁻¹g to within `tolerance` of g by conjugate gradients; H(w, b) = (w + Zᵀ D (Zw + b), Σ D (Zw + b)). */
function newtonDirection(gradient: Vector, D: Float64Array, tolerance: number, design: Design): Vector {
  let direction = zeroVector(design);
  let residual = plus(direction, -1, gradient);
  let search = residual;
  let squared = inner(design, residual, residual);
  for (let k = 0; k < 2 * (design.size + 1) && Math.sqrt(squared) > tolerance; k++) {
    const bent = bentBy(D, search);
    const bySearch = dot(bent, search.scores) + search.b * sum(bent);
    const t = squared / (design.product(search.coordinates, search.coordinates, search.scores) + bySearch);
    direction = plus(direction, t, search);
    const coordinates = combined(residual.coordinates, -t, combined(search.coordinates, 1, design.pullOf(bent)));
    residual = { coordinates, scores: design.scores(coordinates), b: residual.b - t * sum(bent) };
    const next = inner(design, residual, residual);
    search = plus(residual, next / squared, search);
    squared = next;
  }
  return direction;
}

/** D (Zw + b). */
function bentBy(D: Float64Array, { scores, b }: Vector): Float64Array {
  const out = new Float64Array(D.length);
  for (let i = 0; i < D.length; i++) out[i] = D[i] * (scores[i] + b);
  return out;
}

/** The longest of the steps 1, ½, ¼ … that makes the value enough smaller; undefined where none does. */
function lineSearch(at: Vector, direction: Vector, gradient: Vector, loss: Loss): Vector | undefined {
  const value = valueAt(at, loss);
  const slope = inner(loss.design, gradient, direction);
  for (let t = 1; t > 1e-6; t /= 2) {
    const next = plus(at, t, direction);
    if (valueAt(next, loss) <= value + 1e-4 * t * slope) return next;
  }
  return undefined;
}
