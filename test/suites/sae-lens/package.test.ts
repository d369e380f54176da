/** The sae-lens and dictionary_learning packages on folders of ours, and ours on theirs: npm run test:sae-lens. */
import assert from "node:assert/strict";
import { exec } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { runProgram } from "../../../src/base/command.js";
import { writeFileAtomic } from "../../../src/base/files.js";
import { loadAutoencoder } from "../../../src/experiment/training/load.js";
import { encodeSafetensors } from "../../../src/model/write-safetensors.js";
import { withBackend } from "../../helpers/backend.js";
import { snc } from "../../helpers/command-line.js";
import { differencesFrom } from "../../helpers/foreign-case.js";
import { addAlone, pythonWith, whyNoPython } from "../../helpers/python-environment.js";
import { keptBy, keptCase } from "../../helpers/sae-lens-kept.js";
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
  await addAlone(python, "dictionary-learning==0.1.0");
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

for (const rule of Object.keys(keptBy))
  test(`${rule}: sae-lens loads what is exported and computes our features and reconstructions of real activations`, async (t) => {
    if (skipped) return t.skip(skipped);
    const folder = path.join(trained.results, rule);
    const { exported, caseFile, l0 } = await keptCase(rule, folder, trained.vectors);
    const found = await compare(python, "package", folder, caseFile);
    t.diagnostic(`as ${exported.architecture}: ${JSON.stringify(found)}`);
    assert.ok(Math.abs(found.l0 - l0) < 1e-6 && l0 > 1, `L0 ${found.l0}, ${l0}`);
    assert.ok(found.features < tolerance, `features differ by ${found.features} of the largest`);
    assert.ok(found.reconstruction < tolerance, `reconstructions differ by ${found.reconstruction} of ‖x‖`);
  });

/** Each package makes these kinds, of real activations: few, so that none is within rounding of a threshold. */
const madeBy = {
  "sae-lens": [
    ...["standard", "uncentred-bfloat16", "topk", "jumprelu", "gated", "topk-trained", "batchtopk-trained"],
    ...["batchtopk-in-training", "matryoshka-in-training"],
  ],
  "dictionary-learning": [
    ...["AutoEncoder", "AutoEncoderNew", "AutoEncoderTopK", "BatchTopKSAE", "MatryoshkaBatchTopKSAE"],
    ...["JumpReluAutoEncoder", "GatedAutoEncoder"],
  ],
};
const tokens = 100;

for (const [form, kinds] of Object.entries(madeBy))
  test(`${form}: what the package saves is imported and computes its features and reconstructions of real activations here`, async (t) => {
    if (skipped) return t.skip(skipped);
    const [folder, { x, d_in }] = [path.join(trained.results, form), trained.vectors];
    const given = { x: { shape: [tokens, d_in], data: x.slice(0, tokens * d_in) } };
    await writeFileAtomic(path.join(folder, "x.safetensors"), encodeSafetensors(given));
    const script = form === "sae-lens" ? [checkScript, "make"] : [dictionaryScript];
    await runProgram(python, ["-W", "ignore", ...script, folder, ...kinds]);
    for (const kind of kinds) {
      const [from, out] = [path.join(folder, kind), path.join(folder, kind, "imported")];
      if (form === "dictionary-learning") await convert(from);
      const { code, stderr } = await snc(["import", form, from, "--out", out]);
      assert.equal(code, 0, stderr);
      const sae = await loadAutoencoder(out);
      const found = await differencesFrom(sae, from);
      sae.dispose();
      t.diagnostic(`${kind}: ${JSON.stringify(found)}`);
      assert.ok(found.l0 > 1 && Math.max(found.features, found.reconstruction) < tolerance, kind);
    }
  });

const dictionaryScript = path.join(path.dirname(checkScript), "dictionary_learning_check.py");

/** Converts ae.pt by the command that the refusal of it names. */
async function convert(folder: string): Promise<void> {
  const { code, stderr } = await snc(["import", "dictionary-learning", folder, "--out", folder]);
  assert.equal(code, 5);
  const [, command] = /Convert ae\.pt: (python .*)$/m.exec(stderr) ?? [];
  assert.ok(command, stderr);
  await promisify(exec)(command.replace(/^python/, python));
}
