import type { Argv } from "yargs";
import { precisions } from "../backend/precision.js";
import { SncError } from "../base/errors.js";
import type { GivenExperiment } from "../experiment/named.js";
import type { CompleteSpec } from "../experiment/spec.js";
import { type Profile, profiles, type StoredAs, storedForms } from "../profiles.js";
import { parseReadings } from "../readings.js";
import { type GlobalOptions, numberList, reporterFor, wholeNumber } from "./options.js";
import { stopSignal } from "./stop.js";

/** The options that say which experiment is meant; each is a choice of its specification. */
export interface SpecArguments extends GlobalOptions {
  profile?: Profile["name"];
  experiment?: string;
  "model-dir"?: string;
  "pile-dir"?: string;
  steps?: number;
  sequences?: [train: number, test: number];
  "batch-size"?: number;
  "warmup-steps"?: number;
  interval?: number;
  "d-sae"?: number;
  expansion?: number;
  buffer?: number;
  store?: StoredAs;
  precision?: (typeof precisions)[number];
  reading?: string[];
}

/** Files of the user's own activations, and how to read them. */
export interface OwnArguments {
  activations?: string[];
  layers?: number[];
  column?: string;
  "split-column"?: string;
  "document-column"?: string;
  "test-share"?: number;
}

/** The options of every command that makes results. */
export interface ExperimentArguments extends SpecArguments, OwnArguments {
  offline: boolean;
  out?: string;
}

export const specArguments = <T extends GlobalOptions>(yargs: Argv<T>): Argv<T & SpecArguments> =>
  yargs
    .option("profile", {
      choices: Object.keys(profiles),
      describe: "size: smoke is toy scale, default is SmolLM2-135M at three depths, paper is Gemma-2-2B",
    })
    .option("experiment", {
      type: "string",
      requiresArg: true,
      describe:
        "an experiment in place of a profile: a result set's name or folder, or a JSON file with a specification",
    })
    .conflicts("experiment", "profile")
    .option("model-dir", {
      type: "string",
      requiresArg: true,
      describe: "with --profile paper: folder of Gemma-2-2B (config.json, tokenizer.json, model*.safetensors)",
    })
    .option("pile-dir", {
      type: "string",
      requiresArg: true,
      describe: "with --profile paper: folder of the Pile's *.jsonl or *.jsonl.zst files",
    })
    .option("steps", { type: "number", describe: "another number of training steps", coerce: wholeNumber("--steps") })
    .option("sequences", {
      type: "string",
      requiresArg: true,
      describe: "another number of sequences of each source, TRAIN,TEST",
      coerce: parseSequences,
    })
    .option("batch-size", { type: "number", describe: "vectors in a step", coerce: wholeNumber("--batch-size") })
    .option("warmup-steps", {
      type: "number",
      describe: "steps over which the learning rate rises",
      coerce: wholeNumber("--warmup-steps"),
    })
    .option("interval", {
      type: "number",
      describe: "steps between measurements, and between prunings",
      coerce: wholeNumber("--interval"),
    })
    .option("d-sae", {
      type: "number",
      describe: "number of features (default: as many as the activations are wide)",
      coerce: wholeNumber("--d-sae"),
    })
    .option("expansion", { type: "number", describe: "number of features as a multiple of the activations' width" })
    .option("buffer", {
      type: "number",
      describe: "with --profile paper: contexts in the activation buffer (2048)",
      coerce: wholeNumber("--buffer"),
    })
    .option("store", {
      choices: storedForms,
      describe: "with --profile paper: capture all sequences before training and keep them in this form",
    })
    .option("precision", {
      choices: precisions,
      describe:
        "what factors of matrix products, the model's and the autoencoder's, are rounded to; the paper has bfloat16",
    })
    .option("reading", {
      type: "string",
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: "another reading of the paper, id=value, as often as needed (docs/readings.md)",
    }) as unknown as Argv<T & SpecArguments>;

/** The options that name files of the user's own activations. */
export const ownArguments = <T extends GlobalOptions>(yargs: Argv<T>): Argv<T & OwnArguments> =>
  yargs
    .option("activations", {
      type: "string",
      array: true,
      requiresArg: true,
      describe: "train on these vectors: an Arrow, safetensors or .npy file for each layer (docs/own-activations.md)",
    })
    .option("column", {
      type: "string",
      requiresArg: true,
      describe: "with --activations: the Arrow column or the tensor that has the vectors",
    })
    .option("split-column", {
      type: "string",
      requiresArg: true,
      describe: "with --activations: the Arrow column that says train or test (default: split, if there is one)",
    })
    .option("document-column", {
      type: "string",
      requiresArg: true,
      describe: "with --activations: the Arrow column that says the document (default: document, if there is one)",
    })
    .option("test-share", {
      type: "number",
      describe: "with --activations: share of the vectors, or of the documents, that is for testing (0.2)",
    }) as unknown as Argv<T & OwnArguments>;

export const experimentArguments = (yargs: Argv<GlobalOptions>): Argv<ExperimentArguments> =>
  ownArguments(specArguments(yargs))
    .option("offline", {
      type: "boolean",
      default: false,
      describe: "start neither npm nor pip: all inputs are in the cache",
    })
    .option("out", {
      type: "string",
      describe: "folder of the result sets (default: results/)",
      requiresArg: true,
    }) as unknown as Argv<ExperimentArguments>;

/** The same for a command that reads results: without --profile or --experiment it takes the newest result set. */
export const resultArguments = (yargs: Argv<GlobalOptions>): Argv<ExperimentArguments> =>
  experimentArguments(yargs)
    .describe("profile", "the result set of this profile (default: the newest result set)")
    .check((options) => {
      const said = Object.keys(choicesOf(options)).filter((choice) => choice !== "profile");
      if (said.length > 0 && !namesOne(options))
        throw new SncError(
          "usage",
          `${flag(said[0])}: expected --profile or --experiment beside it: without them the newest result set is meant`,
        );
      return true;
    });

const namesOne = ({ profile, experiment, activations }: ExperimentArguments): boolean =>
  (profile ?? experiment ?? activations) !== undefined;

/** "40,10" → 40 training and 10 test sequences of each source. */
function parseSequences(text?: string): [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, train, test] = /^([1-9]\d*),([1-9]\d*)$/.exec(text) ?? [];
  if (train === undefined)
    throw new SncError("usage", `--sequences: expected TRAIN,TEST like 40,10 for each source, found "${text}"`);
  return [Number(train), Number(test)];
}

const flag = (choice: string): string =>
  `--${choice.replace(/[A-Z]/g, (upper) => `-${upper.toLowerCase()}`).replace("_", "-")}`;

/** What a message calls a choice that was made by a flag. */
const byFlags = { where: "options", named: flag };

/** A specification as `openExperiment` takes it. */
type SaidSpec = Exclude<GivenExperiment, string>;

/** The experiment that the options name, as `openExperiment` takes it; nothing that was not said is in it. */
function givenBy(options: SpecArguments & OwnArguments): SaidSpec {
  return {
    ...choicesOf(options),
    ...((options.experiment ?? options.profile) && { profile: options.experiment ?? options.profile }),
  };
}

function choicesOf(options: SpecArguments & OwnArguments): SaidSpec {
  const { steps, sequences, interval, expansion, buffer, store, precision, reading } = options;
  const said = {
    ...{ steps, sequences, interval, expansion, buffer, store, precision },
    modelDir: options["model-dir"],
    pileDir: options["pile-dir"],
    batchSize: options["batch-size"],
    warmupSteps: options["warmup-steps"],
    d_sae: options["d-sae"],
    readings: reading?.length ? parseReadings(reading) : undefined,
    activations: ownOf(options),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function ownOf(options: OwnArguments) {
  const { activations, layers, column, "test-share": testShare } = options;
  const how = { column, splitColumn: options["split-column"], documentColumn: options["document-column"], testShare };
  const said = Object.fromEntries(Object.entries(how).filter(([, value]) => value !== undefined));
  if (activations === undefined) {
    const [stray] = Object.keys(said);
    if (stray) throw new SncError("usage", `${flag(stray)}: expected --activations beside it, found none`);
    return undefined;
  }
  if (layers && layers.length !== activations.length)
    throw new SncError(
      "usage",
      `--layers: expected one for each of ${activations.length} files, found ${layers.length}`,
    );
  return { files: activations.map((file, i) => ({ layer: layers?.[i] ?? i, file })), ...said };
}

/** The specification that the options name, and the sizes it comes to; looks at no input. */
export async function sizesBy(options: SpecArguments & OwnArguments) {
  const { specGiven } = await import("../experiment/named.js");
  const { sizesOf } = await import("../experiment/resolve.js");
  const { spec } = await specGiven(givenBy(options), byFlags);
  return { spec, ...sizesOf(spec) };
}

/**
 * The specification that the options name, and where its results go; of the newest result set where they name none. Creates
 * nothing, loads no tensor library, and looks at inputs only where no result set says what they are.
 */
export async function experimentBy(options: ExperimentArguments): Promise<{ spec: CompleteSpec; folder: string }> {
  applyOut(options);
  const { resolveGiven, specNamed } = await import("../experiment/named.js");
  const name = namesOne(options) ? options.experiment : await newestSet(reporterFor(options));
  const { set } = name !== undefined ? await specNamed(name) : {};
  if (set && Object.keys(choicesOf(options)).length === 0) return set;
  await sizesBy(options); // what is wrong is told by its flag
  const { spec, resultSet } = await resolveGiven(givenBy(options), byFlags);
  return { spec, folder: resultSet.folder };
}

/**
 * Opens the experiment that the options name, or that of the newest result set where `newest` and they name none, with progress
 * on standard error and Ctrl-C heard; `also`: what its specification says beside the options. Says where results/latest stays at another, finished set.
 */
export async function openExperimentOf(
  options: ExperimentArguments,
  { newest = false, quietly = false, also = {} }: { newest?: boolean; quietly?: boolean; also?: SaidSpec } = {},
) {
  applyOut(options);
  const report = reporterFor(options);
  const { openExperiment } = await import("../experiment/experiment.js");
  const { latestSet } = await import("../experiment/results/result-set.js");
  const given = newest && !namesOne(options) ? await newestSet(report) : { ...givenBy(options), ...also };
  if (typeof given !== "string") await sizesBy(options); // what is wrong is told by its flag
  const experiment = await openExperiment(given, { offline: options.offline, report, signal: stopSignal });
  const latest = await latestSet();
  const { name } = experiment.resultSet;
  if (latest && latest.name !== name && !quietly)
    report.line(`results/latest stays at ${latest.name}, which is finished; this result set is --experiment ${name}`);
  return experiment;
}

/** Lets this process and those it starts find the result sets in the folder that `--out` names. */
export function applyOut({ out }: { out?: string }): void {
  if (out !== undefined) process.env.SNC_RESULTS = out;
}

async function newestSet(report: ReturnType<typeof reporterFor>): Promise<string> {
  const { latestResultSet } = await import("../experiment/results/saved.js");
  return (await latestResultSet(report)).folder;
}

/** The option of a command that works on some layers of an experiment; with --activations it numbers the files. */
export const layersOption = {
  type: "string",
  describe: "blocks counted from 0 (default: the experiment's); with --activations, which layer each file is",
  coerce: numberList("--layers"),
} as const;
