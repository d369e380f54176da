import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

/** The same radius for every feature, the paper's 32 by default; 0 where there is no competition. */
export const fixedRadius = (radius: number = paper.competition.radius): Rule<Int32Array, undefined> =>
  rule("fixedRadius", "§4.2", { radius }, ({ alive: { length: d_sae } }) =>
    new Int32Array(d_sae).fill(Math.min(radius, d_sae - 1)),
  );

/** Eq. 5: r_i = min(r_max, |{j ≠ i : H_ij > θ}|). */
export const adaptiveRadius = ({
  rMax = paper.competition.radius,
  theta = paper.coactivation.theta,
}: {
  rMax?: number;
  theta?: number;
} = {}): Rule<Int32Array, undefined> =>
  rule("adaptiveRadius", "Eq. 5", { rMax, theta }, (s) =>
    s.coactivation.countAbove(theta).map((count) => Math.min(rMax, count)),
  );
