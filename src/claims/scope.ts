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

/** What a result set was made from, as its experiment.json records it. */
export interface MadeFrom {
  /** sha256 of every input by its name. */
  inputs: Readonly<Record<string, string>>;
  /** Readings that differ from the default, by id. */
  readings: Readonly<Record<string, unknown>>;
  /** Of the products of training, where it is not float32. */
  precision?: string;
  /** Width of the activations, and number of features. */
  spec: { d_in: number; d_sae: number };
}

/** The scope of a profile's results. */
export function scopeOf(profile: Profile, made: MadeFrom, published: PublishedFiles): Scope {
  const isPaperModel = profile.model === profiles.paper.model;
  const differing = Object.entries(published).filter(
    ([file, { sha256 }]) => made.inputs[`${profile.model}/${file}`] !== `sha256:${sha256}`,
  );
  const isWider = made.spec.d_sae !== made.spec.d_in;
  const isPaperScale = isPaperModel && differing.length === 0 && hasPaperSize(profile) && !isWider;
  const name = isPaperModel && differing.length > 0 ? `a model that is not ${profile.modelName}` : profile.modelName;
  const features = isWider ? `, ${made.spec.d_sae} features` : "";
  const scale = isPaperScale ? "at the paper's scale" : `at the scale of ${name}${features}, ${profile.steps} steps`;
  return {
    isPaperScale,
    text: [scale, ...limits(made, isPaperScale)].join(", "),
    layersOf: layersOfModel(profile),
  };
}

/** The model's layers at the depth of a layer of the paper, whatever layers are trained. */
export function layersOfModel({ model }: Pick<Profile, "model">): Scope["layersOf"] {
  // Of every model the profile with the most layers has one for each of the paper's.
  const { layers } = profiles[model === profiles.paper.model ? "paper" : "default"];
  return (layer) => (layer === "all" ? layers : [layers[paper.layers.indexOf(layer)]]);
}

/** What else a verdict has to say of its scope: texts that no published hash knows, another precision (§5), other readings. */
function limits({ readings, precision = "float32" }: MadeFrom, isPaperScale: boolean): string[] {
  const changed = Object.entries(readings).map(([id, value]) => `${id} = ${value}`);
  return [
    ...(isPaperScale ? ["on text whose source is not verified"] : []),
    ...(isPaperScale && precision !== "bfloat16" ? [`in ${precision} where the paper has bfloat16`] : []),
    ...(!isPaperScale && precision !== "float32" ? [`in ${precision}`] : []),
    ...(changed.length > 0 ? [`read with ${changed.join(", ")}`] : []),
  ];
}

/** §5.1 and §5.3: as many sequences, steps and vectors a step. */
const hasPaperSize = ({ steps, batchSize, trainSequences, testSequences, contextLength }: Profile): boolean =>
  steps === paper.steps &&
  batchSize === paper.batchSize &&
  contextLength === paper.contextLength &&
  trainSequences === paper.trainSequencesPerSource &&
  testSequences === paper.testSequencesPerSource;
