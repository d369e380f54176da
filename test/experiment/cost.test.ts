import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseShortages, shortages } from "../../src/cli/cost.js";
import { readPaperModel } from "../../src/data/texts/published.js";
import { type Cost, costOf, type Plan } from "../../src/experiment/cost.js";
import { configOfJson } from "../../src/model/decoder-config.js";
import { decoderFlops, decoderMemory, productNumbers } from "../../src/model/decoder-memory.js";
import { profiles } from "../../src/profiles.js";
import { runsOf } from "../../src/runs.js";

const decoder = readPaperModel().then(({ config }) => configOfJson("gemma-2-2b.json", config));

async function cost(changes: Partial<Plan> = {}): Promise<Cost> {
  const plan = {
    profile: profiles.paper,
    precision: "float32" as const,
    layers: [5, 12, 19],
    seeds: [42, 43, 44],
    d_sae: 2304,
    runs: runsOf(),
  };
  return costOf({ ...plan, vectors: { decoder: await decoder, sources: 8 }, ...changes });
}

test("Gemma-2-2B: a block's products have 77.9 million numbers; twice that and attention is a token's cost in it", async () => {
  const config = await decoder;
  // q and o: 2304 · 2048; k and v: 2304 · 1024; gate, up and down: 2304 · 9216
  assert.equal(productNumbers(config), 2 * 2304 * 2048 + 2 * 2304 * 1024 + 3 * 2304 * 9216);
  assert.equal(decoderFlops(config, 1, 128), 2 * productNumbers(config) + 2 * 2 * 128 * 8 * 256);
});

test("the 20 blocks up to layer 19 fit 16 GB, in float32, with what is in the making beside them", async () => {
  const { weights, loading } = decoderMemory(await decoder, 20, "float32");
  assert.equal(weights, 20 * 4 * productNumbers(await decoder));
  assert.ok(weights + loading < 7e9, `${weights + loading}`);
  assert.ok((await cost()).memoryBytes.model < 16e9);
});

test("in bfloat16 the weights of 20 blocks take half, 3.1 GB, and so does the one being loaded", async () => {
  const [whole, half] = [decoderMemory(await decoder, 20, "float32"), decoderMemory(await decoder, 20, "bfloat16")];
  assert.equal(half.weights, 20 * 2 * productNumbers(await decoder));
  assert.equal(whole.loading - half.loading, 2 * 2304 * 9216, "one product, as the device gets it");
  const [float32, bfloat16] = [await cost(), await cost({ precision: "bfloat16" })];
  assert.ok(float32.memoryBytes.model - bfloat16.memoryBytes.model >= half.weights);
  assert.deepEqual({ ...bfloat16, memoryBytes: 0 }, { ...float32, memoryBytes: 0 });
});

test("1000 steps never reach a refill: 2048 training contexts and all test sequences go through the model", async () => {
  assert.equal((await cost()).modelTokens, (2048 + 8000) * 128);
  const batches = Math.ceil((1024 * 127) / 125);
  const at = (steps: number) => cost({ profile: { ...profiles.paper, steps } });
  assert.equal((await at(batches)).modelTokens, (2048 + 8000) * 128);
  assert.equal((await at(batches + 1)).modelTokens, (3072 + 8000) * 128);
  assert.equal((await at(1e6)).modelTokens, 40_000 * 128, "no sequence goes through it twice");
});

test("all sequences of a layer at 2 bytes are 23.4 GB: 40 000 of 127 vectors", async () => {
  const { modelTokens, diskBytes } = await cost({ layers: [19], profile: { ...profiles.paper, store: "bfloat16" } });
  assert.equal(modelTokens, 5_120_000);
  assert.equal(diskBytes.activations, 40_000 * 127 * 2304 * 2 + 4 * 5_120_000);
});

test("training costs what its runs, layers, seeds and steps cost; measuring what the test part is large", async () => {
  const [whole, third] = [await cost(), await cost({ seeds: [42] })];
  assert.equal(whole.flops.training, 3 * third.flops.training);
  assert.equal(whole.trainedVectors, 90 * 125_000);
  assert.equal(whole.flops.model, third.flops.model);
  const fewer = await cost({ profile: { ...profiles.paper, testSequences: 500 } });
  assert.ok(fewer.flops.measuring < 0.6 * whole.flops.measuring);
});

test("a buffer that is refilled holds the model beside what is trained; one that never is holds one at a time", async () => {
  const never = (await cost()).memoryBytes;
  assert.equal(never.most, Math.max(never.model, never.training));
  const refilled = (await cost({ profile: { ...profiles.paper, bufferContexts: 32 } })).memoryBytes;
  assert.ok(refilled.most > Math.max(refilled.model, refilled.training) + 5e8); // weights, moments, H and the sample
  const stored = (await cost({ profile: { ...profiles.paper, bufferContexts: 32, store: "float32" } })).memoryBytes;
  assert.equal(stored.most, Math.max(stored.model, stored.training));
});

test("too little disk or memory is refused with what is needed and what is free, unless the user says --yes", async () => {
  const needs = await cost();
  const plenty = { disk: 1e12, memory: 1e12, gpuMemory: null };
  assert.deepEqual(shortages({ ...needs, free: plenty }), []);
  refuseShortages({ ...needs, free: plenty }, { yes: false });
  const small = { ...needs, free: { disk: 1e9, memory: 2e9, gpuMemory: null } };
  assert.throws(
    () => refuseShortages(small, { yes: false }),
    (error: Error & { exitCode: number }) => {
      assert.equal(error.exitCode, 6);
      assert.match(
        error.message,
        /disk: 3\d\.\d GB are needed.*1\.00 GB are free\nmemory: \d\.\d+ GB are needed, 2\.00 GB are free/,
      );
      return true;
    },
  );
  refuseShortages(small, { yes: true });
  assert.match(shortages({ ...needs, free: { ...plenty, gpuMemory: 4e9 } }).join(), /GPU memory: .* 4\.00 GB are free/);
});
