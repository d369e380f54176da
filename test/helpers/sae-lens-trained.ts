import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { runProgram } from "../../src/base/command.js";
import { packageFolder, writeFileAtomic } from "../../src/base/files.js";
import { loadActivations } from "../../src/data/activations/activation-file.js";
import { scaled } from "../../src/data/activations/scale.js";
import { openActivations } from "../../src/data/activations/source.js";
import { readTrainedWeights } from "../../src/experiment/training/read-weights.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";
import { profiles } from "../../src/profiles.js";
import { decode, encode } from "../../src/sae/forward.js";
import { paramsOf } from "../../src/sae/params.js";
import { snc } from "./command-line.js";

/** Python's comparison of a folder for SAELens with a case of it. */
export interface Compared {
  tokens: number;
  /** Mean number of features that fire. */
  l0: number;
  /** Largest difference of a feature, in units of the largest feature. */
  features: number;
  /** Largest ‖difference‖ of a reconstruction, in units of ‖x‖. */
  reconstruction: number;
}

export const checkScript = path.join(packageFolder, "test", "suites", "interop", "sae_lens_check.py");

/** What `mode` of the check makes of a folder and a case. */
export const compare = async (python: string, mode: string, folder: string, caseFile: string): Promise<Compared> =>
  JSON.parse(await runProgram(python, ["-W", "ignore", checkScript, mode, folder, caseFile]));

const [layer, seed, tokens] = [6, 42, 1000];

/** Runs a command of the smoke profile that must end well. */
async function mustRun(args: string[], results: string): Promise<string> {
  const { code, stdout, stderr } = await snc([...args, "--profile", "smoke", "--quiet"], { SNC_RESULTS: results });
  if (code !== 0) throw new Error(`snc ${args.join(" ")}: ended with ${code}\n${stderr}`);
  return stdout;
}

/**
 * Run 4 of the smoke profile, some of whose features are switched off: trained, exported by the command line, and what
 * this package makes of the first test activations, taken back to the model's own scale.
 */
export async function trainedCase() {
  const results = await mkdtemp(path.join(os.tmpdir(), "snc-sae-lens-"));
  const [folder, caseFile] = [path.join(results, "sae"), path.join(results, "case.safetensors")];
  const place = ["--run", "4", "--layer", String(layer), "--seed", String(seed)];
  const [{ folder: training, final }] = JSON.parse(await mustRun(["train", ...place, "--format", "json"], results));
  const exported = JSON.parse(
    await mustRun(["export", "sae-lens", ...place, "--out", folder, "--format", "json"], results),
  );
  const captured = await openActivations(profiles.smoke, { layers: [layer] });
  const set = await loadActivations(captured.layers[0].file!);
  const { d_in, mean, scale } = set;
  const x = set.test.slice(0, tokens * d_in);
  const { test: h } = scaled({ ...set, test: x.slice() }, "unitMeanSquare");
  const { weights, alive, d_sae } = await readTrainedWeights(training);
  const [f, ĥ] = tf.tidy(() => {
    const params = paramsOf({ ...weights, d_in, d_sae });
    const active = tf.mul(encode(params, tf.tensor2d(h, [tokens, d_in])), tf.tensor1d(alive)) as tf.Tensor2D;
    return [active.dataSync<"float32">(), decode(params, active).dataSync<"float32">()];
  });
  const tensors = {
    x: { shape: [tokens, d_in], data: x },
    features: { shape: [tokens, d_sae], data: Float32Array.from(f, (value) => value / scale) },
    reconstruction: { shape: [tokens, d_in], data: Float32Array.from(ĥ, (value, i) => value / scale + mean[i % d_in]) },
  };
  await writeFileAtomic(caseFile, encodeSafetensors(tensors));
  return { results, folder, caseFile, exported, final, vectors: { x, d_in, mean, scale } };
}
