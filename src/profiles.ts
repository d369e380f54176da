import { SncError } from "./base/errors.js";
import { paper } from "./paper.js";

/** How large an experiment is; everything else about it is the same in every profile. */
export interface Profile {
  name: "smoke" | "default" | "paper";
  /** The model's name in the data manifest. */
  model: string;
  /** The model's name for people. */
  modelName: string;
  /** Width of the model's activations. */
  d_in: number;
  /** Blocks counted from 0; layer 14 means `blocks.14.resid_post`. */
  layers: number[];
  /** Sequences of `contextLength` tokens per source. */
  trainSequences: number;
  testSequences: number;
  contextLength: number;
  steps: number;
  batchSize: number;
  warmupSteps: number;
  /** Where τ starts (Reading R6). */
  tauStart: number;
  /** Steps between metrics, between prunings, and of low importance before a feature is reallocated. */
  interval: number;
  /** β of I and H (Eq. 4, 6): they remember about 1 / (1 − β) steps, as many as an interval has. */
  momentum: number;
  runs: number[];
  seeds: number[];
  /** Test sequences of each source on which the model itself is asked, with its activations replaced. */
  downstreamSequences: number;
  /** Which levels of the frontier the main job trains; where it is not said, those alone that `snc frontier` has trained. */
  frontier?: "few";
  /** Where vectors come from: a model and texts of packages that the manifest pins, or of folders; or files of vectors. */
  inputs: "pinned" | "local" | "own";
  /** With `local`: the folder of the model, and of the Pile's texts; by default those of the environment, else of the cache. */
  modelDir?: string;
  pileDir?: string;
  /** Sequences in one pass of the model: §5.1's 32, or 8, the fastest on two cores and what an interruption can cost. */
  sequencesPerPass: number;
  /** Contexts in a buffer that is refilled while training (§5.1); without it, all activations are held at once. */
  bufferContexts?: number;
  /** How the buffer's contents are stored: all sequences before training in this form, or as they are needed in float32. */
  store?: StoredAs;
}

/** The form of stored activations; the two of 16 bits hold half the digits in half the space. */
export const storedForms = ["float32", "float16", "bfloat16"] as const;
export type StoredAs = (typeof storedForms)[number];

const common = {
  contextLength: paper.contextLength,
  batchSize: paper.batchSize,
  tauStart: paper.tau.start,
  momentum: paper.importance.beta,
  runs: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
};

const onSmolLM2 = {
  model: "smollm2-135m-instruct",
  modelName: "SmolLM2-135M",
  d_in: 576,
  inputs: "pinned",
  sequencesPerPass: 8,
} as const;

/** The profiles by name: how much is trained, on which model and texts. */
export const profiles: Record<Profile["name"], Profile> = {
  smoke: {
    ...common,
    ...onSmolLM2,
    name: "smoke",
    layers: [6],
    trainSequences: 12,
    testSequences: 4,
    downstreamSequences: 1,
    steps: 90,
    warmupSteps: 90,
    interval: 15,
    momentum: 1 - 1 / 15,
    seeds: [paper.seed],
    frontier: "few",
  },
  default: {
    ...common,
    ...onSmolLM2,
    name: "default",
    layers: [6, 14, 22],
    trainSequences: 128,
    testSequences: 32,
    downstreamSequences: 2,
    steps: paper.steps,
    warmupSteps: paper.warmupSteps,
    interval: paper.interval,
    seeds: [42, 43, 44],
  },
  paper: {
    ...common,
    name: "paper",
    model: "gemma-2-2b",
    modelName: "Gemma-2-2B",
    d_in: 2304,
    inputs: "local",
    sequencesPerPass: paper.modelBatchSize,
    layers: [...paper.layers],
    bufferContexts: paper.bufferContexts,
    trainSequences: paper.trainSequencesPerSource,
    testSequences: paper.testSequencesPerSource,
    downstreamSequences: 16,
    steps: paper.steps,
    warmupSteps: paper.warmupSteps,
    interval: paper.interval,
    seeds: [42, 43, 44],
  },
};

/** The layer in the middle: the upper one of two. */
export const middleLayer = (layers: readonly number[]): number => layers[Math.floor(layers.length / 2)];

/** The profile called `name`. Throws a usage error that lists the names. */
export function profile(name: string): Profile {
  const found = profiles[name as Profile["name"]];
  if (!found) throw new SncError("usage", `--profile: expected ${Object.keys(profiles).join(", ")}, found "${name}"`);
  return found;
}
