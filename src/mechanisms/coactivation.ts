import { belowOne, oneOf, optionsOf } from "../base/checks.js";
import { type Observed, type Rule, rule } from "../method.js";
import { paper } from "../paper.js";
import type { CoactivationMove } from "../sae/coactivation-values.js";
import { gram, unitColumns } from "../sae/correlations/correlation.js";

/** H is not kept: Runs 0 to 7. */
export const noCoactivation: Rule<CoactivationMove | undefined> = rule("noCoactivation", "", {}, () => undefined);

/** Reading R9, a_i · a_j in Eq. 4: both fire, their product, or their cosine over the batch. */
export type CoactivationReading = "indicator" | "product" | "cosine";

/** Counts of firing together are exact, so that H meets θ only when it should. */
const coactivations = {
  indicator: ({ f, values }: Observed) => ({ f, values }),
  product: ({ f, tokens }: Observed) => ({ products: gram(f), divisor: tokens }),
  cosine: ({ f }: Observed) => ({ products: gram(unitColumns(f).X), divisor: 1 }),
} satisfies Record<CoactivationReading, (seen: Observed) => CoactivationMove["towards"]>;

const options = optionsOf("momentumCoactivation", {
  beta: belowOne,
  coactivation: oneOf(...Object.keys(coactivations)),
});

/** Eq. 4: H ← βH + (1 − β)(a_i · a_j), starting at 0; β in [0, 1). */
export const momentumCoactivation = ({
  beta = paper.coactivation.beta,
  coactivation = "indicator",
}: {
  beta?: number;
  coactivation?: CoactivationReading;
} = {}): Rule<CoactivationMove | undefined> =>
  rule("momentumCoactivation", "Eq. 4", options({ beta, coactivation }), (_s, seen) => ({
    beta,
    towards: coactivations[coactivation](seen),
  }));
