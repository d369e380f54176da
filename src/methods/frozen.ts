import type { MethodMaker } from "./maker.js";
import { relu } from "./relu.js";

/*
 * Controls that learn less (arXiv 2602.14111): a method that is not better than they are has shown nothing.
 */

/** Random directions stay; encoder and biases are trained. */
export const frozenDecoder: MethodMaker = (options) => ({ ...relu(options), trained: "encoder" });

/** Random encoder and decoder stay; biases are trained. */
export const frozenRandom: MethodMaker = (options) => ({ ...relu(options), trained: "biases" });
