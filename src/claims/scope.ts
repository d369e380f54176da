import { paper } from "../paper.js";
import { type Profile, profiles } from "../profiles.js";

/** Files of Gemma-2-2B by sha256. None has been hashed here yet, so no verdict can be at the paper's scale. */
const paperModelFiles: readonly string[] = [];

type PaperLayer = (typeof paper.layers)[number];

/** What verdicts are about: a verdict is never given a wider scope than what was trained. */
export interface Scope {
  /** Whether the paper's own model was trained on, by the hash of its file, for the paper's number of steps. */
  isPaperScale: boolean;
  /** For readers: "at the scale of SmolLM2-135M, 1000 steps". */
  text: string;
  /** The model's layers at the depth of a layer of the paper. */
  layersOf(layer: PaperLayer | "all"): number[];
}

/** The scope of a profile's results. `inputs`: sha256 of every input by its name, as run.json of the result set records it. */
export function scopeOf(profile: Profile, inputs: Readonly<Record<string, string>>): Scope {
  const isPaperScale = paperModelFiles.includes(inputs[profile.model] ?? "") && profile.steps === paper.steps;
  // Of every model the profile with the most layers has one for each of the paper's.
  const { layers } = profiles[profile.model === profiles.paper.model ? "paper" : "default"];
  return {
    isPaperScale,
    text: isPaperScale ? "at the paper's scale" : `at the scale of ${profile.modelName}, ${profile.steps} steps`,
    layersOf: (layer) => (layer === "all" ? layers : [layers[paper.layers.indexOf(layer)]]),
  };
}
