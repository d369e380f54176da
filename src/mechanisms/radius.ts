import { optionsOf, unitInterval, wholeFrom } from "../base/checks.js";
import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

const fixedOptions = optionsOf("fixedRadius", { radius: wholeFrom(0) });
const adaptiveOptions = optionsOf("adaptiveRadius", { rMax: wholeFrom(0), theta: unitInterval });

/** The same radius for every feature, the paper's 32 by default; 0 where there is no competition, at most d_sae − 1. */
export const fixedRadius = (radius: number = paper.competition.radius): Rule<Int32Array, undefined> =>
  rule("fixedRadius", "§4.2", fixedOptions({ radius }), ({ alive: { length: d_sae } }) =>
    new Int32Array(d_sae).fill(Math.min(radius, d_sae - 1)),
  );

/** Eq. 5: r_i = min(r_max, |{j ≠ i : H_ij > θ}|), θ in [0, 1]. */
export const adaptiveRadius = ({
  rMax = paper.competition.radius,
  theta = paper.coactivation.theta,
}: {
  rMax?: number;
  theta?: number;
} = {}): Rule<Int32Array, undefined> =>
  rule("adaptiveRadius", "Eq. 5", adaptiveOptions({ rMax, theta }), (s) =>
    s.coactivation.countAbove(theta).map((count) => Math.min(rMax, count)),
  );
