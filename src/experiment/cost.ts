import path from "node:path";
import type { Precision } from "../backend/precision.js";
import { exists } from "../base/files.js";
import { describeOwnActivations } from "../data/activations/own.js";
import { storedBytes } from "../data/activations/pieces.js";
import { textSources } from "../data/texts/corpus.js";
import { localFolders } from "../data/texts/local-inputs.js";
import { inputPath, readManifest } from "../data/texts/manifest.js";
import { readPaperModel } from "../data/texts/published.js";
import { flopsPerStep } from "../measure/flops.js";
import { configOfGguf, configOfJson, type DecoderConfig } from "../model/decoder-config.js";
import { decoderFlops, decoderMemory, passMemory } from "../model/decoder-memory.js";
import { readDecoderConfig } from "../model/decoder-weights.js";
import { openGguf } from "../model/gguf.js";
import { paper } from "../paper.js";
import type { Profile } from "../profiles.js";
import type { Run } from "../runs.js";
import type { ExperimentSpec } from "./spec.js";

/** Which trainings of a profile on a model are to be paid for. */
export interface Plan {
  profile: Profile;
  /** What the vectors are from: a model on so many sources of texts, or files with so many vectors a layer. */
  vectors: { decoder: DecoderConfig; sources: number } | { d_in: number; count: number };
  d_sae: number;
  precision: Precision;
  layers: readonly number[];
  runs: readonly Run[];
  seeds: readonly number[];
  /** What is computed beside these with the same seeds, at a learning rate of 0: each layer's runs. */
  controls?: readonly { layers: readonly number[]; runs: readonly Run[] }[];
}

/** What is trained on layers with every seed, controls with the rest. */
const grids = ({ layers, runs, controls = [] }: Plan) => [{ layers, runs }, ...controls];

/** How many trainings that is. */
const trainingsOf = (plan: Plan): number =>
  grids(plan).reduce((sum, { layers, runs }) => sum + layers.length * runs.length * plan.seeds.length, 0);

/** What an experiment costs from nothing, by formula; times come from these and a measured rate. */
export interface Cost {
  /** Through the model, and vectors through autoencoders while training. */
  modelTokens: number;
  trainedVectors: number;
  flops: { model: number; training: number; measuring: number };
  /** Activations and results on disk. */
  diskBytes: { activations: number; results: number };
  /** At most in one process: while the model runs, while an autoencoder is trained, and of all; a refill holds both at once. */
  memoryBytes: { model: number; training: number; most: number };
}

/** Positions are left out as Reading R21 says by default; of k pairs all are taken, and r is its largest, 32. */
export function costOf(plan: Plan): Cost {
  return "decoder" in plan.vectors ? costWithModel(plan, plan.vectors) : costOfTraining(plan, plan.vectors);
}

/** Of vectors in files nothing is captured or stored: they are read into memory, training and test parts alike. */
function costOfTraining(plan: Plan, { d_in, count }: { d_in: number; count: number }): Cost {
  const { training, measuring, results, memory } = autoencoderCost(plan, { d_in, held: count, test: count });
  const { profile } = plan;
  return {
    modelTokens: 0,
    trainedVectors: trainingsOf(plan) * profile.steps * profile.batchSize,
    flops: { model: 0, training, measuring },
    diskBytes: { activations: 0, results },
    memoryBytes: { model: 0, training: memory, most: memory },
  };
}

function costWithModel(plan: Plan, { decoder, sources }: { decoder: DecoderConfig; sources: number }): Cost {
  const { profile, precision, layers } = plan;
  const { contextLength, batchSize, steps, bufferContexts, sequencesPerPass: pass } = profile;
  const d = decoder.d_in;
  const train = sources * profile.trainSequences;
  const test = sources * profile.testSequences;
  const perSequence = contextLength - 1;
  const half = bufferContexts ? Math.min(Math.ceil(bufferContexts / 2), Math.ceil(train / 2)) : 0;
  const captured =
    !bufferContexts || profile.store ? train : contextsReached({ half, perSequence, batchSize, steps, train });
  const sequences = captured + test;
  const blocks = Math.max(...layers) + 1;
  const trainings = trainingsOf(plan);

  const bytesEach = bufferContexts ? storedBytes(profile.store ?? "float32") : 4;
  // Files that are joined from parts take their space twice for a while.
  const activations = sequences * perSequence * d * bytesEach * layers.length * (bufferContexts ? 1 : 2);
  const model = decoderMemory(decoder, blocks, precision);
  // Vectors of a pass for each layer, and two copies of one while it is written.
  const vectors = 4 * pass * contextLength * d * (layers.length + 2);
  const held = bufferContexts ? 2 * half * perSequence + pass * perSequence : (train + test) * perSequence;
  const autoencoder = autoencoderCost(plan, { d_in: d, held, test: test * perSequence });
  // TensorFlow's allocator gives nothing back, and a pass does not fit into the pieces that loading left.
  const whileModelRuns = base + model.weights + model.loading + passMemory(decoder, pass, contextLength) + vectors;
  const whileTraining = autoencoder.memory;
  const isRefilled = bufferContexts !== undefined && !profile.store && captured > 2 * half;
  return {
    modelTokens: sequences * contextLength,
    trainedVectors: trainings * steps * batchSize,
    flops: {
      model: sequences * contextLength * decoderFlops(decoder, blocks, contextLength),
      training: autoencoder.training,
      measuring: autoencoder.measuring,
    },
    diskBytes: {
      activations: activations + sequences * contextLength * 4,
      results: autoencoder.results,
    },
    memoryBytes: {
      model: whileModelRuns,
      training: whileTraining,
      most: isRefilled ? whileModelRuns + whileTraining - base : Math.max(whileModelRuns, whileTraining),
    },
  };
}

/** Of the autoencoders alone: FLOPs of training and measuring, bytes of results, and bytes of memory with `held` vectors in it. */
function autoencoderCost(plan: Plan, { d_in: d, held, test }: { d_in: number; held: number; test: number }) {
  const { d_sae: m, layers, seeds } = plan;
  const { batchSize, steps, interval } = plan.profile;
  const trainings = trainingsOf(plan);
  const weights = 2 * d * m + d + m;
  const pairs = Math.max(paper.pairs.atLeast, Math.floor((paper.pairs.fraction * m * (m - 1)) / 2));
  const step = (run: Run): number =>
    flopsPerStep(run.method, { d_in: d, d_sae: m, batch: batchSize, pairs, meanRadius: paper.competition.radius })
      .total;
  const measurement = 4 * test * d * m + 10 * 4096 * m * m; // Gram matrices: two, and two of permuted features; the decoder's is as large at most
  const measurements = Math.floor(steps / interval) + 2;
  // Weights, two moments, gradients, what is read and written of them; H in float64; pairs and their sorting; the sample.
  const autoencoder = 4 * 8 * weights + 8 * m * m + 16 * m * m + 4 * 4 * 4096 * m;
  return {
    training: grids(plan).reduce(
      (sum, { layers: of, runs }) =>
        sum + of.length * seeds.length * steps * runs.reduce((all, run) => all + step(run), 0),
      0,
    ),
    measuring: trainings * measurements * measurement,
    // Weights, and a checkpoint with both moments and H while it is trained.
    results: trainings * 4 * weights + layers.length * (12 * weights + 8 * m * m),
    memory: base + margin * (4 * held * d + autoencoder),
  };
}

/** Node, TensorFlow's library, tokens and a tokenizer. */
const base = 0.7e9;
/** What allocators hold beside what is in use while an autoencoder is trained. */
const margin = 1.25;

interface Reach {
  half: number;
  perSequence: number;
  batchSize: number;
  steps: number;
  train: number;
}

/** Training sequences that a buffer has asked for by the last step: the first fill, and half a buffer at each refill. */
function contextsReached({ half, perSequence, batchSize, steps, train }: Reach): number {
  const batches = Math.ceil((half * perSequence) / batchSize);
  const refills = Math.max(0, Math.ceil(steps / batches) - 1);
  return Math.min(train, (2 + refills) * half);
}

/** What the vectors of an experiment come from, as far as they can be looked for before anything is fetched. */
export async function vectorsOf({ activations }: ExperimentSpec, profile: Profile): Promise<Plan["vectors"]> {
  if (!activations) return { decoder: await decoderOf(profile), sources: Object.keys(textSources).length }; // as many of the Pile's subsets
  const { d_in, counts } = await describeOwnActivations(activations);
  return { d_in, count: Math.max(...Object.values(counts)) };
}

/** The shape of a profile's model: the file's or folder's own, or of the paper's model, where it is not there, as published. */
async function decoderOf(profile: Profile): Promise<DecoderConfig> {
  if (profile.inputs === "pinned") {
    const gguf = await openGguf(inputPath(await readManifest(), profile.model));
    await gguf.close();
    return configOfGguf(gguf);
  }
  const { modelDir } = localFolders(profile);
  if (await exists(path.join(modelDir, "config.json"))) return readDecoderConfig(modelDir);
  return configOfJson("gemma-2-2b.json", (await readPaperModel()).config);
}
