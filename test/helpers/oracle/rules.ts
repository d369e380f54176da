import { type Config, meaning } from "./config.js";
import { clamp, column, columns, dot, everyPair, type Matrix, mean, norm, unit } from "./loops.js";

/** Eq. 3, from Run 2 on; c are the penalised correlations. */
export function nextTau(cfg: Config, tau: number, c: Matrix, pairs: [number, number][]): number {
  if (cfg.run < 2) return tau;
  const over = meaning(cfg.cbar, { selected: pairs, all: everyPair(c.length) });
  const cBar = over.length === 0 ? 0 : mean(over.map(([i, j]) => c[i][j]));
  const { tau_alpha: alpha, c_target, tau_min, tau_max } = cfg;
  return clamp(alpha * tau + (1 - alpha) * tau * (cBar / c_target), tau_min, tau_max);
}

/** Eq. 6 with R7's norm; I starts at its first value. */
export function nextImportance(cfg: Config, before: number[] | undefined, a: Matrix, Wd: Matrix): number[] {
  return Wd.map((row, i) => {
    const f = column(a, i);
    const now = meaning(cfg.importance, {
      batch_l2: norm(f),
      mean_abs: mean(f),
      rms: Math.sqrt(mean(f.map((value) => value ** 2))),
      dec_norm: norm(row),
      freq: mean(f.map((value) => (value > 0 ? 1 : 0))),
    });
    return before === undefined ? now : cfg.imp_beta * before[i] + (1 - cfg.imp_beta) * now;
  });
}

/** Eq. 4 with R9's a_i · a_j, from Run 8 on. */
export function nextCoactivation(cfg: Config, H: Matrix, a: Matrix): Matrix {
  if (cfg.run < 8) return H;
  const f = columns(a);
  const together = meaning(cfg.coact, {
    binary: (i: number, j: number) => f[i].filter((value, b) => value > 0 && f[j][b] > 0).length / a.length,
    mean_prod: (i: number, j: number) => dot(f[i], f[j]) / a.length,
    norm_prod: (i: number, j: number) => dot(unit(f[i]), unit(f[j])),
  });
  return H.map((row, i) => row.map((h, j) => cfg.h_beta * h + (1 - cfg.h_beta) * together(i, j)));
}

/** §4.3 with R12, from Run 6 on: the next λ1, and p as it is remembered. */
export function nextSparsity(cfg: Config, lambda1: number, before: number | undefined, frac: number) {
  if (cfg.run < 6) return { lambda1, p: before };
  const averaged = cfg.sp_beta * (before ?? frac) + (1 - cfg.sp_beta) * frac;
  const p = meaning(cfg.lam_rule, { mult: frac, log_int: averaged });
  return {
    lambda1: clamp(lambda1 * (1 + cfg.lam_eta * (p - cfg.target_sparsity)), cfg.lam_min, cfg.lam_max),
    p,
  };
}

/** What `share` of the sorted values lie below, interpolated linearly. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((x, y) => x - y);
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** §4.3, from Run 4 on: the features hit at step t, c and I of that step. */
export function pruneHits(cfg: Config, t: number, c: Matrix, I: number[]): number[] {
  if (cfg.run < 4 || t % cfg.prune_every !== 0) return [];
  const line = percentile(I, cfg.protect_pct / 100);
  const isProtected = (i: number): boolean => cfg.run >= 5 && I[i] > line;
  const hit: number[] = [];
  for (const [i, j] of everyPair(c.length)) {
    if (c[i][j] <= cfg.theta_corr || hit.includes(i) || hit.includes(j)) continue;
    const losers = meaning(cfg.prune_which, { lower: [I[j] < I[i] ? j : i], both: [i, j] });
    hit.push(...losers.filter((loser) => !isProtected(loser)));
  }
  return hit;
}
