import { mean, sum } from "../base/mean.js";
import { type RandomStream, stream } from "../base/random.js";
import type { Choices, Chosen } from "./design.js";

/** What decides a value: of each name the share of the variance by itself, and with all that it acts together with. */
export interface Sensitivity {
  names: { name: string; first: number; total: number }[];
  /** The share of the variance that the surrogate foresees of a universe left out: what the shares are worth. */
  foreseen: number;
}

/** How alike two universes are that differ in a name: 1 says that it decides nothing. */
const likenesses = [1, 0.97, 0.9, 0.7, 0.4];
const noises = [0.01, 0.1, 0.4];
const rounds = 2;
/** Draws for the shares of variance. */
const draws = 1024;

/**
 * First-order and total shares of variance (Sobol; Saltelli et al. 2010, estimators of Jansen for the total) of a value over the
 * product of all choices. The value of a combination that was not trained is foreseen by a Gaussian process on the universes that
 * were, with the covariance Π r_name over the names in which two differ; each r is chosen by what is foreseen of universes left
 * out. Undefined for fewer than ten universes, or where all are equal.
 */
export function sensitivityOf(
  said: readonly { choices: Chosen; value: number }[],
  choices: Choices,
  seed = 1,
): Sensitivity | undefined {
  const names = Object.keys(choices).filter((name) => choices[name].length > 1);
  const centre = mean(said.map(({ value }) => value));
  const y = Float64Array.from(said, ({ value }) => value - centre);
  const variance = sum([...y].map((value) => value ** 2)) / y.length;
  if (said.length < 10 || variance <= 1e-18) return undefined;
  const X = said.map((of) => names.map((name) => choices[name].indexOf(of.choices[name])));
  const { likeness, noise, error } = fitted(X, y);
  const weights = solve(covariance(X, likeness, noise), y);
  const predict = (x: readonly number[]): number => sum(X.map((of, at) => weights[at] * alike(of, x, likeness)));
  const shares = sobol(
    predict,
    names.map((name) => choices[name].length),
    stream(seed, "sobol"),
  );
  return {
    names: names.map((name, at) => ({ name, ...shares[at] })).sort((a, b) => b.total - a.total),
    foreseen: Math.max(0, 1 - error / variance),
  };
}

/** The likenesses and the noise by which universes left out are foreseen best: one name at a time, from all alike. */
function fitted(X: readonly number[][], y: Float64Array) {
  let best = { likeness: X[0].map(() => 0.9), noise: 0.1, error: Number.POSITIVE_INFINITY };
  const attempt = (likeness: number[], noise: number): void => {
    const error = leftOutError(X, y, likeness, noise);
    if (error < best.error) best = { likeness, noise, error };
  };
  for (let round = 0; round < rounds; round++) {
    for (const noise of noises) attempt(best.likeness, noise);
    for (let at = 0; at < X[0].length; at++)
      for (const one of likenesses) attempt(withAt(best.likeness, at, one), best.noise);
  }
  return best;
}

/** The mean squared error of each universe foreseen from the others (Rasmussen and Williams 2006, Eq. 5.12). */
function leftOutError(X: readonly number[][], y: Float64Array, likeness: readonly number[], noise: number): number {
  const inverse = inverted(covariance(X, likeness, noise));
  const n = y.length;
  let total = 0;
  for (let i = 0; i < n; i++) {
    let weight = 0;
    for (let j = 0; j < n; j++) weight += inverse[i * n + j] * y[j];
    total += (weight / inverse[i * n + i]) ** 2;
  }
  return total / n;
}

const withAt = (values: readonly number[], at: number, value: number): number[] =>
  values.map((own, i) => (i === at ? value : own));

const alike = (a: readonly number[], b: readonly number[], likeness: readonly number[]): number => {
  let product = 1;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) product *= likeness[at];
  return product;
};

function covariance(X: readonly number[][], likeness: readonly number[], noise: number): Float64Array {
  const n = X.length;
  const K = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) K[i * n + j] = K[j * n + i] = alike(X[i], X[j], likeness) + (i === j ? noise : 0);
  return K;
}

/** L of A = L Lᵀ [n · n], A symmetric and positive definite. */
function cholesky(A: Float64Array): Float64Array {
  const n = Math.round(Math.sqrt(A.length));
  const L = new Float64Array(A.length);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let rest = A[i * n + j];
      for (let k = 0; k < j; k++) rest -= L[i * n + k] * L[j * n + k];
      L[i * n + j] = i === j ? Math.sqrt(rest) : rest / L[j * n + j];
    }
  return L;
}

/** x of L Lᵀ x = b. */
function backward(L: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
    x[i] /= L[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] -= L[k * n + i] * x[k];
    x[i] /= L[i * n + i];
  }
  return x;
}

const solve = (A: Float64Array, b: Float64Array): Float64Array => backward(cholesky(A), b);

function inverted(A: Float64Array): Float64Array {
  const n = Math.round(Math.sqrt(A.length));
  const L = cholesky(A);
  const inverse = new Float64Array(A.length);
  for (let i = 0; i < n; i++) inverse.set(backward(L, new Float64Array(n).fill(1, i, i + 1)), i * n);
  return inverse;
}

/** First-order and total shares of the variance of f over all combinations of so many choices each, by pairs of draws. */
function sobol(
  f: (x: readonly number[]) => number,
  sizes: readonly number[],
  random: RandomStream,
): { first: number; total: number }[] {
  const draw = (): number[] => sizes.map((size) => Math.min(size - 1, Math.floor(random.uniform() * size)));
  const [A, B] = [Array.from({ length: draws }, draw), Array.from({ length: draws }, draw)];
  const [ofA, ofB] = [A.map(f), B.map(f)];
  const centre = mean([...ofA, ...ofB]);
  const variance = mean([...ofA, ...ofB].map((value) => (value - centre) ** 2));
  return sizes.map((_, at) => {
    const mixed = A.map((row, i) => f(withAt(row, at, B[i][at])));
    const first = mean(ofB.map((value, i) => (value - centre) * (mixed[i] - ofA[i])));
    const total = mean(ofA.map((value, i) => (value - mixed[i]) ** 2)) / 2;
    const share = (value: number): number => (variance > 0 ? Math.min(1, Math.max(0, value / variance)) : 0);
    return { first: share(first), total: share(total) };
  });
}
