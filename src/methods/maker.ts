import type { Method } from "../method.js";

/** How sparse a method makes features, and how long it trains: what depends on a length is told for 1000 steps and scaled. */
export interface MethodOptions {
  /** Features a token, on average; whole, 1 or more. */
  k: number;
  /** λ₁ ≥ 0. */
  lambda1: number;
  /** Steps of the training, and of an interval: a tenth of them (§5.3). */
  steps: number;
  interval: number;
}

/** What a method fills otherwise than Run 0. */
export type MethodMaker = (options: MethodOptions) => Partial<Method>;
