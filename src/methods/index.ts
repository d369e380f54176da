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
import { ortSae } from "./ort-sae.js";
import { relu } from "./relu.js";
import { topK } from "./top-k.js";

/** A method by its name. */
export type MethodName =
  | "relu"
  | "top-k"
  | "batch-top-k"
  | "matryoshka"
  | "jump-relu"
  | "ort-sae"
  | "all-pairs"
  | "frozen-decoder"
  | "frozen-random";

/** The methods that runs of the paper are compared with, each as what differs from Run 0, and by what each is made sparse. */
const methods: Record<MethodName, { make: MethodMaker; by: "k" | "lambda1" }> = {
  relu: { make: relu, by: "lambda1" },
  "top-k": { make: topK, by: "k" },
  "batch-top-k": { make: batchTopK, by: "k" },
  matryoshka: { make: matryoshka, by: "k" },
  "jump-relu": { make: jumpRelu, by: "k" },
  "ort-sae": { make: ortSae, by: "k" },
  "all-pairs": { make: allPairs, by: "lambda1" },
  "frozen-decoder": { make: frozenDecoder, by: "lambda1" },
  "frozen-random": { make: frozenRandom, by: "lambda1" },
};

/** The methods' names. */
export const methodNames = Object.keys(methods) as [MethodName, ...MethodName[]];

/** By what a method is made sparse: k, or λ₁. */
export const sparsityOf = (name: MethodName): "k" | "lambda1" => methods[name].by;

/** What a method fills otherwise than Run 0. Throws a usage error for a name that there is not, and options out of range. */
export function differencesOf(name: MethodName, options: MethodOptions): Partial<Method> {
  if (Object.hasOwn(methods, name)) return methods[name].make(options);
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
