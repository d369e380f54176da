import * as tf from "@tensorflow/tfjs";
import { hasKernels } from "../../src/backend/kernels.js";
import { type Products, productsWith } from "../../src/backend/products.js";
import { stream } from "../../src/base/random.js";
import { sparseFeatures } from "../../src/measure/selection-cost.js";
import { paper } from "../../src/paper.js";

/** Milliseconds of the fastest of so many calls; what `product` makes is freed. */
function fastest(product: () => tf.Tensor, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= times; i++) {
    const startedAt = performance.now();
    product().dispose();
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}

/** `--only sparse-products`: where skipping zeros is faster, which `productsWith` decides by. */
export function studyProducts(times: number): void {
  if (!hasKernels()) throw new Error("this package's kernels are not compiled here. Run: npx snc setup");
  const random = stream(3, "products");
  for (const d of [576, 2304])
    for (const share of [0.05, 0.1, 0.2, 0.3]) {
      const batch = paper.batchSize;
      const matrix = (rows: number): tf.Tensor2D =>
        tf.tensor2d(
          Float32Array.from({ length: rows * d }, () => random.normal()),
          [rows, d],
        );
      const f = tf.tensor2d(sparseFeatures(batch, d, share), [batch, d]);
      const [W, h, c] = [matrix(d), matrix(batch), tf.zeros([d]) as tf.Tensor1D];
      const ways: [string, (p: Products) => tf.Tensor][] = [
        ["f W_dec + b_dec", (p) => tf.tidy(() => p.times(f, W, c))],
        ["fᵀ ∂ĥ", (p) => p.sparseTransposedTimes(f, h)],
        ["hᵀ ∂z", (p) => p.transposedTimesSparse(h, f)],
        ["∂ĥ W_decᵀ where f > 0", (p) => tf.tidy(() => p.timesTransposedWhere(h, W, f, { plus: 0.1 }))],
      ];
      for (const [name, way] of ways) {
        const [all, skipping] = [1, 0].map((active) => fastest(() => way(productsWith(active)), times));
        process.stdout.write(
          `d = d_sae = ${d}, ${100 * share} % active, ${name}: dense ${all.toFixed(2)} ms, skipping zeros ${skipping.toFixed(2)} ms\n`,
        );
      }
      tf.dispose([f, W, h, c]);
    }
}
