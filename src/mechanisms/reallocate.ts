import { count, notNegative, optionsOf } from "../base/checks.js";
import { type Reallocation, type Rule, rule } from "../method.js";
import { paper } from "../paper.js";

/** No feature is started again: Runs 0 to 8. */
export const noReallocation: Rule<Reallocation> = rule("noReallocation", "", {}, (s) => ({
  features: [],
  lowSteps: s.lowSteps,
}));

const options = optionsOf("reallocateInactive", { theta: notNegative, after: count });

/** §4.3: features with I < θ, θ ≥ 0, for `after` ≥ 1 consecutive steps (Reading R13). */
export const reallocateInactive = ({
  theta = paper.importance.active,
  after = paper.interval,
}: {
  theta?: number;
  after?: number;
} = {}): Rule<Reallocation> =>
  rule("reallocateInactive", "§4.3", options({ theta, after }), (s) => {
    const lowSteps = s.lowSteps.map((steps, i) => (s.importance![i] < theta ? steps + 1 : 0));
    const features: number[] = [];
    lowSteps.forEach((steps, i) => {
      if (steps >= after) features.push(i);
    });
    return { features, lowSteps };
  });
