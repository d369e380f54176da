import * as tf from "@tensorflow/tfjs";
import { scoped } from "./ops.js";
import { multiply } from "./products.js";

/**
 * Floating-point operations a second of the product [rows, inner] × [inner, columns] on the backend and in the
 * precision chosen, a multiply-add counted as two: the best of what fits into about `seconds`, after one for warming up.
 */
export function matMulRate([rows, inner, columns]: [number, number, number], seconds = 1): number {
  return scoped(() => {
    const [a, b] = [tf.ones([rows, inner]), tf.ones([inner, columns])];
    const once = (): number => {
      const startedAt = performance.now();
      scoped(() => void tf.sum(multiply(a as tf.Tensor2D, b as tf.Tensor2D)).dataSync()); // read back: a GPU returns early
      return (performance.now() - startedAt) / 1000;
    };
    once();
    let [best, spent] = [Number.POSITIVE_INFINITY, 0];
    for (let n = 0; n < 3 || (spent < seconds && n < 100); n++) {
      const took = once();
      best = Math.min(best, took);
      spent += took;
    }
    return (2 * rows * inner * columns) / best;
  });
}
