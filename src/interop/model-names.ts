import { type Profile, profiles } from "../profiles.js";

/** A model as others name it. */
export interface ModelName {
  name: string;
  /** Whether its sequences begin with a token of their own. */
  prependBos: boolean;
}

/** The models' names outside this package. */
const modelNames: Record<string, ModelName> = {
  [profiles.default.model]: { name: "HuggingFaceTB/SmolLM2-135M-Instruct", prependBos: false },
  [profiles.paper.model]: { name: "google/gemma-2-2b", prependBos: true },
};

/** The name of a profile's model outside this package; its own where there is no other. */
export const modelNameOf = ({ model }: Pick<Profile, "model">): ModelName =>
  modelNames[model] ?? { name: model, prependBos: false };
