import path from "node:path";
import { z } from "zod";
import { precisions } from "../backend/precision.js";
import { SncError } from "../base/errors.js";
import { type OwnActivations, ownActivationsSchema } from "../data/activations/own.js";
import { type MethodName, methodNames } from "../methods/names.js";
import { type Profile, profiles, storedForms } from "../profiles.js";

const count = z.int().positive();
const places = z.array(z.int().nonnegative()).nonempty().refine(isWithoutRepeats, "expected no number twice");
const profileNames = Object.keys(profiles) as [Profile["name"], ...Profile["name"][]];

function isWithoutRepeats(numbers: readonly number[]): boolean {
  return new Set(numbers).size === numbers.length;
}

/** A variation of a run of the paper as plain data: what of its method is set to other values. */
export interface VariationSpec {
  run: number;
  /** Lower-case letters, digits and hyphens. */
  name: string;
  /** By `slot.option` an option of the run's rule ("inhibit.gamma": 1), by `slot` another rule or choice (penalty: "mean"). */
  set: Record<string, string | number>;
}

/** The schema of `VariationSpec`. */
export const variationSpecSchema = z.strictObject({
  run: z.int().nonnegative(),
  name: z.string(),
  set: z.record(z.string(), z.union([z.string(), z.number()])),
}) satisfies z.ZodType<VariationSpec>;

/** A method that runs are compared with, as plain data: Run 0 with what differs (docs/methods.md). */
export interface MethodSpec {
  method: MethodName;
  /** Features a token, of methods that are made sparse by it; a tenth of the features where it is not said. */
  k?: number;
  /** λ₁ of the others; Run 0's where it is not said. */
  lambda1?: number;
  /** Lower-case letters, digits and hyphens; made of the method and how sparse it is where it is not said. */
  name?: string;
}

/** The schema of `MethodSpec`. */
export const methodSpecSchema = z.strictObject({
  method: z.enum(methodNames),
  k: count.optional(),
  lambda1: z.number().nonnegative().optional(),
  name: z.string().optional(),
}) satisfies z.ZodType<MethodSpec>;

/** The name of a method's trainings: batch-top-k-32, relu-0-08. */
export const methodTitle = ({ method, k, lambda1, name }: MethodSpec): string =>
  name ?? [method, ...[k ?? lambda1 ?? []].flat()].join("-").replaceAll(".", "-");

/** The run that a variation or a method is of, and the name of its trainings. */
export const runNamed = (of: VariationSpec | MethodSpec): { run: number; name: string } =>
  "method" in of ? { run: 0, name: methodTitle(of) } : { run: of.run, name: of.name };

/** What a specification may say; what it leaves out is the profile's, and follows from what is said where it depends on it. */
const sayable = {
  /** The named specification it starts from. */
  profile: z.enum(profileNames),
  /** With the profile paper: folders of the model and of the Pile's texts. */
  modelDir: z.string(),
  pileDir: z.string(),
  /** Vectors of one's own in place of a model's on texts: a file a layer. */
  activations: ownActivationsSchema,
  /** Which trainings: places inside a result set, not part of its name. */
  layers: places,
  runs: places,
  seeds: places,
  variations: z.array(z.union([variationSpecSchema, methodSpecSchema])),
  steps: count,
  /** Training and test sequences of each source of texts. */
  sequences: z.tuple([count, count]),
  batchSize: count,
  warmupSteps: count,
  /** Steps between metrics, between prunings, and of low importance before a feature is reallocated. */
  interval: count,
  /** Number of features, or the multiple of the activations' width that it is; d_in where neither is said. */
  d_sae: count,
  expansion: z.number().positive(),
  /** Readings that differ from the default, by id (docs/readings.md). */
  readings: z.record(z.string(), z.union([z.string(), z.number()])),
  precision: z.enum(precisions),
  /** With the profile paper: contexts in the activation buffer, and the form in which all are stored before training. */
  buffer: z.int().min(2),
  store: z.enum(storedForms),
  /** What the inputs must be: the activations' width, and the hash of every input by its name. */
  d_in: count,
  inputs: z.record(z.string(), z.string()),
} as const;

/** The schema of what a specification may say; `ExperimentSpec` is its type. */
export const experimentSpecSchema = z.strictObject(sayable).partial();

/**
 * An experiment as one plain object that can be written down, sent, varied and compared: all that its numbers depend on. Flags
 * of the command line, parameters of a notebook and calls of the library each make one.
 */
export type ExperimentSpec = z.input<typeof experimentSpecSchema>;

/** The same with nothing left out that counts: what experiment.json holds, and a result set's name is the hash of. */
export interface CompleteSpec extends ExperimentSpec {
  profile: Profile["name"];
  layers: number[];
  runs: number[];
  seeds: number[];
  steps: number;
  batchSize: number;
  warmupSteps: number;
  interval: number;
  d_in: number;
  d_sae: number;
  readings: Record<string, string>;
  precision: (typeof precisions)[number];
  inputs: Record<string, string>;
}

/** The schema of experiment.json. */
export const completeSchema = experimentSpecSchema.required({
  profile: true,
  layers: true,
  runs: true,
  seeds: true,
  steps: true,
  batchSize: true,
  warmupSteps: true,
  interval: true,
  d_in: true,
  d_sae: true,
  readings: true,
  precision: true,
  inputs: true,
}) as unknown as z.ZodType<CompleteSpec>;

/** Where a specification is from, for messages: what stands before them, and what a choice is called there. */
export interface Origin {
  where: string;
  named?(choice: string): string;
}

/**
 * A specification from outside, checked; `folder`: what paths in it are relative to. Throws for a choice that there is not,
 * numbers out of range, and choices that exclude each other.
 */
export function checkedSpec(
  given: unknown,
  { where, named = (choice) => `${where}: ${choice}` }: Origin,
  folder = process.cwd(),
): ExperimentSpec {
  const failure = where.endsWith(".json") ? "input" : "usage";
  const parsed = experimentSpecSchema.safeParse(withFilesByLayer(given));
  if (!parsed.success) {
    const isUnknown = parsed.error.issues.some(({ code }) => code === "unrecognized_keys");
    const known = isUnknown ? `\nA specification says: ${Object.keys(sayable).join(", ")}` : "";
    throw new SncError(failure, `${where}: ${z.prettifyError(parsed.error)}${known}`);
  }
  const spec = parsed.data;
  const { profile = "default", activations } = spec;
  const refuse = (keys: readonly (keyof ExperimentSpec)[], expected: string, found: string): void => {
    const misplaced = keys.find((key) => spec[key] !== undefined);
    if (misplaced) throw new SncError(failure, `${named(misplaced)}: expected ${expected}, found ${found}`);
  };
  if (profile !== "paper") refuse(ofPaper, "the profile paper", profile);
  if (activations) refuse([...ofPaper, "sequences"], "a model on texts", "activations of one's own");
  if (spec.d_sae !== undefined) refuse(["expansion"], `it or ${named("d_sae")}`, "both");
  const from = (file: string): string => path.resolve(folder, file);
  return {
    ...spec,
    ...(spec.modelDir !== undefined && { modelDir: from(spec.modelDir) }),
    ...(spec.pileDir !== undefined && { pileDir: from(spec.pileDir) }),
    ...(activations && { activations: within(activations, from) }),
  };
}

/** A specification as it may be written: files of activations, in the order of `layers`, or numbered from 0. */
export interface GivenSpec extends Omit<ExperimentSpec, "activations"> {
  activations?: OwnActivations | string | readonly string[];
}

function withFilesByLayer(given: unknown): unknown {
  const { activations, layers } = (given ?? {}) as GivenSpec;
  if (typeof activations !== "string" && !Array.isArray(activations)) return given;
  // A layer that is missing here is told by the schema.
  const files = [activations].flat().map((file, i) => ({ layer: Array.isArray(layers) ? layers[i] : i, file }));
  return { ...(given as GivenSpec), activations: { files } };
}

const within = (own: OwnActivations, from: (file: string) => string): OwnActivations => ({
  ...own,
  files: own.files.map(({ layer, file }) => ({ layer, file: from(file) })),
});

/** Choices that only the profile with local inputs and a buffer has. */
const ofPaper = ["modelDir", "pileDir", "buffer", "store"] as const;
