import { count, optionsOf, wholeFrom } from "../base/checks.js";
import { type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import { type Neighbours, wellFormedNeighbours } from "../sae/inhibition.js";
import type { TrainState } from "../sae/state.js";

const blockOptions = optionsOf("blocks", { size: count });
const [windowOptions, strongestOptions, adaptiveOptions] = ["window", "strongest", "adaptiveWindow"].map((name) =>
  optionsOf(name, { rMax: wholeFrom(0) }),
);

const d_saeOf = (s: TrainState): number => s.alive.length;

/** Nobody competes. */
export const noNeighbours: Rule<Neighbours, undefined> = rule("noNeighbours", "", {}, (s) =>
  neighbourLists(d_saeOf(s), () => []),
);

/** The largest r_i that counts, r_max of Eq. 5, 0 or more; the paper's 32 by default. */
export interface Reach {
  rMax?: number;
}

/** Reading R10, Run 7: the ⌊r/2⌋ indices before a feature and the rest of its r after it, cyclic; r is r_i, r_max at most. */
export const window = ({ rMax = paper.competition.radius }: Reach = {}): Rule<Neighbours, undefined> =>
  rule("window", "§4.2", windowOptions({ rMax }), (s) =>
    neighbourLists(d_saeOf(s), (i) => {
      const r = Math.min(rMax, s.radius[i]);
      const before = Math.floor(r / 2);
      return cyclic(d_saeOf(s), i, before, r - before);
    }),
  );

/** Reading R10, Run 7: the other features of a block of `size` ≥ 1 consecutive indices; the last block may be shorter. */
export const blocks = ({ size = paper.competition.radius }: { size?: number } = {}): Rule<Neighbours, undefined> =>
  rule("blocks", "§4.2", blockOptions({ size }), (s) =>
    neighbourLists(d_saeOf(s), (i) => {
      const start = i - (i % size);
      return Array.from({ length: Math.min(size, d_saeOf(s) - start) }, (_, n) => start + n).filter((j) => j !== i);
    }),
  );

/** Reading R10, Run 8 on: the r_i features of largest H_ij, j ≠ i, r_max of them at most; of equals the lower index. */
export const strongest = ({ rMax = paper.competition.radius }: Reach = {}): Rule<Neighbours, undefined> =>
  rule("strongest", "§4.2", strongestOptions({ rMax }), (s) =>
    s.coactivation.strongest(s.radius.map((r) => Math.min(rMax, r))),
  );

/** Reading R10, Run 8 on: of the fixed window of r_max the offsets up to ⌊(r_i + 1)/2⌋ to either side. */
export const adaptiveWindow = ({ rMax = paper.competition.radius }: Reach = {}): Rule<Neighbours, undefined> =>
  rule("adaptiveWindow", "§4.2", adaptiveOptions({ rMax }), (s) => {
    const R = Math.min(rMax, d_saeOf(s) - 1);
    const before = Math.floor(R / 2);
    return neighbourLists(d_saeOf(s), (i) => {
      const reach = Math.floor((s.radius[i] + 1) / 2);
      return cyclic(d_saeOf(s), i, Math.min(reach, before), Math.min(reach, R - before));
    });
  });

/** The indices from `before` before i to `after` after it, without i, on a ring of n. */
function cyclic(n: number, i: number, before: number, after: number): number[] {
  const members: number[] = [];
  for (let offset = -before; offset <= after; offset++) if (offset !== 0) members.push((i + offset + n) % n);
  return members;
}

function neighbourLists(d_sae: number, of: (i: number) => ArrayLike<number>): Neighbours {
  const starts = new Int32Array(d_sae + 1);
  let members = new Int32Array(d_sae);
  for (let i = 0; i < d_sae; i++) {
    const mine = of(i);
    starts[i + 1] = starts[i] + mine.length;
    if (starts[i + 1] > members.length) {
      const larger = new Int32Array(2 * starts[i + 1]);
      larger.set(members);
      members = larger;
    }
    members.set(mine, starts[i]);
  }
  return wellFormedNeighbours({ starts, members: members.slice(0, starts[d_sae]) });
}
