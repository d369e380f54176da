import { SncError } from "./base/errors.js";
import { type Profile, type StoredAs, storedForms } from "./profiles.js";

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
