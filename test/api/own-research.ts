/**
 * What a researcher writes who brings vectors and a loop of her own, by the library's public names alone (own-research.test.ts
 * holds that): vectors scaled, Run 7 with a rule of her own trained, stopped and resumed, its autoencoder kept, read and
 * exported. Arguments: a folder, d_sae. It prints a line for each step, to be killed at any.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import * as snc from "../../src/index.js";

const [d_in, seed, steps, every] = [12, 7, 40, 10];
const { run, mechanisms: m } = snc;

/** Vectors as a model gives them, far from the origin and long: each is made of three of 16 directions. */
export function ownVectors(count: number, name: string): Float32Array {
  const [directions, random] = [snc.stream(seed, "directions"), snc.stream(seed, name)];
  const parts = Array.from({ length: 16 }, () => Array.from({ length: d_in }, () => 20 * directions.normal()));
  const vectors = new Float32Array(count * d_in).fill(5);
  for (let row = 0; row < vectors.length; row += d_in)
    for (let n = 0; n < 3; n++) {
      const [part, amount] = [parts[random.integer(parts.length)], 0.5 + random.uniform()];
      for (let i = 0; i < d_in; i++) vectors[row + i] += amount * part[i];
    }
  return vectors;
}

/** A rule of her own: whoever loses to a neighbour keeps `kept` of its activation, and what is small is lost. */
export const softCompetition = (kept: number): snc.Rule<snc.Inhibition, snc.Competing> =>
  snc.rule("softCompetition", "own", { kept }, (_state: snc.TrainState, { raw, neighbours }: snc.Competing) => {
    const [batch, d_sae] = raw.shape;
    const [a, gain] = [raw.dataSync(), new Float32Array(batch * d_sae).fill(1)];
    let losers = 0;
    for (let row = 0; row < a.length; row += d_sae)
      for (let j = 0; j < d_sae; j++) {
        const rivals = neighbours.members.subarray(neighbours.starts[j], neighbours.starts[j + 1]);
        if (!rivals.some((i) => a[row + i] > a[row + j])) continue;
        gain[row + j] = kept;
        losers++;
      }
    return { gain: tf.tensor2d(gain, [batch, d_sae]), losers };
  });

/** Run 7 with 6 neighbours, and pruning that acts within a few steps. */
export const method: snc.Method = {
  ...run(7).method,
  radius: m.fixedRadius(6),
  prune: m.pruneCorrelated({ threshold: 0.85, every }),
};

/** The same with her own rule. */
export const ownMethod: snc.Method = { ...method, inhibit: softCompetition(0.5) };

const optimization: snc.Optimization = { ...snc.optimizationOf({ warmupSteps: 5 }), learningRate: 3e-3 };

/** All that the numbers depend on. */
export const keyOf = (d_sae: number, method: snc.Method): string =>
  JSON.stringify({ method: snc.describe(method), optimization, seed, d_sae, vectors: "own, 300" });

/** Trains by a loop of her own from where it was stopped, and returns the state with what was recorded. */
async function trained(folder: string, d_sae: number, method: snc.Method) {
  const x = ownVectors(300, "train");
  const scaling = snc.measureScaling(x, d_in);
  const batch = snc.vectorBatches(snc.scaleVectors(x, scaling), { d_in, batchSize: 20, seed });
  const [file, key] = [path.join(folder, "state.bin"), keyOf(d_sae, method)];
  const saved = await snc.loadState<snc.StepRecord[]>(file, key);
  const records = saved?.records ?? [];
  const state = saved?.state ?? freshState(d_sae);
  if (saved) console.log(`going on from step ${state.step}`);
  for (const record of snc.train(state, method, batch, { ...optimization, steps })) {
    records.push(record);
    if (state.step % every === 0) await snc.saveState(file, state, { key, records });
    console.log(`step ${record.step}`);
    await new Promise(setImmediate);
  }
  return { state, records, scaling };
}

function freshState(d_sae: number): snc.TrainState {
  const params = snc.initialParams(d_in, d_sae, seed);
  const state = snc.initialState(params, { random: snc.stream(seed, "rebirth").state() });
  tf.dispose(Object.values(params));
  return state;
}

async function main(folder: string, d_sae: number): Promise<void> {
  await snc.chooseBackend();
  const { state, records, scaling } = await trained(folder, d_sae, method);
  await snc.writeRows(path.join(folder, "trace.arrow"), records);
  await snc.saveAutoencoder(path.join(folder, "sae"), state, method, { scaling, about: { by: "own-research" } });
  snc.disposeState(state);
  console.log("done");
}

if (require.main === module) {
  const [folder, d_sae] = process.argv.slice(2);
  if (!existsSync(folder)) throw new Error(`${folder}: expected a folder`);
  main(folder, Number(d_sae));
}
