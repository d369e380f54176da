import { SncError } from "./base/errors.js";
import { paper } from "./paper.js";

/** How large an experiment is; everything else about it is the same in every profile. */
export interface Profile {
  name: "smoke" | "default" | "paper";
  /** The model's name in the data manifest. */
  model: string;
  /** The model's name for people. */
  modelName: string;
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
  /** Where model and texts come from: packages that the manifest pins, or folders of this machine. */
  inputs: "pinned" | "local";
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
    steps: 90,
    warmupSteps: 90,
    interval: 15,
    momentum: 1 - 1 / 15,
    seeds: [paper.seed],
  },
  default: {
    ...common,
    ...onSmolLM2,
    name: "default",
    layers: [6, 14, 22],
    trainSequences: 128,
    testSequences: 32,
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
    inputs: "local",
    sequencesPerPass: paper.modelBatchSize,
    layers: [...paper.layers],
    bufferContexts: paper.bufferContexts,
    trainSequences: paper.trainSequencesPerSource,
    testSequences: paper.testSequencesPerSource,
    steps: paper.steps,
    warmupSteps: paper.warmupSteps,
    interval: paper.interval,
    seeds: [42, 43, 44],
  },
};

/** The profile called `name`. Throws a usage error that lists the names. */
export function profile(name: string): Profile {
  const found = profiles[name as Profile["name"]];
  if (!found) throw new SncError("usage", `--profile: expected ${Object.keys(profiles).join(", ")}, found "${name}"`);
  return found;
}

/** What the command line says beyond a profile's name. */
export interface LocalOptions {
  /** Folder with the model's config.json, tokenizer.json and safetensors. */
  modelDir?: string;
  /** Folder with the Pile's .jsonl or .jsonl.zst files. */
  pileDir?: string;
  steps?: number;
  /** Training and test sequences of each source. */
  sequences?: readonly [train: number, test: number];
  /** Contexts in the buffer. */
  buffer?: number;
  store?: StoredAs;
}

const variables = {
  modelDir: "SNC_MODEL_DIR",
  pileDir: "SNC_PILE_DIR",
  steps: "SNC_STEPS",
  sequences: "SNC_SEQUENCES",
  buffer: "SNC_BUFFER",
  store: "SNC_STORE",
} as const;

/** Puts options where this process, its notebooks and its training processes find them: environment variables. */
export function rememberOptions(options: LocalOptions): void {
  for (const [name, variable] of Object.entries(variables)) {
    const value = options[name as keyof LocalOptions];
    if (value !== undefined) process.env[variable] = Array.isArray(value) ? value.join(",") : String(value);
  }
}

/** The options of this process, checked: they may come from a user's own environment. */
export function rememberedOptions(): LocalOptions {
  const given = (name: keyof typeof variables): string | undefined => process.env[variables[name]] || undefined;
  const count = (name: "steps" | "buffer", least: number): number | undefined => {
    const text = given(name);
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    throw new SncError("usage", `${variables[name]}: expected a whole number from ${least} on, found "${text}"`);
  };
  const store = given("store");
  if (store !== undefined && !storedForms.includes(store as StoredAs))
    throw new SncError("usage", `${variables.store}: expected ${storedForms.join(", ")}, found "${store}"`);
  const sequences = given("sequences");
  return {
    modelDir: given("modelDir"),
    pileDir: given("pileDir"),
    steps: count("steps", 1),
    sequences: sequences === undefined ? undefined : parseSequences(sequences),
    buffer: count("buffer", 2),
    store: store as StoredAs | undefined,
  };
}

/** "40,10" → 40 training and 10 test sequences of each source. */
export function parseSequences(text: string): readonly [number, number] {
  const [, train, test] = /^([1-9]\d*),([1-9]\d*)$/.exec(text) ?? [];
  if (train === undefined)
    throw new SncError("usage", `--sequences: expected TRAIN,TEST like 40,10 for each source, found "${text}"`);
  return [Number(train), Number(test)];
}

/** A profile at the size that the options ask for; fewer steps than 100 intervals' shrink warm-up and intervals with them. */
export function chosenSize(profile: Profile): Profile {
  const { steps = profile.steps, sequences, buffer, store } = rememberedOptions();
  const [trainSequences, testSequences] = sequences ?? [profile.trainSequences, profile.testSequences];
  return {
    ...profile,
    trainSequences,
    testSequences,
    steps,
    warmupSteps: Math.min(profile.warmupSteps, steps),
    interval: Math.min(profile.interval, Math.max(1, Math.round((profile.interval / profile.steps) * steps))),
    ...(profile.bufferContexts !== undefined && { bufferContexts: buffer ?? profile.bufferContexts, store }),
  };
}
