/** SAELens's formulas on an exported folder. The package itself, gigabytes with PyTorch: npm run test:sae-lens. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { withBackend } from "../../helpers/backend.js";
import { snc } from "../../helpers/command-line.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";
import { keptBy, keptCase } from "../../helpers/sae-lens-kept.js";
import { compare, trainedCase } from "../../helpers/sae-lens-trained.js";

withBackend();

test("what is exported, read by safetensors, gives our features and reconstructions of the model's activations", async (t) => {
  const reason = await whyNoPython();
  if (reason) return t.skip(reason);
  const python = await pythonWith(path.join(__dirname, "safetensors-requirements.txt"));
  const { results, folder, caseFile, exported, final, vectors } = await trainedCase();
  try {
    const untrained = ["--profile", "smoke", "--run", "4", "--layer", "6", "--seed", "43", "--out", folder];
    const refused = await snc(["export", "sae-lens", ...untrained], { SNC_RESULTS: results });
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, /found none\. Run: snc train --profile smoke --run 4 --layer 6 --seed 43$/m);

    const found = await compare(python, "formula", folder, caseFile);
    t.diagnostic(JSON.stringify(found));
    assert.ok(exported.disabledFeatures.length > 50, "Run 4 switches features off");
    assert.equal(found.tokens, 1000);
    assert.ok(Math.abs(found.l0 - final.l0) < 0.1 * final.l0, `L0 ${found.l0}, ${final.l0} over all test tokens`);
    assert.ok(found.features < 1e-5, `features differ by ${found.features} of the largest`);
    assert.ok(found.reconstruction < 1e-5, `reconstructions differ by ${found.reconstruction} of ‖x‖`);

    const back = ["import", "sae-lens", folder, "--out", path.join(results, "back")];
    const { stdout, stderr } = await snc([...back, "--profile", "smoke", "--layer", "6", "--format", "json"]);
    const { measured } = JSON.parse(stdout || stderr);
    t.diagnostic(JSON.stringify(measured));
    for (const name of ["l0", "fractionVarianceExplained", "reconstructionError"])
      assert.ok(Math.abs(measured[name] / final[name] - 1) < 1e-4, `${name} ${measured[name]}, trained ${final[name]}`);

    for (const rule of Object.keys(keptBy)) {
      const kept = await keptCase(rule, path.join(results, rule), vectors);
      const same = await compare(python, "formula", path.join(results, rule), kept.caseFile);
      t.diagnostic(`${rule}, as ${kept.exported.architecture}: ${JSON.stringify(same)}`);
      assert.ok(Math.abs(same.l0 - kept.l0) < 1e-6 && same.l0 > 1, `${rule}: L0 ${same.l0}, ${kept.l0}`);
      assert.ok(same.features < 1e-5 && same.reconstruction < 1e-5, rule);
    }
  } finally {
    await rm(results, { recursive: true });
  }
});
