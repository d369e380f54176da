/** own-research.ts, run as its writer runs it: killed in the middle, resumed, and what it leaves used. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { runProgram } from "../../src/base/command.js";
import { packageFolder } from "../../src/base/files.js";
import * as snc from "../../src/index.js";
import { withBackend } from "../helpers/backend.js";
import { endOf } from "../helpers/command-line.js";
import { keyOf, method, ownMethod, ownVectors } from "./own-research.js";

withBackend();

const root = mkdtempSync(path.join(tmpdir(), "snc-api-"));
after(() => rmSync(root, { recursive: true }));
const d_in = 12;
const script = path.join(__dirname, "own-research.ts");

/** Runs the script in a process of its own, killed at once after this step; returns its lines. */
async function runScript(folder: string, d_sae: number, killAfter = Number.POSITIVE_INFINITY): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, ["--import", "tsx", script, folder, String(d_sae)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (text) => {
    said += text;
    if (said.includes(`step ${killAfter}\n`)) child.kill("SIGKILL");
  });
  const { code, stdout, stderr } = await endOf(child);
  assert.equal(code, killAfter === Number.POSITIVE_INFINITY ? 0 : null, stderr);
  assert.equal(stderr, "", "nothing is warned of: the vectors are scaled");
  return stdout.trim().split("\n");
}

const sha256 = (...names: string[]): string =>
  createHash("sha256")
    .update(readFileSync(path.join(...names)))
    .digest("hex");

const x = (): tf.Tensor2D => tf.tensor2d(ownVectors(50, "test"), [50, d_in]);
const numbers = (tensor: tf.Tensor): Float32Array => tensor.dataSync<"float32">() as Float32Array;

for (const d_sae of [48, 20])
  describe(`research of one's own, ${d_in} → ${d_sae}`, () => {
    const folder = path.join(root, String(d_sae));
    const [whole, stopped] = [path.join(folder, "whole"), path.join(folder, "stopped")];

    it("the script takes its steps and ends well", async () => {
      const lines = await runScript(whole, d_sae);
      assert.deepEqual([lines.length, lines[39], lines[40]], [41, "step 40", "done"]);
    });

    it("killed in the middle and run again, it goes on from the last saved state and leaves the same bytes", async (t) => {
      if (d_sae !== 48) return t.skip("once is enough");
      await runScript(stopped, d_sae, 23);
      assert.equal(existsSync(path.join(stopped, "sae")), false);
      const [first, second] = await runScript(stopped, d_sae);
      assert.deepEqual([first, second], ["going on from step 20", "step 21"]);
      for (const file of ["trace.arrow", "sae/weights.safetensors"])
        assert.equal(sha256(stopped, file), sha256(whole, file), file);
      const [a, b] = await Promise.all(
        [whole, stopped].map((from) =>
          snc.loadState<snc.StepRecord[]>(path.join(from, "state.bin"), keyOf(d_sae, method)),
        ),
      );
      assert.deepEqual(a!.records, b!.records);
      const { params: _a, adam: _aAdam, ...restOfA } = a!.state;
      const { params: _b, adam: _bAdam, ...restOfB } = b!.state;
      assert.deepEqual(restOfA, restOfB);
      const h = tf.tensor2d(
        ownVectors(20, "one more").map((v) => v / 100),
        [20, d_in],
      );
      const [next, other] = [a!, b!].map(({ state }) =>
        snc.trainStep(state, method, h, snc.optimizationOf({ warmupSteps: 1 })),
      );
      assert.deepEqual(next, other, "weights, moments and all else are the same: so is the next step");
    });

    it("the trace reads back as it was recorded, a row a step", async () => {
      const trace = snc.rowsOf<snc.StepRecord>(await snc.readTable(path.join(whole, "trace.arrow")));
      assert.deepEqual([trace.length, trace[0].step, trace[39].step], [40, 1, 40]);
      assert.ok(trace[39].reconstruction < trace[0].reconstruction);
      assert.ok(trace.every(({ losers, meanRadius }) => losers > 0 && meanRadius === 6));
      assert.ok(trace[39].pruned > 0, "features have been switched off");
    });

    it("the autoencoder's features are those of the state it was saved from, bit for bit, and what is off stays off", async () => {
      const sae = await snc.loadAutoencoder(path.join(whole, "sae"));
      const key = keyOf(d_sae, method);
      const { state } = (await snc.loadState(path.join(whole, "state.bin"), key))!;
      const [h, kept] = [sae.scale(x()), snc.autoencoderOf(state, method)];
      const [found, expected] = [numbers(sae.features(h)), numbers(kept.features(h))];
      assert.deepEqual(found, expected);
      assert.deepEqual(sae.alive, state.alive);
      const off = [...sae.alive.keys()].filter((i) => sae.alive[i] === 0);
      assert.ok(off.length > 0 && off.length < d_sae);
      for (let at = 0; at < found.length; at += d_sae) for (const i of off) assert.equal(found[at + i], 0);

      // By the weights alone as well: through Params into a state, which trains on.
      const params = snc.readParams(state);
      const again = snc.initialState(params, { random: snc.stream(1, "rebirth").state() });
      assert.deepEqual(again.alive, state.alive);
      const f = numbers(snc.encode(params, h));
      for (let at = 0; at < f.length; at += d_sae) for (const i of off) assert.equal(f[at + i], 0);
      const optimization = snc.optimizationOf({ warmupSteps: 1 });
      for (let t = 0; t < 5; t++) snc.trainStep(again, snc.run(0).method, h, optimization);
      for (const i of off) assert.equal(snc.autoencoderOf(again, snc.run(0).method).alive[i], 0);
      const later = numbers(snc.encode(snc.readParams(again), h));
      for (let at = 0; at < later.length; at += d_sae) for (const i of off) assert.equal(later[at + i], 0);
    });

    it("what it is told beside its weights is in the file", async () => {
      const sae = await snc.loadAutoencoder(path.join(whole, "sae", "weights.safetensors"));
      assert.deepEqual([sae.d_in, sae.d_sae], [d_in, d_sae]);
      assert.deepEqual(sae.competition.inhibit, snc.describe(method).inhibit);
      const scaling = snc.measureScaling(ownVectors(300, "train"), d_in);
      assert.deepEqual(
        [...Array.from(sae.scaling!.mean), sae.scaling!.scale],
        [...Array.from(scaling.mean), scaling.scale],
      );
      const test = snc.scaleVectors(ownVectors(50, "test"), scaling);
      const { fractionVarianceExplained, l0 } = sae.evaluate(test);
      const f = numbers(sae.features(tf.tensor2d(test, [50, d_in])));
      assert.ok(Math.abs(l0 - f.filter((a) => a > 0).length / 50) < 1e-9);
      assert.ok(fractionVarianceExplained < 1);
      const there = sae.unscale(sae.scale(x()));
      assert.ok(Math.max(...numbers(tf.abs(tf.sub(there, x())))) < 1e-4);
    });

    it("SAELens's folder gives the features of encoder and decoder alone, and what is off stays off there", async () => {
      const sae = await snc.loadAutoencoder(path.join(whole, "sae"));
      const out = path.join(folder, "sae-lens");
      const place: snc.SaeLensPlace = {
        ...{ modelName: "mine", layer: 3, site: "resid_post", contextLength: 32, prependBos: false, firstPosition: 0 },
      };
      await assert.rejects(snc.exportAutoencoder(sae, { folder: out, place }), {
        failure: "usage",
        message: /expected an autoencoder without competition, found winnerTakesAll.*withoutCompetition: true$/,
      });
      const { disabledFeatures, scale } = await snc.exportAutoencoder(sae, {
        folder: out,
        place,
        withoutCompetition: true,
      });
      const { weights } = await snc.readSaeLens(out);
      const params = snc.paramsOf(weights);
      const [raw, own] = [
        numbers(snc.encode(params, x())),
        numbers(snc.encode(snc.paramsOf(sae.weights()), sae.scale(x()))),
      ];
      for (const [at, a] of raw.entries()) {
        if (disabledFeatures.includes(at % d_sae)) assert.equal(a, 0);
        assert.ok(Math.abs(a * scale - own[at]) < 1e-4, `${a * scale}, ${own[at]}`);
      }
      const state = snc.initialState(params, { random: snc.stream(1, "rebirth").state() });
      assert.deepEqual(state.alive, sae.alive);
    });
  });

describe("a rule of one's own", () => {
  it("trains, is saved by its name and options, and has to be given again", async () => {
    const params = snc.initialParams(d_in, 48, 3);
    const state = snc.initialState(params, { random: snc.stream(3, "rebirth").state() });
    const scaling = snc.measureScaling(ownVectors(300, "train"), d_in);
    const batch = snc.vectorBatches(snc.scaleVectors(ownVectors(300, "train"), scaling), {
      d_in,
      batchSize: 20,
      seed: 3,
    });
    const records = [...snc.train(state, ownMethod, batch, { ...snc.optimizationOf({ warmupSteps: 0 }), steps: 5 })];
    assert.ok(records.every(({ losers }) => losers > 0));
    const file = await snc.saveAutoencoder(path.join(root, "own.safetensors"), state, ownMethod, { scaling });
    await assert.rejects(snc.loadAutoencoder(file), {
      failure: "usage",
      message:
        /inhibit: expected a rule of this package .*found softCompetition.*loadAutoencoder\(place, \{ method \}\)/,
    });
    await assert.rejects(snc.loadAutoencoder(file, { method }), {
      failure: "usage",
      message: /inhibit: expected the rule that it was trained with, .*softCompetition.*found .*winnerTakesAll/,
    });
    const sae = await snc.loadAutoencoder(file, { method: ownMethod });
    const h = sae.scale(x());
    assert.deepEqual(numbers(sae.features(h)), numbers(snc.autoencoderOf(state, ownMethod).features(h)));
  });

  it("what it decides is looked through: neighbours, pairs, features and gains that there are not are refused", () => {
    const params = snc.initialParams(d_in, 8, 3);
    const random = snc.stream(5, "h");
    const h = tf.tensor2d(
      Float32Array.from({ length: 6 * d_in }, () => 0.3 * random.normal()),
      [6, d_in],
    );
    const { method } = snc.run(7);
    const step = (changed: Partial<snc.Method>) => () =>
      snc.trainStep(
        snc.initialState(params, { random: [1, 2, 3, 4] }),
        { ...method, ...changed },
        h,
        snc.optimizationOf({ warmupSteps: 1 }),
      );
    const neighbours = (starts: number[], members: number[]) =>
      snc.rule<snc.Neighbours, undefined>("n", "", {}, () => ({
        starts: Int32Array.from(starts),
        members: Int32Array.from(members),
      }));
    const two = [0, 2, 2, 2, 2, 2, 2, 2, 2];
    const cases: [Partial<snc.Method>, RegExp][] = [
      [{ neighbours: neighbours(two, [1, 8]) }, /^neighbours: expected members from 0 to 7, found 8$/],
      [{ neighbours: neighbours(two, [1, -1]) }, /^neighbours: expected members from 0 to 7, found -1$/],
      [{ neighbours: neighbours(two, [1]) }, /^neighbours: expected starts within 1 members, found 0 to 2$/],
      [
        { neighbours: neighbours([0, 2, 1, 2, 2, 2, 2, 2, 2], [1, 2]) },
        /expected starts that never fall, found 1 after 2$/,
      ],
      [{ neighbours: neighbours([0, 0], []) }, /expected 9 starts, one more than features, found 2$/],
      ...(
        [
          [[1], [8], /^pairs: expected pairs i < j below 8, ordered by i, then j, found \(1, 8\)$/],
          [[2], [2], /found \(2, 2\)$/],
          [[2, 1], [3, 2], /found \(1, 2\) after \(2, 3\)$/],
          [[1, 1], [2, 2], /found \(1, 2\) after \(1, 2\)$/],
        ] as const
      ).map(([i, j, message]): [Partial<snc.Method>, RegExp] => [
        { pairs: snc.rule<snc.Pairs>("p", "", {}, () => ({ i: Int32Array.from(i), j: Int32Array.from(j) })) },
        message,
      ]),
      [
        { prune: snc.rule<snc.Pruning>("q", "", {}, () => ({ features: [8], action: "disable" })) },
        /^features: expected indices from 0 to 7, found 8$/,
      ],
      [
        { prune: snc.rule<snc.Pruning>("q", "", {}, () => ({ features: [-1], action: "reinitialize" })) },
        /^features: expected indices from 0 to 7, found -1$/,
      ],
      [
        { inhibit: snc.rule<snc.Inhibition, snc.Competing>("g", "", {}, () => ({ gain: tf.ones([1, 8]) })) },
        /^inhibit, gain: expected shape \[6,8\], as the activations have, found \[1,8\]$/,
      ],
      [
        { inhibit: snc.rule<snc.Inhibition, snc.Competing>("g", "", {}, () => ({ offset: tf.ones([6, 1]) })) },
        /^inhibit, offset: expected shape \[6,8\]/,
      ],
    ];
    for (const [changed, message] of cases) assert.throws(step(changed), { failure: "usage", message });
  });
});

it("the script uses the library's public names and nothing else of it", () => {
  const source = readFileSync(script, "utf8");
  const imported = [...source.matchAll(/from "([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(imported, ["node:fs", "node:path", "@tensorflow/tfjs", "../../src/index.js"]);
});

it("the script that docs/library.md shows runs, is stopped by nothing, and goes on where its state was saved", async () => {
  const page = readFileSync(path.join(packageFolder, "docs", "library.md"), "utf8");
  const shown = /^```js\n(\/\/ own-loop\.mjs\n[\s\S]*?)^```$/m.exec(page)![1];
  const folder = mkdtempSync(path.join(root, "page-"));
  const at = (name: string): string => pathToFileURL(require.resolve(name)).href;
  const source = shown
    .replace('"selective-neural-competition"', JSON.stringify(at("../../src/index.ts")))
    .replace('"@tensorflow/tfjs"', JSON.stringify(at("@tensorflow/tfjs")));
  writeFileSync(path.join(folder, "own-loop.mjs"), source);
  const run = () => runProgram(process.execPath, ["--import", at("tsx"), "own-loop.mjs"], { cwd: folder });
  assert.equal(await run(), "60 [ 5, 64 ]\n");
  const weights = sha256(folder, "my-sae", "weights.safetensors");
  assert.equal(await run(), "60 [ 5, 64 ]\n", "it finds its last state, and no step is left");
  assert.equal(sha256(folder, "my-sae", "weights.safetensors"), weights);
});
