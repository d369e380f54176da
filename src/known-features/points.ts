import { type Backend, chooseBackend } from "../backend/choose.js";
import { canonicalJson, sha256 } from "../base/files.js";
import { once } from "../base/once.js";
import { sourceHash } from "../base/source-hash.js";
import type { Experiment } from "../experiment/experiment.js";
import { type Autoencoder, autoencoderOf } from "../experiment/training/autoencoder.js";
import { loadTraining } from "../experiment/training/load.js";
import type { Training } from "../experiment/training/spec.js";
import { startingState } from "../experiment/training/steps.js";
import { disposeState } from "../sae/state.js";
import type { KnownPoint } from "./document.js";
import { readoutsOf } from "./linear-readout.js";
import { trainedMethods } from "./methods.js";
import { worldLayer } from "./open.js";
import { type Scored, scoresOf } from "./score.js";
import { scoredOn } from "./scored-on.js";
import { type OpenCell, trainingsIn } from "./trainings.js";
import { drawVectors, type WorldVectors } from "./vectors.js";
import type { World } from "./world.js";

/** What trainings are scored against: a world, and its test vectors, drawn when first asked for. */
export interface Truth {
  world: World;
  /** What computes the scores. */
  backend: Pick<Backend, "name" | "version" | "device" | "precision">;
  test(): WorldVectors;
}

/** The truth of a world, for scores computed here. */
export async function truthOf(world: World): Promise<Truth> {
  const { name, version, device, precision } = await chooseBackend();
  const backend = { name, version, device, precision };
  return { world, backend, test: once(() => drawVectors(world, "test")) };
}

/** A point that may be known already, by its key. */
export interface ToScore {
  key: string;
  score(): Promise<Unkeyed>;
}

type Unkeyed = Omit<KnownPoint, "key">;

/** The trainings of a cell that are there, and before them the weights that Run 0 starts from. */
export async function toScoreIn(truth: Truth, of: OpenCell): Promise<ToScore[]> {
  const { world } = truth;
  const { cell, experiment } = of;
  const untrained = cell.seeds.map((seed) => ({
    key: keyOf(truth, { method: "untrained", d_sae: cell.d_sae, seed }),
    score: async () => untrainedPoint(truth, experiment, seed),
  }));
  const which = { methods: trainedMethods, features: world.size.features };
  const trained = (await trainingsIn(of, which)).flatMap(({ method, training }) =>
    training
      ? [
          {
            key: keyOf(truth, { method, training: training.record.key }),
            score: () => trainedPoint(truth, experiment, { method, training }),
          },
        ]
      : [],
  );
  return cell.isShortest ? [...untrained, ...trained] : trained;
}

/** The true directions with an encoder by least squares, twice: firing means above 0, or above the feature's own best threshold. */
export function readoutsToScore(truth: Truth): ToScore[] {
  const both = once(() => readoutPoints(truth));
  return (["readout", "readout-threshold"] as const).map((method, i) => ({
    key: keyOf(truth, { method }),
    score: async () => both()[i],
  }));
}

/** By what scores are known again: what is scored, the world, and the code that scores. */
const keyOf = ({ world: { size, seed }, backend }: Truth, of: object): string =>
  sha256(canonicalJson({ of, size, seed, backend, sources: sources() })).slice(0, 16);

/** The code that draws the world and scores in it. */
const sources = once(() =>
  sourceHash(...["world", "vectors", "score", "scored-on", "linear-readout"].map((name) => `known-features/${name}`)),
);

async function trainedPoint(
  truth: Truth,
  experiment: Experiment,
  { method, training: { folder, record } }: { method: KnownPoint["method"]; training: Training },
): Promise<Unkeyed> {
  const sae = await loadTraining(folder);
  try {
    const { d_sae, steps, seed } = record;
    return { method, d_sae, steps, seed, ...scored(truth, await seenBy(sae, experiment)) };
  } finally {
    sae.dispose();
  }
}

async function untrainedPoint(truth: Truth, experiment: Experiment, seed: number): Promise<Unkeyed> {
  const spec = await experiment.spec(0, worldLayer, seed);
  const { d_sae, d_in } = experiment.specification;
  const state = startingState(d_in, spec);
  const sae = autoencoderOf(state, spec.run.method);
  try {
    return { method: "untrained", d_sae, steps: 0, seed, ...scored(truth, await seenBy(sae, experiment)) };
  } finally {
    sae.dispose();
    disposeState(state);
  }
}

function readoutPoints(truth: Truth): Unkeyed[] {
  const { world } = truth;
  const { above0, aboveThreshold } = readoutsOf(world, drawVectors(world, "train"), truth.test());
  const of = (method: KnownPoint["method"], seen: Scored): Unkeyed => ({
    ...{ method, d_sae: world.size.features, steps: 0, seed: world.seed },
    ...scored(truth, { ...seen, fractionVarianceExplained: null }),
  });
  return [of("readout", above0), of("readout-threshold", aboveThreshold)];
}

/** What is scored, and what it explains. */
interface Seen extends Scored {
  fractionVarianceExplained: number | null;
}

/** An autoencoder on its experiment's test vectors. */
async function seenBy(sae: Autoencoder, experiment: Experiment): Promise<Seen> {
  const h = await testVectors(experiment);
  return { ...scoredOn(sae, h), fractionVarianceExplained: sae.evaluate(h).fractionVarianceExplained };
}

/** h of an experiment's test vectors, all of which are in memory. */
async function testVectors(experiment: Experiment): Promise<Float32Array> {
  const { test } = await experiment.activations(worldLayer);
  return test.subarray(0, test.length);
}

/** The scores, and what is explained. */
function scored({ world, test }: Truth, { fractionVarianceExplained, ...of }: Seen) {
  const { matched: _, ...scores } = scoresOf(world, test().z, of);
  return { fractionVarianceExplained, ...scores };
}
