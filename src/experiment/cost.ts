import path from "node:path";
import type { Precision } from "../backend/precision.js";
import { exists } from "../base/files.js";
import { storedBytes } from "../data/activations/pieces.js";
import { inputPath, readManifest } from "../data/texts/manifest.js";
import { readPaperModel } from "../data/texts/published.js";
import { flopsPerStep } from "../measure/flops.js";
import { configOfGguf, configOfJson, type DecoderConfig } from "../model/decoder-config.js";
import { decoderFlops, decoderMemory, passMemory } from "../model/decoder-memory.js";
import { readDecoderConfig } from "../model/decoder-weights.js";
import { openGguf } from "../model/gguf.js";
import { paper } from "../paper.js";
import { type Profile, rememberedOptions } from "../profiles.js";
import type { Run } from "../runs.js";

/** Which trainings of a profile on a model are to be paid for. */
export interface Plan {
  profile: Profile;
  decoder: DecoderConfig;
  precision: Precision;
  sources: number;
  layers: readonly number[];
  runs: readonly Run[];
  seeds: readonly number[];
}

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
export function costOf({ profile, decoder, precision, sources, layers, runs, seeds }: Plan): Cost {
  const { contextLength, batchSize, steps, interval, bufferContexts, sequencesPerPass: pass } = profile;
  const d = decoder.d_in;
  const train = sources * profile.trainSequences;
  const test = sources * profile.testSequences;
  const perSequence = contextLength - 1;
  const half = bufferContexts ? Math.min(Math.ceil(bufferContexts / 2), Math.ceil(train / 2)) : 0;
  const captured =
    !bufferContexts || profile.store ? train : contextsReached({ half, perSequence, batchSize, steps, train });
  const sequences = captured + test;
  const blocks = Math.max(...layers) + 1;
  const trainings = layers.length * runs.length * seeds.length;

  const bytesEach = bufferContexts ? storedBytes(profile.store ?? "float32") : 4;
  // Files that are joined from parts take their space twice for a while.
  const activations = sequences * perSequence * d * bytesEach * layers.length * (bufferContexts ? 1 : 2);
  const weights = 2 * d * d + 2 * d;
  const pairs = Math.max(paper.pairs.atLeast, Math.floor((paper.pairs.fraction * d * (d - 1)) / 2));
  const step = (run: Run): number =>
    flopsPerStep(run.method, { d_in: d, d_sae: d, batch: batchSize, pairs, meanRadius: paper.competition.radius })
      .total;
  const measurement = 4 * test * perSequence * d * d + 6 * 4096 * d * d;
  const measurements = Math.floor(steps / interval) + 2;

  const model = decoderMemory(decoder, blocks, precision);
  // Vectors of a pass for each layer, and two copies of one while it is written.
  const vectors = 4 * pass * contextLength * d * (layers.length + 2);
  const held = bufferContexts ? 2 * half * perSequence + pass * perSequence : (train + test) * perSequence;
  // Weights, two moments, gradients, what is read and written of them; H in float64; pairs and their sorting; the sample.
  const autoencoder = 4 * 8 * weights + 8 * d * d + 16 * d * d + 4 * 4 * 4096 * d;
  // TensorFlow's allocator gives nothing back, and a pass does not fit into the pieces that loading left.
  const whileModelRuns = base + model.weights + model.loading + passMemory(decoder, pass, contextLength) + vectors;
  const whileTraining = base + margin * (4 * held * d + autoencoder);
  const isRefilled = bufferContexts !== undefined && !profile.store && captured > 2 * half;
  return {
    modelTokens: sequences * contextLength,
    trainedVectors: trainings * steps * batchSize,
    flops: {
      model: sequences * contextLength * decoderFlops(decoder, blocks, contextLength),
      training: layers.length * seeds.length * steps * runs.reduce((sum, run) => sum + step(run), 0),
      measuring: trainings * measurements * measurement,
    },
    diskBytes: {
      activations: activations + sequences * contextLength * 4,
      // Weights, and a checkpoint with both moments and H while it is trained.
      results: trainings * 4 * weights + layers.length * (12 * weights + 8 * d * d),
    },
    memoryBytes: {
      model: whileModelRuns,
      training: whileTraining,
      most: isRefilled ? whileModelRuns + whileTraining - base : Math.max(whileModelRuns, whileTraining),
    },
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

/** The shape of a profile's model: the file's or folder's own, or of the paper's model, where it is not there, as published. */
export async function decoderOf(profile: Profile): Promise<DecoderConfig> {
  if (profile.inputs === "pinned") {
    const gguf = await openGguf(inputPath(await readManifest(), profile.model));
    await gguf.close();
    return configOfGguf(gguf);
  }
  const { modelDir } = rememberedOptions();
  if (modelDir && (await exists(path.join(modelDir, "config.json")))) return readDecoderConfig(modelDir);
  return configOfJson("gemma-2-2b.json", (await readPaperModel()).config);
}
