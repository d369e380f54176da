import { paper } from "../paper.js";
import { type Profile, profiles } from "../profiles.js";

/** sha256 of each published file of the paper's model, by name. */
export type PublishedFiles = Readonly<Record<string, { sha256: string }>>;

type PaperLayer = (typeof paper.layers)[number];

/** What verdicts are about: a verdict is never given a wider scope than what was trained. */
export interface Scope {
  /** Whether the paper's own model was trained on, by the hash of each of its files, at the paper's size. */
  isPaperScale: boolean;
  /** For readers: "at the scale of SmolLM2-135M, 1000 steps". */
  text: string;
  /** The model's layers at the depth of a layer of the paper. */
  layersOf(layer: PaperLayer | "all"): number[];
}

/** The scope of a profile's results. `inputs`: sha256 of every input by its name, as run.json of the result set records it. */
export function scopeOf(profile: Profile, inputs: Readonly<Record<string, string>>, published: PublishedFiles): Scope {
  const isPaperModel = profile.model === profiles.paper.model;
  const differing = Object.entries(published).filter(
    ([file, { sha256 }]) => inputs[`${profile.model}/${file}`] !== `sha256:${sha256}`,
  );
  const isPaperScale = isPaperModel && differing.length === 0 && hasPaperSize(profile);
  const name = isPaperModel && differing.length > 0 ? `a model that is not ${profile.modelName}` : profile.modelName;
  // Of every model the profile with the most layers has one for each of the paper's.
  const { layers } = profiles[isPaperModel ? "paper" : "default"];
  return {
    isPaperScale,
    text: isPaperScale ? "at the paper's scale" : `at the scale of ${name}, ${profile.steps} steps`,
    layersOf: (layer) => (layer === "all" ? layers : [layers[paper.layers.indexOf(layer)]]),
  };
}

/** §5.1 and §5.3: as many sequences, steps and vectors a step. */
const hasPaperSize = ({ steps, batchSize, trainSequences, testSequences, contextLength }: Profile): boolean =>
  steps === paper.steps &&
  batchSize === paper.batchSize &&
  contextLength === paper.contextLength &&
  trainSequences === paper.trainSequencesPerSource &&
  testSequences === paper.testSequencesPerSource;
