/**
 * One training step in float64 and plain loops, written from docs/readings.md alone: slow, obvious, and independent of
 * the library. It is held to the recorded traces to 1e-9, and the library is held to it where no trace was recorded.
 */
import type { Weights } from "../trace.js";
import { compete, neighbours, radii } from "./competition.js";
import { type Config, meaning } from "./config.js";
import { choosePairs, correlations, penalisedBy, selectedBy } from "./correlations.js";
import { column, dot, type Matrix, mean, norm, range, unit, zeros } from "./loops.js";
import { activations, encode, gradients, loss, type Terms } from "./loss.js";
import { nextCoactivation, nextImportance, nextSparsity, nextTau, pruneHits } from "./rules.js";

export interface State {
  t: number;
  w: Weights;
  /** Adam's moments. */
  m: Weights;
  v: Weights;
  alive: number[];
  tau: number;
  lambda1: number;
  /** p, averaged (R12). */
  p: number | undefined;
  imp: number[] | undefined;
  H: Matrix;
  /** T_k of the step before. */
  pairs: [number, number][];
  /** Consecutive steps of low I. */
  low: number[];
  pruned: number;
  realloc: number;
}

/** One step, in the traces' names. */
export interface Step extends Terms {
  frac: number;
  lr: number;
  pairs: [number, number][];
  /** The share of them that the step before had, and the bound that they had to pass. */
  kept: number | null;
  threshold: number | null;
  radius: number[];
  /** Activations that lost the competition, per token. */
  losers: number;
  gnorm: number;
}

/** The direction of a feature's new decoder row. */
export type Draw = (feature: number) => number[];

const emptyLike = (w: Weights): Weights => ({
  We: w.We.map((row) => row.map(() => 0)),
  Wd: w.Wd.map((row) => row.map(() => 0)),
  be: w.be.map(() => 0),
  bd: w.bd.map(() => 0),
});

export function start(cfg: Config, init: Weights): State {
  const n = init.be.length;
  return {
    t: 0,
    w: structuredClone(init),
    m: emptyLike(init),
    v: emptyLike(init),
    alive: range(n).map(() => 1),
    tau: cfg.tau0,
    lambda1: cfg.lambda1,
    p: undefined,
    imp: undefined,
    H: zeros(n, n),
    pairs: [],
    low: range(n).map(() => 0),
    pruned: 0,
    realloc: 0,
  };
}

/** The next step on the batch x [batch][d_in]; changes `s`. */
export function step(s: State, cfg: Config, x: Matrix, draw: Draw): Step {
  const t = ++s.t;
  const radius = cfg.run >= 8 ? radii(cfg, s.H) : s.alive.map(() => 0);
  const raw = encode(s.w, x, s.alive);
  const competition = compete(cfg, raw, neighbours(cfg, s.H, radius));
  const { gain, offset } = competition;
  const losers = mean(raw.map((row, b) => row.filter((r, i) => r > 0 && (gain[b][i] < 1 || offset[b][i] > 0)).length));
  const a = activations(s.w, x, { alive: s.alive, competition });
  const c = correlations(selectedBy(cfg), a, s.w);
  const penalised = correlations(penalisedBy(cfg), a, s.w);
  const { pairs, threshold } = choosePairs(cfg, c);
  const again = pairs.filter(([i, j]) => s.pairs.some(([k, l]) => i === k && j === l));
  const kept = pairs.length === 0 ? null : again.length / pairs.length;
  s.pairs = pairs;

  const constants = { alive: s.alive, competition, pairs, lambda1: s.lambda1, tau: s.tau };
  const terms = loss(cfg, s.w, x, constants);
  const g = gradients(cfg, s.w, x, constants);
  const gnorm = norm([...g.We.flat(), ...g.Wd.flat(), ...g.be, ...g.bd]);
  const lr = cfg.lr * Math.min(t / cfg.warmup, 1);
  g.Wd = g.Wd.map((row, i) => across(row, s.w.Wd[i]));
  adam(s, cfg, g, lr);
  s.w.Wd = s.w.Wd.map(unit);

  s.tau = nextTau(cfg, s.tau, penalised, pairs);
  s.imp = nextImportance(cfg, s.imp, a, s.w.Wd);
  s.H = nextCoactivation(cfg, s.H, a);
  const frac = mean(a.flat().map((value) => (value > 0 ? 1 : 0)));
  Object.assign(s, nextSparsity(cfg, s.lambda1, s.p, frac));

  const hit = pruneHits(cfg, t, c, s.imp);
  s.pruned += hit.length;
  if (meaning(cfg.prune_action, { disable: false, rebirth: true })) rebirth(s, hit, draw);
  else for (const i of hit) s.alive[i] = 0;
  if (cfg.run >= 9) {
    s.low = s.low.map((steps, i) => (s.imp![i] < cfg.theta_act ? steps + 1 : 0));
    const inactive = range(s.low.length).filter((i) => s.low[i] >= cfg.t_realloc);
    s.realloc += inactive.length;
    rebirth(s, inactive, draw);
  }
  return { ...terms, frac, lr, pairs, kept, threshold, radius, losers, gnorm };
}

/** What of x is not along the unit vector w. */
function across(x: number[], w: number[]): number[] {
  const along = dot(x, w);
  return x.map((value, k) => value - along * w[k]);
}

/** Kingma & Ba, Algorithm 1, on every weight. */
function adam(s: State, { betas, eps }: Config, g: Weights, lr: number): void {
  const [beta1, beta2] = betas.split(",").map(Number);
  const update = (w: number[], m: number[], v: number[], gradient: number[]): void =>
    gradient.forEach((value, i) => {
      m[i] = beta1 * m[i] + (1 - beta1) * value;
      v[i] = beta2 * v[i] + (1 - beta2) * value ** 2;
      w[i] -= (lr * (m[i] / (1 - beta1 ** s.t))) / (Math.sqrt(v[i] / (1 - beta2 ** s.t)) + eps);
    });
  for (const name of ["We", "Wd"] as const)
    g[name].forEach((row, r) => {
      update(s.w[name][r], s.m[name][r], s.v[name][r], row);
    });
  for (const name of ["be", "bd"] as const) update(s.w[name], s.m[name], s.v[name], g[name]);
}

/** §4.3: starts these features again. */
function rebirth(s: State, features: number[], draw: Draw): void {
  const others = range(s.alive.length).filter((i) => !features.includes(i));
  // With no others there is no mean: 1, the length that tied weights start with.
  const length = others.length === 0 ? 1 : mean(others.map((i) => norm(column(s.w.We, i))));
  for (const i of features) {
    s.w.Wd[i] = draw(i);
    for (const moments of [s.m, s.v]) moments.Wd[i] = moments.Wd[i].map(() => 0);
    s.w.We.forEach((row, k) => {
      row[i] = s.w.Wd[i][k] * length;
      s.m.We[k][i] = s.v.We[k][i] = 0;
    });
    s.w.be[i] = s.m.be[i] = s.v.be[i] = 0;
    for (const j of range(s.H.length)) s.H[i][j] = s.H[j][i] = 0;
    s.imp![i] = 0;
    s.low[i] = 0;
    s.alive[i] = 1;
  }
}
