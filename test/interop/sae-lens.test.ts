/** Folders that sae-lens saved (test/suites/interop/sae_lens_check.py made them, by its versions 6 and 5), read back and refused. */
import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { importAutoencoder } from "../../src/interop/import.js";
import { onRawInput, onScaledInput } from "../../src/interop/raw-input.js";
import { readSaeLens, writeSaeLens } from "../../src/interop/sae-lens.js";
import { decoderNorms, encodeSaeWeights, withUnitRows } from "../../src/interop/sae-weights.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { encodeSafetensors } from "../../src/model/write-safetensors.js";
import { paramsOf, type SaeWeights, weightsOf, withoutDisabled } from "../../src/sae/params.js";
import { withBackend } from "../helpers/backend.js";
import { snc } from "../helpers/command-line.js";
import { differencesFrom } from "../helpers/foreign-case.js";
import { fixtures } from "../helpers/paths.js";

withBackend();

const folders = path.join(fixtures, "sae-lens");
const made = mkdtemp(path.join(os.tmpdir(), "snc-sae-lens-"));
after(async () => rm(await made, { recursive: true }));

/** Features and reconstruction of x, by plain loops in float64. */
function compute({ d_in, d_sae, W_enc, b_enc, W_dec, b_dec }: SaeWeights, x: ArrayLike<number>) {
  const features = Array.from(b_enc, (bias, j) => {
    let a = bias;
    for (let i = 0; i < d_in; i++) a += (x[i] - b_dec[i]) * W_enc[i * d_sae + j];
    return Math.max(a, 0);
  });
  const reconstruction = Array.from(b_dec, (bias, i) =>
    features.reduce((sum, f, j) => sum + f * W_dec[j * d_in + i], bias),
  );
  return { features, reconstruction };
}

function assertNear(found: readonly number[], expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(found.length, expected.length);
  for (const [i, value] of found.entries())
    assert.ok(Math.abs(value - expected[i]) <= tolerance, `${i}: ${value}, expected ${expected[i]}`);
}

for (const [kind, model, version] of [
  ["standard", "gpt2", "6.54.12"],
  ["uncentred-bfloat16", "gpt2", "6.54.12"],
  ["version-5", "gpt2", undefined],
] as const)
  test(`${kind}: features and reconstructions are those that sae-lens computed`, async () => {
    const { weights, config } = await readSaeLens(path.join(folders, kind));
    assert.deepEqual([config.modelName, config.version], [model, version]);
    assert.equal(config.hookName, "blocks.6.hook_resid_pre");
    const file = await openSafetensors(path.join(folders, kind, "case.safetensors"));
    const [x, features, reconstruction] = await Promise.all(
      ["x", "features", "reconstruction"].map((name) => file.readFloat32(name)),
    );
    await file.close();
    let fired = 0;
    for (let t = 0; t < 16; t++) {
      const found = compute(weights, x.subarray(t * 8, (t + 1) * 8));
      assertNear(found.features, features.subarray(t * 12, (t + 1) * 12), 1e-4); // the largest is about 10
      assertNear(found.reconstruction, reconstruction.subarray(t * 8, (t + 1) * 8), 1e-4);
      fired += found.features.filter((f) => f > 0).length;
    }
    assert.ok(fired > 50 && fired < 16 * 12 - 50, `${fired} of ${16 * 12} fired`);
  });

for (const [kind, rule, l0] of [
  ["topk", "topK", 3],
  ["jumprelu", "jumpRelu", 6],
  ["gated", "jumpRelu", 6],
  ["batchtopk-in-training", "jumpRelu", 6],
  ["matryoshka-in-training", "jumpRelu", 6],
] as const)
  test(`${kind}: features and reconstructions are those that sae-lens computed`, async () => {
    const sae = await importAutoencoder(path.join(folders, kind));
    const found = await differencesFrom(sae, path.join(folders, kind));
    sae.dispose();
    assert.ok(found.features < 1e-5, `features differ by ${found.features} of the largest`);
    assert.ok(found.reconstruction < 1e-5, `reconstructions differ by ${found.reconstruction} of the largest`);
    assert.equal(sae.competition.keep.rule, rule);
    assert.ok(found.l0 > 1 && found.l0 <= l0, `${found.l0} fire`);
  });

test("version 5 said topk by an activation function: of each token the k largest are kept", async () => {
  const said = { activation_fn_str: "topk", activation_fn_kwargs: { k: 2 } };
  const folder = await changed("version-5-topk", "version-5", said);
  const { keep, kind } = await readSaeLens(folder);
  assert.deepEqual([keep.ruleName, keep.options, kind], ["topK", { k: 2 }, "topk"]);
});

const small: SaeWeights = {
  d_in: 2,
  d_sae: 3,
  W_enc: Float32Array.of(1, 0, 0.5, 0, 1, 0.5),
  b_enc: Float32Array.of(0.25, -0.5, 1),
  W_dec: Float32Array.of(1, 0, 0, 1, 0.6, 0.8),
  b_dec: Float32Array.of(0.5, -0.25),
};
const place = {
  modelName: "m",
  layer: 2,
  site: "resid_post",
  contextLength: 4,
  prependBos: true,
  firstPosition: 1,
} as const;

test("input scaling goes into the biases: what comes out for x is what came out for (x − mean) · scale, scaled back", () => {
  const scaling = { mean: [8, -4], scale: 0.25 };
  const x = [10, 2]; // h = (0.5, 1.5), features (0.25, 1.25, 1.875), ĥ = (1.875, 2.5)
  const raw = compute(onRawInput(small, scaling), x);
  assertNear(raw.features, [1, 5, 7.5], 1e-6);
  assertNear(raw.reconstruction, [1.875 / 0.25 + 8, 2.5 / 0.25 - 4], 1e-5);
});

test("thresholds are scaled with the input, and the way back leaves everything as it was", () => {
  const scaling = { mean: [8, -4], scale: 0.25 };
  const raw = onRawInput({ ...small, theta: Float32Array.of(0, 0.5, 1) }, scaling);
  assert.deepEqual(raw.theta, Float32Array.of(0, 2, 4));
  const back = onScaledInput(raw, scaling);
  for (const name of ["b_enc", "b_dec", "theta", "W_enc", "W_dec"] as const)
    assertNear(Array.from(back[name]!), name === "theta" ? [0, 0.5, 1] : small[name], 1e-6);
});

test("rows of W_dec of unit length: features are multiplied by the former lengths, reconstructions stay", () => {
  const long = { ...small, W_dec: Float32Array.of(3, 0, 0, 0.5, 1.2, 1.6) };
  const [before, after] = [compute(long, [0.5, 1.5]), compute(withUnitRows(long), [0.5, 1.5])];
  assertNear(
    after.features,
    before.features.map((f, j) => f * [3, 0.5, 2][j]),
    1e-6,
  );
  assertNear(after.reconstruction, before.reconstruction, 1e-6);
});

test("a feature that is switched off never fires, and the others do as before", () => {
  const { features } = compute(weightsOf(withoutDisabled(paramsOf(small), Float32Array.of(1, 0, 1))), [0.5, 1000]);
  assertNear(features, [0.25, 0, 0.5 * 1000.25 + 1], 1e-3);
});

test("a folder written here reads back as it was, with the fields that sae-lens itself writes", async () => {
  const folder = path.join(await made, "written");
  await writeSaeLens(folder, small, place, { run: 3 });
  const { weights, config } = await readSaeLens(folder);
  assert.deepEqual(weights, small);
  assert.deepEqual([config.modelName, config.hookName, config.centred], ["m", "blocks.2.hook_resid_post", true]);
  const read = async (file: string) => JSON.parse(await readFile(path.join(file, "cfg.json"), "utf8"));
  const [ours, theirs] = [await read(folder), await read(path.join(folders, "standard"))];
  assert.deepEqual({ ...ours, metadata: theirs.metadata, d_in: 8, d_sae: 12 }, theirs);
  assert.equal(ours.metadata.sae_lens_version, theirs.metadata.sae_lens_version);
});

test("the length of decoder rows is said", () => {
  assert.equal(decoderNorms(small).unit, true);
  const { smallest, largest, unit } = decoderNorms({ ...small, W_dec: Float32Array.of(3, 0, 0, 1, 0, -2) });
  assert.deepEqual([smallest, largest, unit], [1, 3, false]);
});

/** A copy of a fixture with changed fields of cfg.json. */
async function changed(name: string, kind: string, changes: Record<string, unknown>): Promise<string> {
  const [from, to] = [path.join(folders, kind), path.join(await made, name)];
  await mkdir(to, { recursive: true });
  await copyFile(path.join(from, "sae_weights.safetensors"), path.join(to, "sae_weights.safetensors"));
  const cfg = JSON.parse(await readFile(path.join(from, "cfg.json"), "utf8"));
  await writeFile(path.join(to, "cfg.json"), JSON.stringify({ ...cfg, ...changes }));
  return to;
}

const refused: [kind: string, changes: Record<string, unknown>, expected: RegExp][] = [
  ["standard", { architecture: "temporal" }, /expected architecture standard, topk, .*, found "temporal"/],
  ["standard", { architecture: "jumprelu" }, /expected tensors W_enc, b_enc, W_dec, b_dec, threshold, found W_dec/],
  ["jumprelu", { architecture: "standard" }, /expected tensors W_enc, b_enc, W_dec, b_dec, found .*threshold/],
  ["topk", { k: 0 }, /expected k from 1 on, a whole number, found "0"/],
  ["topk", { k: null }, /expected k from 1 on, a whole number/],
  ["standard", { normalize_activations: "layer_norm" }, /normalize_activations "none", found "layer_norm"/],
  ["standard", { normalize_activations: "expected_average_only_in" }, /fold_activation_norm_scaling_factor/],
  ["standard", { reshape_activations: "hook_z" }, /reshape_activations "none", found "hook_z"/],
  ["standard", { d_sae: 13 }, /sae_weights\.safetensors: expected d_sae = 13, found 12/],
  ["standard", { d_in: "8" }, /d_in/],
  ["version-5", { activation_fn_str: "gelu" }, /expected activation_fn "relu", found "gelu"/],
  ["version-5", { activation_fn_str: "topk" }, /expected k from 1 on, a whole number/],
  ["version-5", { normalize_activations: true }, /fold_activation_norm_scaling_factor/],
  ["version-5", { hook_name: "blocks.6.attn.hook_z" }, /reshape_activations "none", found "hook_z"/],
];
for (const [i, [kind, changes, expected]] of refused.entries())
  test(`refused, ${kind} with ${JSON.stringify(changes)}`, async () => {
    await assert.rejects(readSaeLens(await changed(`refused-${i}`, kind, changes)), {
      failure: "input",
      message: expected,
    });
  });

test("weights of other names, other shapes, with NaN or a factor that is not 1 are refused; a factor of 1 is not", async () => {
  const folder = await changed("weights", "standard", { d_in: 2, d_sae: 3 });
  const file = path.join(folder, "sae_weights.safetensors");
  const tensors = (weights: SaeWeights) => ({
    W_enc: { shape: [2, 3], data: weights.W_enc },
    b_enc: { shape: [3], data: weights.b_enc },
    W_dec: { shape: [3, 2], data: weights.W_dec },
    b_dec: { shape: [2], data: weights.b_dec },
  });
  const factor = (value: number) => ({ scaling_factor: { shape: [3], data: new Float32Array(3).fill(value) } });
  const { b_enc: _, ...threeWeights } = tensors(small);
  const cases: [Record<string, { shape: number[]; data: Float32Array }>, RegExp][] = [
    [threeWeights, /expected tensors W_enc, b_enc, W_dec, b_dec, found W_enc, W_dec, b_dec/],
    [{ ...tensors(small), threshold: { shape: [3], data: small.b_enc } }, /found .*threshold/],
    [{ ...tensors(small), W_dec: { shape: [2, 3], data: small.W_dec } }, /W_dec of shape \[3,2\], .* found \[2,3\]/],
    [tensors({ ...small, b_dec: Float32Array.of(0, Number.NaN) }), /finite numbers in b_dec/],
    [{ ...tensors(small), ...factor(2) }, /no scaling_factor but 1/],
  ];
  for (const [content, expected] of cases) {
    await writeFile(file, encodeSafetensors(content));
    await assert.rejects(readSaeLens(folder), { failure: "input", message: expected });
  }
  await writeFile(file, encodeSafetensors({ ...tensors(small), ...factor(1) }));
  assert.deepEqual((await readSaeLens(folder)).weights, small);
  await writeFile(file, encodeSaeWeights(small).subarray(0, 100));
  await assert.rejects(readSaeLens(folder), (error: Error) => !/Delete/.test(error.message)); // the file is the user's own
});

test("snc import sae-lens: writes weights.safetensors and says what it is; 5 for a folder without cfg.json", async () => {
  const out = path.join(await made, "imported");
  const { code, stdout } = await snc(["import", "sae-lens", path.join(folders, "version-5"), "--out", out]);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /weights\.safetensors: 8 → 12, gpt2, blocks\.6\.hook_resid_pre, from SAELens before 6 \(standard\); it takes raw/,
  );
  assert.match(stdout, /rows of W_dec are \d\.\d+ to \d\.\d+ long/);
  const absent = await snc(["import", "sae-lens", out, "--out", out]);
  assert.equal(absent.code, 5);
  assert.match(absent.stderr, /expected the cfg\.json of SAELens/);
});

test("snc export sae-lens: a run that competes is refused, with what can be done instead", async () => {
  const folder = await made;
  const place = ["--profile", "smoke", "--run", "7", "--layer", "6", "--out", path.join(folder, "competes")];
  const { code, stderr } = await snc(["export", "sae-lens", ...place], { SNC_RESULTS: path.join(folder, "results") });
  assert.equal(code, 2, stderr);
  assert.match(stderr, /expected a run without competition \(0 to 6\), found winnerTakesAll .*--without-competition$/m);
});
