import { SncError } from "../base/errors.js";
import { canonicalJson } from "../base/files.js";
import { describeOwnActivations } from "../data/activations/own.js";
import { inputsOf } from "../data/texts/inputs.js";
import { localInputs } from "../data/texts/local-inputs.js";
import { readDecoderConfig } from "../model/decoder-weights.js";
import { paper } from "../paper.js";
import { type Profile, profile as profileNamed } from "../profiles.js";
import { changedReadings, type Readings, readings } from "../readings.js";
import type { CompleteSpec, ExperimentSpec } from "./spec.js";

/** What a specification comes to: the sizes and readings that every stage is given. */
export interface Sizes {
  profile: Profile;
  readings: Readings;
}

/**
 * A profile at the size that a specification asks for. Where it asks for other steps alone, warm-up and interval follow: the
 * warm-up ends with the steps at the latest, and there are as many intervals.
 */
export function sizesOf(spec: ExperimentSpec): Sizes {
  const base = profileNamed(spec.profile ?? "default");
  const chosen = readings(spec.readings);
  const { steps = base.steps, sequences, activations } = spec;
  const [trainSequences, testSequences] = sequences ?? [base.trainSequences, base.testSequences];
  const warmup = (Number(chosen.warmup) / paper.warmupSteps) * Math.min(base.warmupSteps, steps);
  const perInterval = Math.min(base.interval, Math.round((base.interval / base.steps) * steps));
  return {
    readings: chosen,
    profile: {
      ...base,
      ...(activations && ownInputs),
      layers: spec.layers ?? activations?.files.map(({ layer }) => layer) ?? base.layers,
      runs: spec.runs ?? base.runs,
      seeds: spec.seeds ?? base.seeds,
      d_in: spec.d_in ?? base.d_in,
      trainSequences,
      testSequences,
      steps,
      batchSize: spec.batchSize ?? base.batchSize,
      warmupSteps: spec.warmupSteps ?? Math.max(1, Math.round(warmup)), // R17
      tauStart: Number(chosen.tauStart), // R6
      interval: spec.interval ?? Math.max(1, perInterval),
      ...(base.inputs === "local" && {
        ...{ modelDir: spec.modelDir, pileDir: spec.pileDir, store: spec.store },
        bufferContexts: activations ? undefined : (spec.buffer ?? base.bufferContexts),
      }),
    },
  };
}

/** What stands in place of a model and of texts where the vectors are the user's own. */
const ownInputs = { model: "own-activations", modelName: "own activations", inputs: "own" } as const;

/** An experiment with all that its numbers depend on said. */
export interface ResolvedExperiment extends Sizes {
  spec: CompleteSpec;
}

/**
 * Completes a specification by its profile and by its inputs, which are looked for and hashed; loads no tensor library. Throws
 * an input error where an input is not there, or not what the specification says that it must be.
 */
export async function resolveExperiment(spec: ExperimentSpec): Promise<ResolvedExperiment> {
  const { profile, readings: chosen } = sizesOf(spec);
  const found = await inputsFound(spec, profile);
  requireInputs(spec, found);
  const { d_in } = found;
  const d_sae = featuresIn(spec, d_in);
  const { layers, runs, seeds, steps, batchSize, warmupSteps, interval, bufferContexts, store } = profile;
  const isOwn = spec.activations !== undefined;
  return {
    profile: { ...profile, d_in },
    readings: chosen,
    spec: {
      profile: profile.name,
      ...(isOwn && { activations: spec.activations }),
      ...(found.modelDir !== undefined && { modelDir: found.modelDir, pileDir: found.pileDir }),
      ...(spec.variations && { variations: spec.variations }),
      ...{ layers, runs, seeds, steps, batchSize, warmupSteps, interval, d_in, d_sae },
      ...(!isOwn && { sequences: [profile.trainSequences, profile.testSequences] as [number, number] }),
      ...(bufferContexts !== undefined && { buffer: bufferContexts }),
      ...(store !== undefined && { store }),
      readings: changedReadings(chosen),
      precision: spec.precision ?? "float32",
      inputs: found.inputs,
    },
  };
}

/** d_sae: as many features as the specification says, or the multiple of d_in that it says, or d_in. */
export const featuresIn = ({ d_sae, expansion = 1 }: ExperimentSpec, d_in: number): number =>
  d_sae ?? Math.max(1, Math.round(expansion * d_in));

/** The inputs of an experiment as they are now. */
interface FoundInputs {
  d_in: number;
  inputs: Record<string, string>;
  /** Where local inputs lie. */
  modelDir?: string;
  pileDir?: string;
}

async function inputsFound({ activations }: ExperimentSpec, profile: Profile): Promise<FoundInputs> {
  if (activations) {
    const { d_in, hashes } = await describeOwnActivations(activations);
    return { d_in, inputs: hashes };
  }
  if (profile.inputs === "pinned")
    return { d_in: profileNamed(profile.name).d_in, inputs: (await inputsOf(profile)).hashes };
  const { modelDir, pileDir, hashes } = await localInputs(profile);
  return { d_in: (await readDecoderConfig(modelDir)).d_in, inputs: hashes, modelDir, pileDir };
}

/** Throws where an input is another than a specification says. */
function requireInputs(spec: ExperimentSpec, { d_in, inputs }: FoundInputs): void {
  const fail = (what: string, expected: unknown, found: unknown): never => {
    throw new SncError(
      "input",
      `${what}: expected ${expected}, as the experiment's specification says, found ${found ?? "none"}. ` +
        "Bring the inputs that it was made from, or leave `inputs` out of the specification for another experiment",
    );
  };
  if (spec.d_in !== undefined && spec.d_in !== d_in) fail("width of the activations", spec.d_in, d_in);
  for (const [name, hash] of Object.entries(spec.inputs ?? {}))
    if (inputs[name] !== hash) fail(name, hash, inputs[name]);
}

/** What a complete specification says beyond its profile: the shortest specification that comes to the same. */
export function essentialSpec({ inputs, ...spec }: CompleteSpec): ExperimentSpec {
  const { profile: name, activations, steps, readings: changed } = spec;
  const said: ExperimentSpec = { profile: name, activations, readings: changed, steps };
  const { profile } = sizesOf({ ...said, d_in: spec.d_in });
  const own = profileNamed(name);
  const usual: ExperimentSpec = {
    ...{ layers: profile.layers, runs: profile.runs, seeds: profile.seeds, steps: own.steps },
    ...{ batchSize: profile.batchSize, warmupSteps: profile.warmupSteps, interval: profile.interval },
    ...{ sequences: [own.trainSequences, own.testSequences], buffer: own.bufferContexts, precision: "float32" },
    ...{ d_sae: spec.d_in, d_in: spec.d_in, readings: {} },
  };
  const beyond = Object.entries(spec).filter(
    ([key, value]) => value !== undefined && canonicalJson(value) !== canonicalJson(usual[key as keyof ExperimentSpec]),
  );
  return Object.fromEntries(beyond) as ExperimentSpec;
}
