import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { stream } from "../../src/base/random.js";
import type { TrainedTables } from "../../src/experiment/results/tables.js";
import { profiles } from "../../src/profiles.js";
import { gatherReport } from "../../src/report/content.js";
import { reportHtml } from "../../src/report/html.js";
import { madeUp } from "../helpers/made-up-claims.js";
import { writeMadeUpSet } from "../helpers/made-up-report.js";

const root = mkdtempSync(path.join(tmpdir(), "snc-report-size-"));
after(() => rmSync(root, { recursive: true }));

/** A training as large as those of the default profile, of pure noise: nothing about it can be left out. */
function noise(run: number, seed: number): TrainedTables {
  const tables = madeUp({ run, layer: 14, seed });
  const { uniform } = stream(seed, `run-${run}`);
  const { steps } = profiles.default;
  return {
    record: { ...tables.record, steps, d_sae: 576 },
    metrics: tables.metrics.map((row, i) => ({ ...row, step: [0, 500, steps][i] })),
    trace: Array.from({ length: steps }, (_, i) => ({
      ...tables.trace[0],
      step: i + 1,
      ...{ loss: 1 + uniform(), reconstruction: uniform() },
      activeFraction: uniform(),
      ...{
        pairsKept: uniform(),
        threshold: uniform(),
        meanRadius: uniform(),
        losers: uniform(),
        gradientNorm: uniform(),
      },
      // What rules move a little in every step, or count.
      ...{ tau: 0.5 - i / 4000, lambda1: 0.04 + i / 20_000, pairs: 165 - (i % 3), pruned: i, reallocated: i },
    })),
    features: Array.from({ length: 576 }, (_, feature) => ({ ...tables.features[0], feature, importance: uniform() })),
  };
}

test("with all runs, seeds and layers of the default profile the page stays under 6.5 MB", async () => {
  const { runs, seeds, layers } = profiles.default;
  const tables = runs.flatMap((run) => seeds.map((seed) => noise(run, seed)));
  const content = await gatherReport(
    await writeMadeUpSet({ folder: path.join(root, "set"), tables, figures: () => true }),
  );
  const bytesWith = async (figures: typeof content.figures): Promise<number> =>
    Buffer.byteLength(await reportHtml({ ...content, figures }));
  assert.ok(content.figures.length >= 6);
  const ofEachLayer = content.figures.filter(({ id }) => /^(?!control).*-layer-/.test(id));
  const [all, one, none] = [await bytesWith(content.figures), await bytesWith(ofEachLayer), await bytesWith([])];
  const bytes = all + (layers.length - 1) * (one - none);
  assert.ok(bytes < 6.5e6, `${bytes} bytes`);
});
