import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { writeFileAtomic, writeJson } from "../../src/base/files.js";
import { recordHashes } from "../../src/base/recorded.js";
import { renderSvg } from "../../src/figures/render.js";
import { trainingLoss } from "../../src/figures/training-loss.js";
import { reportedFigures } from "../../src/report/saved-figures.js";
import { lossTable } from "../helpers/loss-table.js";

const set = mkdtempSync(path.join(tmpdir(), "snc-saved-figures-"));
after(() => rmSync(set, { recursive: true }));

const figure = trainingLoss(lossTable(1, 1, 20), { scale: "made up", smoothing: 3, yScale: "log" });
const file = (name: string): string => path.join(set, "figures", name);
before(async () => {
  const svg = await renderSvg(figure);
  const ids = ["cross-layer", "zeta-layer-6", "per-run-layer-14", "per-run-layer-6", "control-traces-layer-6"];
  for (const id of [...ids, "alpha-layer-6", "feature-usage-layer-6", "training-loss-layer-6"]) {
    await writeJson(file(`${id}.plotly.json`), figure);
    await writeFileAtomic(file(`${id}.svg`), svg);
    await recordHashes(path.join(set, "figures"), [`${id}.plotly.json`, `${id}.svg`]);
  }
});

test("figures stand by layer, in the paper's order, any others after them by name, those of no layer last", async () => {
  const figures = await reportedFigures(set);
  assert.deepEqual(
    figures.map(({ id, layer }) => [id, layer]),
    [
      ["training-loss-layer-6", 6],
      ["feature-usage-layer-6", 6],
      ["per-run-layer-6", 6],
      ["control-traces-layer-6", 6],
      ["alpha-layer-6", 6],
      ["zeta-layer-6", 6],
      ["per-run-layer-14", 14],
      ["cross-layer", null],
    ],
  );
  const [{ title, summary, svg, figure: read }] = figures;
  assert.equal(title, "Training loss of Run 0 (baseline)");
  assert.match(summary, /^\[Training loss of Run 0 \(baseline\): \d+ traces?; /);
  assert.equal(svg, readFileSync(file("training-loss-layer-6.svg"), "utf8"));
  assert.deepEqual(read, JSON.parse(JSON.stringify(figure)));
});

test("a figure whose drawing is not there is refused with the next command; a set without figures has none", async () => {
  assert.deepEqual(await reportedFigures(path.join(set, "none")), []);
  rmSync(file("cross-layer.svg"));
  await assert.rejects(reportedFigures(set), { failure: "claim", message: /cross-layer\.svg: .*Run: snc figures$/ });
});
