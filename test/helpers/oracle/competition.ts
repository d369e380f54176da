import { type Config, meaning } from "./config.js";
import { type Matrix, range } from "./loops.js";

/** What the competition does: a ← ReLU(gain · a − offset), both [batch][d_sae]. */
export interface Competition {
  gain: Matrix;
  offset: Matrix;
}

/** Eq. 5: r_i = min(r_max, |{j ≠ i : H_ij > θ}|), from Run 8 on. */
export const radii = ({ r_max, theta_coact }: Config, H: Matrix): number[] =>
  H.map((row, i) => Math.min(r_max, row.filter((h, j) => j !== i && h > theta_coact).length));

/** R10: for each feature those it competes with, from H and r as the step before left them. */
export function neighbours(cfg: Config, H: Matrix, radius: number[]): number[][] {
  const n = H.length;
  if (cfg.run < 7) return range(n).map(() => []);
  if (cfg.run === 7 && cfg.nb_fixed === "block") {
    const block = (i: number): number => Math.floor(i / cfg.r_max);
    return range(n).map((i) => range(n).filter((j) => j !== i && block(j) === block(i)));
  }
  const R = Math.min(cfg.r_max, n - 1);
  const before = Math.floor(R / 2);
  const windowOffsets = range(R + 1)
    .map((o) => o - before)
    .filter((o) => o !== 0);
  const at = (i: number, offsets: number[]): number[] => offsets.map((o) => (((i + o) % n) + n) % n);
  if (cfg.run === 7) return meaning(cfg.nb_fixed, { window: range(n).map((i) => at(i, windowOffsets)) });
  const strongest = (i: number): number[] => {
    const others = range(n).filter((j) => j !== i);
    others.sort((j, k) => H[i][k] - H[i][j] || j - k);
    return others.slice(0, radius[i]);
  };
  const adapted = (i: number): number[] => {
    const reach = Math.floor((radius[i] + 1) / 2);
    return at(
      i,
      windowOffsets.filter((o) => Math.abs(o) <= reach),
    );
  };
  return range(n).map(meaning(cfg.nb_adapt, { topH: strongest, window: adapted }));
}

/** R11: who loses against a larger neighbour and by how much; all compared as they were before. */
export function compete({ wta, gamma }: Config, raw: Matrix, members: number[][]): Competition {
  const gain = raw.map((row) => row.map(() => 1));
  const offset = raw.map((row) => row.map(() => 0));
  raw.forEach((row, b) => {
    row.forEach((a, j) => {
      const m = Math.max(0, ...members[j].map((k) => row[k]));
      const loses = meaning(wta, { nonmax: m > a, subtract: m > a, half: a < m / 2 });
      if (!loses) return;
      if (wta === "nonmax") gain[b][j] = 1 - gamma;
      else offset[b][j] = gamma * m;
    });
  });
  return { gain, offset };
}
