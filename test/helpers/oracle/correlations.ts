import type { Weights } from "../trace.js";
import { type Config, meaning } from "./config.js";
import { columns, dot, everyPair, type Matrix, mean, norm, unit } from "./loops.js";

/** R1: the vectors whose inner products are correlations, one a feature, and how they are scaled. */
export interface Kind {
  of: "acts" | "decoder" | "encoder";
  scale: "cosine" | "pearson" | "inner_mean" | "inner";
}

/** What T_k and pruning go by, and what the penalty and c̄ are made of. */
export const selectedBy = ({ f, corr }: Config): Kind => ({ of: f, scale: corr });
export const penalisedBy = (cfg: Config): Kind =>
  meaning(cfg.pen_f, { same: selectedBy(cfg), decoder: { of: "decoder", scale: "inner" } as const });

/** x_i before any scaling, but centred for Pearson. */
export function vectors({ of, scale }: Kind, a: Matrix, w: Weights): Matrix {
  const features = meaning(of, { acts: () => columns(a), decoder: () => w.Wd, encoder: () => columns(w.We) })();
  return scale === "pearson" ? features.map(centred) : features;
}

function centred(x: number[]): number[] {
  const middle = mean(x);
  return x.map((value) => value - middle);
}
const isCosine = ({ scale }: Kind): boolean =>
  meaning(scale, { cosine: true, pearson: true, inner_mean: false, inner: false });
const divisor = ({ scale }: Kind, x: number[]): number => (scale === "inner_mean" ? x.length : 1);

/** c [d_sae][d_sae] */
export function correlations(kind: Kind, a: Matrix, w: Weights): Matrix {
  const X = vectors(kind, a, w).map((x) => (isCosine(kind) ? unit(x) : x));
  return X.map((x) => X.map((y) => Math.abs(dot(x, y)) / divisor(kind, x)));
}

/** ∂|⟨x, y⟩| / ∂x; for Pearson before the centring. */
export function derivative(kind: Kind, x: number[], y: number[]): number[] {
  const sign = Math.sign(dot(x, y));
  if (!isCosine(kind)) return y.map((value) => (sign * value) / divisor(kind, x));
  const [u, v] = [unit(x), unit(y)];
  const along = norm(x) > 1e-8 ? dot(u, v) : 0; // below, what x is divided by is the constant 1e-8
  const byX = x.map((_, at) => (sign * (v[at] - along * u[at])) / Math.max(norm(x), 1e-8));
  return kind.scale === "pearson" ? centred(byX) : byX;
}

/** T_k: pairs sorted by c, the first of equals first; none in Run 0. With the bound they had to pass, from Run 3 on. */
export function choosePairs(cfg: Config, c: Matrix): { pairs: [number, number][]; threshold: number | null } {
  if (cfg.run === 0) return { pairs: [], threshold: null };
  const n = c.length;
  const all = everyPair(n);
  const values = all.map(([i, j]) => c[i][j]);
  const mu = mean(values);
  const sigma = Math.sqrt(mean(values.map((value) => (value - mu) ** 2)));
  const sorted = [...all].sort(([i, j], [k, l]) => c[k][l] - c[i][j] || i - k || j - l);
  const threshold = mu + 2 * sigma;
  const above = ([i, j]: [number, number]): boolean => c[i][j] > threshold;
  const k = Math.max(cfg.kmin, Math.floor(cfg.kfrac * meaning(cfg.N, { pairs: all.length, features: n })));
  const chosen =
    cfg.run < 3
      ? sorted.slice(0, k)
      : meaning(cfg.dyn_rule, {
          and: sorted.slice(0, k).filter(above),
          thresh_only: sorted.slice(0, Math.max(cfg.kmin, all.filter(above).length)),
        });
  const pairs = chosen.sort(([i, j], [k, l]) => i - k || j - l);
  return { pairs, threshold: cfg.run < 3 ? null : threshold };
}
