import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Autoencoder } from "../../src/experiment/training/autoencoder.js";
import { autoencoderFrom } from "../../src/experiment/training/autoencoder.js";
import { openSafetensors } from "../../src/model/safetensors.js";
import { run } from "../../src/runs.js";
import { fixtures } from "./paths.js";

/** What an independent float64 implementation made of an autoencoder on a tiny model: see `about` and `conventions` in the file. */
export interface EvaluationFixture {
  name: string;
  /** Folder of the model. */
  model: string;
  /** From 0; what it puts out is replaced. */
  block: number;
  sae: { d_in: number; d_sae: number; switchedOff: number[] };
  scale: number;
  tokens: number[][];
  features: number[];
  pageFeature: number;
  // biome-ignore lint/suspicious/noExplicitAny: the file's own names and nesting, as it says them
  [other: string]: any;
  /** The arrays by name. */
  arrays: Map<string, { shape: number[]; values: Float32Array }>;
}

const folder = process.env.EVALUATION_FIXTURES ?? path.join(fixtures, "evaluation");

/** Every fixture in the folder EVALUATION_FIXTURES, by default test/fixtures/evaluation. */
export const evaluationFixtureFiles = readdirSync(folder).filter((name) => name.endsWith(".json"));

/** The fixture of a file, with its arrays. */
export async function readEvaluationFixture(file: string): Promise<EvaluationFixture> {
  const said = JSON.parse(readFileSync(path.join(folder, file), "utf8"));
  const opened = await openSafetensors(path.join(folder, said.arrays));
  const arrays: EvaluationFixture["arrays"] = new Map();
  try {
    for (const [name, { shape }] of opened.tensors) arrays.set(name, { shape, values: await opened.readFloat32(name) });
  } finally {
    await opened.close();
  }
  return { ...said, name: file, model: path.resolve(folder, said.model), arrays };
}

/** The fixture's autoencoder, without competition; the caller disposes it. Of another seed: `seed.b.` or `seed.c.` in its names. */
export function fixtureAutoencoder({ sae, scale, arrays, name }: EvaluationFixture): Autoencoder {
  const values = (of: string): Float32Array => arrays.get(of)!.values;
  const { d_in, d_sae } = sae;
  return autoencoderFrom(
    {
      d_in,
      d_sae,
      weights: { W_enc: values("W_enc"), b_enc: values("b_enc"), W_dec: values("W_dec"), b_dec: values("b_dec") },
      alive: values("alive"),
      radius: new Int32Array(d_sae),
      coactivation: new Float64Array(0),
      scaling: { mean: values("mean"), scale },
      competition: undefined,
      about: {},
    },
    run(0).method,
    name,
  );
}
