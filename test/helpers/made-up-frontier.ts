import type { Frontier } from "../../src/frontier/document.js";
import type { FrontierMethod } from "../../src/frontier/levels.js";

/** ReLU and L1 from L0 = 16 to 256, Run 9 below it from 32 to 128, three seeds; seed 43 explains 0.01 more, 44 0.02 more. */
export function madeUpFrontier(): Frontier {
  const curve = (method: FrontierMethod, points: [level: string, l0: number, explained: number][]) =>
    [42, 43, 44].flatMap((seed) =>
      points.map(([level, l0, explained]) => ({
        ...{ method, level, seed, l0, fractionVarianceExplained: explained + (seed - 42) / 100 },
        ...{ nearestDecoderCosine: 0.2, meanDecoderCosine: 0.03, pearsonAboveChance: 0.05 },
        ...{ utilization: null, millisecondsPerStep: 4, flopsPerStep: 400e6 },
      })),
    );
  const points = [
    ...curve("relu", [
      ["λ₁ = 0.32", 16, 0.4],
      ["λ₁ = 0.04", 64, 0.6],
      ["λ₁ = 0.01", 256, 0.8],
    ]),
    ...curve("run-9", [
      ["λ₁ × 8", 32, 0.3],
      ["λ₁ × 1", 128, 0.5],
    ]),
  ];
  return { layer: 14, modelName: "SmolLM2-135M", steps: 1000, d_sae: 576, points };
}
