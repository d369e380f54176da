import { SncError } from "../base/errors.js";
import type { Method } from "../method.js";
import { paper } from "../paper.js";
import { run } from "../runs.js";
import { allPairs } from "./all-pairs.js";
import { batchTopK } from "./batch-top-k.js";
import { frozenDecoder, frozenRandom } from "./frozen.js";
import { jumpRelu } from "./jump-relu.js";
import type { MethodMaker, MethodOptions } from "./maker.js";
import { matryoshka } from "./matryoshka.js";
import { type MethodName, methodNames } from "./names.js";
import { ortSae } from "./ort-sae.js";
import { relu } from "./relu.js";
import { topK } from "./top-k.js";

/** The methods that runs of the paper are compared with, each as what differs from Run 0. */
const methods: Record<MethodName, MethodMaker> = {
  relu,
  "top-k": topK,
  "batch-top-k": batchTopK,
  matryoshka,
  "jump-relu": jumpRelu,
  "ort-sae": ortSae,
  "all-pairs": allPairs,
  "frozen-decoder": frozenDecoder,
  "frozen-random": frozenRandom,
};

/** What a method fills otherwise than Run 0. Throws a usage error for a name that there is not, and options out of range. */
export function differencesOf(name: MethodName, options: MethodOptions): Partial<Method> {
  if (Object.hasOwn(methods, name)) return methods[name](options);
  throw new SncError("usage", `method: expected one of ${methodNames.join(", ")}, found "${name}"`);
}

/**
 * A method by its name, whole: Run 0 with what differs. Throws as `differencesOf` does.
 *
 * @example
 * const method = methodNamed("batch-top-k", { k: 32 });
 * const params = startingParams(method, initialParams(d_in, d_sae, seed));
 */
export const methodNamed = (name: MethodName, options: Partial<MethodOptions>): Method => ({
  ...run(0).method,
  ...differencesOf(name, {
    ...{ k: 32, lambda1: paper.sparsityPenalty, steps: paper.steps, interval: paper.interval },
    ...options,
  }),
});
