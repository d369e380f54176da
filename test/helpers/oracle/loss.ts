import type { Weights } from "../trace.js";
import type { Competition } from "./competition.js";
import { type Config, meaning } from "./config.js";
import { correlations, derivative, penalisedBy, vectors } from "./correlations.js";
import { column, columns, dot, type Matrix, mean, minus, norm, sum, zeros } from "./loops.js";

/** What the gradient of Eq. 7 takes for constants. */
export interface Constants {
  alive: number[];
  competition: Competition;
  pairs: [number, number][];
  lambda1: number;
  tau: number;
}

/** (h − b_dec) W_enc + b_enc [batch][d_sae] */
function preActivations(w: Weights, x: Matrix): Matrix {
  const features = columns(w.We);
  return x.map((h) => w.be.map((b, j) => dot(minus(h, w.bd), features[j]) + b));
}

/** Activations before the competition. */
export const encode = (w: Weights, x: Matrix, alive: number[]): Matrix =>
  preActivations(w, x).map((row) => row.map((z, j) => Math.max(0, z) * alive[j]));

/** a, after the competition. */
export const activations = (
  w: Weights,
  x: Matrix,
  { alive, competition: { gain, offset } }: Pick<Constants, "alive" | "competition">,
): Matrix => encode(w, x, alive).map((row, b) => row.map((a, j) => Math.max(0, gain[b][j] * a - offset[b][j])));

/** ĥ − h [batch][d_in] */
function errors(w: Weights, x: Matrix, a: Matrix): Matrix {
  const rows = columns(w.Wd);
  return x.map((h, b) => h.map((value, k) => w.bd[k] + dot(a[b], rows[k]) - value));
}

export interface Terms {
  loss: number;
  recon: number;
  l1: number;
  pen: number;
}

/** Eq. 7 and its terms before their weights. */
export function loss(cfg: Config, w: Weights, x: Matrix, constants: Constants): Terms {
  const a = activations(w, x, constants);
  const perToken = errors(w, x, a).map((e) =>
    meaning(cfg.recon, { sq_sum: dot(e, e), l2: norm(e), sq_mean: dot(e, e) / e.length }),
  );
  const recon = mean(perToken);
  const l1 = mean(a.map((row) => sum(row)));
  const c = correlations(penalisedBy(cfg), a, w);
  const total = sum(constants.pairs.map(([i, j]) => c[i][j]));
  const pen = meaning(cfg.penalty, { sum: total, mean: total / Math.max(1, constants.pairs.length) });
  return { loss: recon + constants.lambda1 * l1 + constants.tau * pen, recon, l1, pen };
}

/** ∂L/∂· of every weight, in loops. */
export function gradients(cfg: Config, w: Weights, x: Matrix, constants: Constants): Weights {
  const [batch, d_in, d_sae] = [x.length, w.bd.length, w.be.length];
  const { alive, competition, pairs, lambda1, tau } = constants;
  const a = activations(w, x, constants);
  const dHat = errors(w, x, a).map((e) => {
    const divisor = meaning(cfg.recon, { sq_sum: batch / 2, l2: norm(e) * batch, sq_mean: (batch * d_in) / 2 });
    return e.map((value) => (value === 0 ? 0 : value / divisor));
  });
  const g: Weights = { We: zeros(d_in, d_sae), Wd: zeros(d_sae, d_in), be: [], bd: [] };
  const da = zeros(batch, d_sae);
  for (let b = 0; b < batch; b++)
    for (let j = 0; j < d_sae; j++) {
      da[b][j] = dot(dHat[b], w.Wd[j]) + lambda1 / batch;
      for (let k = 0; k < d_in; k++) g.Wd[j][k] += a[b][j] * dHat[b][k];
    }

  const kind = penalisedBy(cfg);
  const X = vectors(kind, a, w);
  const weight = meaning(cfg.penalty, { sum: tau, mean: tau / pairs.length });
  const add = (i: number, byVector: number[]): void =>
    byVector.forEach((value, at) => {
      if (kind.of === "acts") da[at][i] += weight * value;
      else if (kind.of === "decoder") g.Wd[i][at] += weight * value;
      else g.We[at][i] += weight * value;
    });
  for (const [i, j] of pairs) {
    add(i, derivative(kind, X[i], X[j]));
    add(j, derivative(kind, X[j], X[i]));
  }

  const dz = preActivations(w, x).map((row, b) =>
    row.map((z, j) => (z > 0 && a[b][j] > 0 ? da[b][j] * competition.gain[b][j] * alive[j] : 0)),
  );
  for (let b = 0; b < batch; b++)
    for (let j = 0; j < d_sae; j++) for (let k = 0; k < d_in; k++) g.We[k][j] += (x[b][k] - w.bd[k]) * dz[b][j];
  g.be = w.be.map((_, j) => sum(column(dz, j)));
  g.bd = w.bd.map((_, k) => sum(column(dHat, k)) - dot(w.We[k], g.be));
  return g;
}
