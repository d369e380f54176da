/** The sae-lens package on folders of ours, and ours on folders of the package: npm run test:sae-lens. */
import assert from "node:assert/strict";
import { copyFile, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import * as tf from "@tensorflow/tfjs";
import { runProgram } from "../../../src/base/command.js";
import { readSaeWeights } from "../../../src/interop/sae-weights.js";
import { openSafetensors } from "../../../src/model/safetensors.js";
import { decode, encode } from "../../../src/sae/forward.js";
import { paramsOf } from "../../../src/sae/params.js";
import { withBackend } from "../../helpers/backend.js";
import { snc } from "../../helpers/command-line.js";
import { pythonWith, whyNoPython } from "../../helpers/python-environment.js";
import { checkScript, compare, trainedCase } from "../../helpers/sae-lens-trained.js";

withBackend();

/** In units of the largest feature, and of ‖x‖ for reconstructions. */
const tolerance = 1e-5;
let python = "";
let skipped: string | undefined;

let trained: Awaited<ReturnType<typeof trainedCase>>;

before(async () => {
  skipped = await whyNoPython();
  if (skipped) return;
  python = await pythonWith(path.join(__dirname, "sae-lens-requirements.txt"));
  trained = await trainedCase();
});
after(async () => {
  if (trained) await rm(trained.results, { recursive: true });
});

test("sae-lens loads an exported training and computes our features and reconstructions", async (t) => {
  if (skipped) return t.skip(skipped);
  const found = await compare(python, "package", trained.folder, trained.caseFile);
  t.diagnostic(JSON.stringify(found));
  assert.equal(found.tokens, 1000);
  assert.ok(found.features < tolerance, `features differ by ${found.features} of the largest`);
  assert.ok(found.reconstruction < tolerance, `reconstructions differ by ${found.reconstruction} of ‖x‖`);
});

for (const kind of ["standard", "uncentred-bfloat16"])
  test(`${kind}: what sae-lens saves is imported and computes its features and reconstructions of real activations here`, async (t) => {
    if (skipped) return t.skip(skipped);
    const folder = path.join(trained.results, kind);
    await mkdir(folder);
    await copyFile(trained.caseFile, path.join(folder, "x.safetensors"));
    await runProgram(python, ["-W", "ignore", checkScript, "make", folder, kind]);
    const { code, stderr } = await snc(["import", "sae-lens", folder, "--out", folder]);
    assert.equal(code, 0, stderr);
    const file = await openSafetensors(path.join(folder, "case.safetensors"));
    const [x, features, reconstruction] = await Promise.all(
      ["x", "features", "reconstruction"].map((name) => file.readFloat32(name)),
    );
    await file.close();
    const weights = await readSaeWeights(path.join(folder, "weights.safetensors"));
    assert.deepEqual([weights.d_in, weights.d_sae, x.length], [576, 864, 1000 * 576]);
    const [f, x̂] = tf.tidy(() => {
      const params = paramsOf(weights);
      const active = encode(params, tf.tensor2d(x, [1000, 576]));
      return [active.dataSync<"float32">(), decode(params, active).dataSync<"float32">()];
    });
    const worst = Math.max(difference(f, features), difference(x̂, reconstruction));
    t.diagnostic(`largest difference: ${worst.toExponential(1)} of the largest value`);
    assert.ok(worst < tolerance);
  });

/** The largest difference, in units of the largest expected value; NaN where there is one. */
function difference(found: Float32Array, expected: Float32Array): number {
  assert.equal(found.length, expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0) / largest;
}
