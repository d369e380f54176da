import { allPairs as everyPair } from "../mechanisms/index.js";
import type { MethodMaker } from "./maker.js";
import { relu } from "./relu.js";

/** Every pair of features is penalised, with Run 1's total weight: what §2.1 sets the paper's selection against. */
export const allPairs: MethodMaker = (options) => ({ ...relu(options), pairs: everyPair() });
