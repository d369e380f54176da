import * as tf from "@tensorflow/tfjs";
import { scoped } from "../../src/backend/ops.js";
import { sparseFeatures } from "../../src/measure/selection-cost.js";
import { topPairs } from "../../src/mechanisms/index.js";
import { observe } from "../../src/observe.js";
import { paper } from "../../src/paper.js";
import type { Params } from "../../src/sae/params.js";
import type { TrainState } from "../../src/sae/state.js";
import type { Comparison } from "./comparison.js";
import type { Peer } from "./peer.js";

/** T_k of Run 1 from a batch's features, by the way that the batch's counts speak for, against PyTorch's Gram and topk. */
export function selectionComparison(d_sae: number, active: number, goal: number, peer: Peer): Comparison {
  const batch = paper.batchSize;
  const f = tf.tensor2d(sparseFeatures(batch, d_sae, active), [batch, d_sae]);
  const select = topPairs();
  return {
    name: `selection of T_k, d_sae = ${d_sae}, ${100 * active} % active`,
    unit: "ms",
    rounds: d_sae > 4096 ? 3 : undefined,
    ours: () =>
      scoped(() => {
        const startedAt = performance.now();
        select({} as TrainState, observe(f, {} as Params, "activationCosine"));
        return performance.now() - startedAt;
      }),
    peers: [
      {
        name: "PyTorch's Gram and topk",
        goal,
        measure: () => peer.milliseconds("selection", { d_sae, batch, active }),
      },
    ],
    async end() {
      f.dispose();
      await peer.forget();
    },
  };
}
