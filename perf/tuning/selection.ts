import * as tf from "@tensorflow/tfjs";
import { hasKernels } from "../../src/backend/kernels.js";
import { scoped } from "../../src/backend/ops.js";
import { stream, unitDirections } from "../../src/base/random.js";
import { sparseFeatures } from "../../src/measure/selection-cost.js";
import { paper } from "../../src/paper.js";
import { nearlyLargest } from "../../src/sae/correlations/approximate-selection.js";
import { coFiringCorrelations, coFiringIsCheaper, tiledCorrelations } from "../../src/sae/correlations/co-firing.js";
import { correlated } from "../../src/sae/correlations/correlation.js";
import { countFiring } from "../../src/sae/correlations/firing.js";
import { Largest } from "../../src/sae/correlations/largest.js";
import { type Correlations, correlationsOf, pairCount } from "../../src/sae/correlations/selection.js";
import type { Params } from "../../src/sae/params.js";

const { vectors, divisors } = correlated.activationCosine;

function fastest(work: () => unknown, times: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const startedAt = performance.now();
    work();
    best = Math.min(best, performance.now() - startedAt);
  }
  return best;
}

const gibibytes = (): string => `${(process.memoryUsage().rss / 2 ** 30).toFixed(2)} GiB`;
const line = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** The ways to choose pairs that never hold all c_ij. */
const waysWithoutAllPairs = (): [string, typeof tiledCorrelations][] =>
  hasKernels()
    ? [
        ["lists", coFiringCorrelations],
        ["tiles", tiledCorrelations],
      ]
    : [["lists", coFiringCorrelations]];

/** `--only selection-rule`: what the rule of `coFiringIsCheaper` is made of. All ways' times, and which one it takes. */
export function studyRule(times: number): void {
  for (const [d_sae, m] of [
    [576, 125],
    [576, 1000],
    [2304, 125],
    [2304, 500],
    [16384, 125],
  ])
    for (const share of [0.005, 0.02, 0.1, 0.3]) {
      const f = sparseFeatures(m, d_sae, share);
      const F = tf.tensor2d(f, [m, d_sae]);
      const k = Math.floor(paper.pairs.fraction * pairCount(d_sae));
      const choose = (correlations: Correlations): unknown => correlations.significant(k, paper.pairs.sigmas);
      const repeats = d_sae > 4096 ? 1 : times;
      const lengths = divisors!(countFiring(f, d_sae).squares, m);
      const ways: [string, () => unknown][] = [
        ["Gram matrix", () => scoped(() => void choose(correlationsOf(vectors(F, {} as Params).X)))],
      ];
      for (const [name, correlations] of waysWithoutAllPairs())
        ways.push([name, () => choose(correlations(f, d_sae, lengths))]);
      const found = ways.map(([name, way]) => `${name} ${fastest(way, repeats).toFixed(1)} ms`).join(", ");
      F.dispose();
      const { work, fired } = countsOf(f, d_sae);
      const taken = coFiringIsCheaper(work, m, d_sae, fired) ? "lists" : hasKernels() ? "tiles" : "the Gram matrix";
      line(
        `d_sae ${d_sae}, batch ${m}, ${100 * share} % active: ${found}; Σ L0²/2 = ${(work / pairCount(d_sae)).toFixed(3)} for each pair; the rule takes ${taken}`,
      );
    }
}

function countsOf(f: Float32Array, d_sae: number): { work: number; fired: number } {
  let [work, fired] = [0, 0];
  for (let at = 0; at < f.length; at += d_sae) {
    const l0 = f.subarray(at, at + d_sae).filter(Boolean).length;
    work += l0 ** 2 / 2;
    fired += l0;
  }
  return { work, fired };
}

/** `--only selection-scaling`: time and memory of both ways that do without all pairs, up to d_sae = 65 536; recall. */
export function studyScaling(): void {
  for (const d_sae of [2304, 8192, 16384, 65536]) {
    const l0 = 230; // as many as 10 % of 2304: what grows is d_sae
    const f = sparseFeatures(paper.batchSize, d_sae, l0 / d_sae);
    const lengths = divisors!(countFiring(f, d_sae).squares, paper.batchSize);
    for (const [name, correlations] of waysWithoutAllPairs()) {
      const ms = fastest(() => correlations(f, d_sae, lengths).largest(10_000), 2);
      line(`${name}, d_sae ${d_sae}, L0 ${l0}: the 10 000 largest in ${ms.toFixed(0)} ms; resident ${gibibytes()}`);
    }
  }
  for (const n of [2304, 8192, 16384, 65536]) {
    const X = decoderRows(n, 256);
    const [most, bound] = [n, 0.5];
    const startedAt = performance.now();
    const wanted = exactPlaces(X, most, bound);
    const exactMs = performance.now() - startedAt;
    line(
      `decoder rows [${n}, 256]: ${wanted.size} pairs above ${bound} among all, by blocks, in ${exactMs.toFixed(0)} ms`,
    );
    for (const probes of [4, 8, 16]) {
      let found = nearlyLargest(X, 0, 1, { random: stream(1, "pivots") });
      const ms = fastest(() => {
        found = nearlyLargest(X, most, bound, { random: stream(1, "pivots"), probes });
      }, 1);
      const hits = found.i.filter((i, p) => wanted.has(i * n + found.j[p])).length;
      line(
        `  ${probes} probes: ${found.i.length} in ${ms.toFixed(0)} ms, recall ${(hits / wanted.size).toFixed(3)}; resident ${gibibytes()}`,
      );
    }
    X.dispose();
  }
}

/** Unit rows [n, width]; every fourth leans on the row before it, with cosines from 0.5 to 0.95. */
function decoderRows(n: number, width: number): tf.Tensor2D {
  const random = stream(5, "decoder rows");
  const rows = unitDirections(random, n, width);
  for (let i = 1; i < n; i += 4) {
    const c = 0.5 + 0.45 * random.uniform();
    for (let k = 0; k < width; k++)
      rows[i * width + k] = c * rows[(i - 1) * width + k] + Math.sqrt(1 - c * c) * rows[i * width + k];
  }
  return tf.tidy(() => {
    const X = tf.tensor2d(rows as Float32Array, [n, width]);
    return tf.div(X, tf.norm(X, 2, 1, true)) as tf.Tensor2D;
  });
}

/** Places i · n + j of the `most` largest |x_i · x_j| above a bound, by blocks of the Gram matrix. */
function exactPlaces(X: tf.Tensor2D, most: number, bound: number): Set<number> {
  const [n] = X.shape;
  const block = 1024;
  const largest = new Largest(most);
  for (let from = 0; from < n; from += block) {
    const rows = Math.min(block, n - from);
    const columns = n - from;
    const products = scoped(() =>
      tf.matMul(tf.slice(X, from, rows), tf.slice(X, from, columns), false, true).dataSync<"float32">(),
    );
    for (let r = 0; r < rows; r++)
      for (let c = r + 1; c < columns; c++) {
        const value = Math.abs(products[r * columns + c]);
        if (value > bound) largest.offer(value, (from + r) * n + from + c);
      }
  }
  return new Set(largest.placesInOrder());
}
