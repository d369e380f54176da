/** npm run test:gpu: proves the CUDA path on a machine with a GPU; on any other each test says why it did not run. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { before, type TestContext, test } from "node:test";
import { type Backend, chooseBackend } from "../../../src/backend/choose.js";
import { wantedBuild } from "../../../src/backend/native-files.js";
import { runProgram } from "../../../src/base/command.js";
import { sha256OfFile } from "../../../src/base/files.js";
import type { TrainingRecord } from "../../../src/experiment/training/record.js";
import { snc } from "../../helpers/command-line.js";

/** Final loss and variance explained after 90 steps, GPU against CPU: rounding differs at every step of both. */
const tolerance = 0.01;

let backend: Backend;
let skipped: string | undefined;

before(async () => {
  backend = await chooseBackend();
  if (backend.device === "gpu") return;
  const found = `${backend.name} ${backend.version} computes on the ${backend.device}`;
  skipped =
    wantedBuild() === "cuda"
      ? `not run: TensorFlow's CUDA build finds no GPU, ${found}. It needs CUDA 12 and cuDNN 9 on the library path: snc doctor`
      : `not run: no NVIDIA driver is loaded here, ${found}`;
  console.log(`GPU tests ${skipped}`);
});

/** A suite of its own, which fails where its backend is not on the GPU. */
async function suitePasses(t: TestContext, file: string): Promise<void> {
  const tsx = require.resolve("tsx/cli");
  const env = { ...process.env, SNC_TEST_DEVICE: "gpu", NODE_TEST_CONTEXT: undefined };
  const said = await runProgram(process.execPath, [tsx, "--test", "--test-reporter=tap", file], { env });
  const [, passed] = /^# pass (\d+)$/m.exec(said) ?? [];
  t.diagnostic(`${passed} tests passed`);
  assert.ok(Number(passed) > 0, said);
}

test("the backend computes on a GPU", (t) => {
  if (skipped) return t.skip(skipped);
  t.diagnostic(`${backend.name} ${backend.version}`);
  assert.equal(backend.device, "gpu");
});

test("training steps agree with the traces of an independent implementation, to 1e-4", async (t) => {
  if (skipped) return t.skip(skipped);
  await suitePasses(t, path.join("test", "sae", "parity.test.ts"));
});

test("gradients by hand agree with automatic differentiation and finite differences", async (t) => {
  if (skipped) return t.skip(skipped);
  await suitePasses(t, path.join("test", "sae", "gradients.test.ts"));
});

test("the decoder agrees with transformers, to 1e-4, for Llama, Gemma 2 and SmolLM2", async (t) => {
  if (skipped) return t.skip(skipped);
  await suitePasses(t, path.join("test", "model", "parity.test.ts"));
});

/** Runs 0 and 9 of the smoke profile, in a result set of their own. */
async function trained(results: string, env: NodeJS.ProcessEnv): Promise<({ folder: string } & TrainingRecord)[]> {
  const args = ["train", "--profile", "smoke", "--run", "0,9", "--layer", "6", "--seed", "42", "--format", "json"];
  const { code, stdout, stderr } = await snc(args, { ...env, SNC_RESULTS: results });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test("Runs 0 and 9 of the smoke profile train on the GPU; Run 0 ends where it ends on the CPU", async (t) => {
  if (skipped) return t.skip(skipped);
  const results = await mkdtemp(path.join(os.tmpdir(), "snc-gpu-"));
  try {
    const gpu = await trained(path.join(results, "gpu"), {});
    const cpu = await trained(path.join(results, "cpu"), { CUDA_VISIBLE_DEVICES: "" });
    assert.deepEqual(
      [...gpu, ...cpu].map(({ backend }) => backend.device),
      ["gpu", "gpu", "cpu", "cpu"],
    );
    for (const { final } of gpu) assert.ok(Number.isFinite(final.loss) && final.fractionVarianceExplained! > 0);
    for (const name of ["loss", "fractionVarianceExplained"]) {
      const [found, expected] = [gpu[0].final[name]!, cpu[0].final[name]!];
      t.diagnostic(`Run 0, ${name}: ${found} on the GPU, ${expected} on the CPU`);
      assert.ok(Math.abs(found - expected) <= tolerance * Math.abs(expected), name);
    }
    const again = await trained(path.join(results, "again"), {});
    const weights = (of: typeof gpu) => of.map(({ folder }) => sha256OfFile(path.join(folder, "weights.safetensors")));
    const [once, twice] = [await Promise.all(weights(gpu)), await Promise.all(weights(again))];
    const same = once.every((hash, i) => hash === twice[i]);
    t.diagnostic(`trained twice on the GPU: ${same ? "the same bytes" : "not the same bytes"}`); // CUDA does not promise it
    t.diagnostic(gpu.map(({ run, seconds }) => `Run ${run.number}: ${seconds.toFixed(1)} s`).join(", "));
  } finally {
    await rm(results, { recursive: true });
  }
});
