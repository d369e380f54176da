import { count, optionsOf } from "../base/checks.js";
import { type Method, rule } from "../method.js";

/** The reconstruction is that of all features: Runs 0 to 9. */
export const noPrefixes: Method["prefixes"] = rule("noPrefixes", "Eq. 1", {}, (s) => [s.alive.length]);

const options = optionsOf("halves", { levels: count });

/**
 * The first d_sae/2^(levels − 1), …, d_sae/4, d_sae/2, d_sae features, rounded down, each reconstruct by themselves (Bussmann et
 * al., arXiv 2503.17547, §3).
 */
export const halves = ({ levels = 5 } = {}): Method["prefixes"] =>
  rule("halves", "arXiv 2503.17547", options({ levels }), ({ alive: { length } }) => {
    const widths = Array.from({ length: levels }, (_, level) => Math.floor(length / 2 ** (levels - 1 - level)));
    return [...new Set(widths)].filter((width) => width > 0);
  });
