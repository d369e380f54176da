import type { Argv } from "yargs";
import { precisions } from "../backend/precision.js";
import { SncError } from "../base/errors.js";
import {
  type LocalOptions,
  parseSequences,
  profiles,
  rememberOptions,
  type StoredAs,
  storedForms,
} from "../profiles.js";
import { parseReadings } from "../readings.js";
import { type GlobalOptions, reporterFor, wholeNumber } from "./options.js";
import { stopSignal } from "./stop.js";

/** The options that say how large an experiment is, how it multiplies, and where what cannot be fetched lies. */
export interface SizeArguments extends GlobalOptions {
  profile?: string;
  "model-dir"?: string;
  "pile-dir"?: string;
  steps?: number;
  sequences?: LocalOptions["sequences"];
  buffer?: number;
  store?: StoredAs;
  precision?: string;
}

/** The options of every command that makes results. */
export interface ExperimentArguments extends SizeArguments {
  profile: string;
  reading?: string[];
  offline: boolean;
  out?: string;
}

/** Those of a command that reads results: without a profile it takes the newest result set. */
export type ResultArguments = Omit<ExperimentArguments, "profile"> & { profile?: string };

export const sizeArguments = <T extends GlobalOptions>(yargs: Argv<T>): Argv<T & SizeArguments> =>
  yargs
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
      coerce: (text?: string) => (text === undefined ? undefined : parseSequences(text)),
    })
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
    }) as unknown as Argv<T & SizeArguments>;

/** Makes these options known to this process and those it starts. Throws where one is for another profile. */
export function applyChoices(options: SizeArguments): void {
  const { steps, sequences, buffer, store } = options;
  const ofPaper = {
    "--model-dir": options["model-dir"],
    "--pile-dir": options["pile-dir"],
    "--buffer": buffer,
    "--store": store,
  };
  const [misplaced] = Object.entries(ofPaper).find(([, value]) => value !== undefined) ?? [];
  if (misplaced && options.profile !== "paper")
    throw new SncError("usage", `${misplaced}: expected --profile paper, found --profile ${options.profile}`);
  rememberOptions({ modelDir: options["model-dir"], pileDir: options["pile-dir"], steps, sequences, buffer, store });
  if (options.precision !== undefined) process.env.SNC_PRECISION = options.precision;
}

export const experimentArguments = (yargs: Argv<GlobalOptions>): Argv<ExperimentArguments> =>
  sharedArguments(yargs).option("profile", {
    choices: Object.keys(profiles),
    default: "default",
    describe: "size: smoke takes about two minutes, default is SmolLM2-135M at three depths, paper is Gemma-2-2B",
  }) as unknown as Argv<ExperimentArguments>;

/** What says which experiment is meant; the newest result set says all of it itself. */
const choosing = ["reading", "steps", "sequences", "buffer", "store", "precision"];

export const resultArguments = (yargs: Argv<GlobalOptions>): Argv<ResultArguments> =>
  sharedArguments(yargs)
    .option("profile", {
      choices: Object.keys(profiles),
      describe: "the result set of this profile (default: the newest result set)",
    })
    .implies(Object.fromEntries(choosing.map((option) => [option, "profile"]))) as unknown as Argv<ResultArguments>;

const sharedArguments = (yargs: Argv<GlobalOptions>) =>
  sizeArguments(yargs)
    .option("reading", {
      type: "string",
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: "another reading of the paper, id=value, as often as needed (docs/readings.md)",
    })
    .option("offline", {
      type: "boolean",
      default: false,
      describe: "start neither npm nor pip: all inputs are in the cache",
    })
    .option("out", {
      type: "string",
      describe: "folder of the result sets (default: results/)",
      requiresArg: true,
    });

/**
 * Opens the experiment that the arguments name, or that of the newest result set, with progress on standard error and
 * Ctrl-C heard.
 */
export async function openExperimentOf(options: ResultArguments) {
  if (options.out !== undefined) process.env.SNC_RESULTS = options.out; // notebooks, in processes of their own, see it too
  const named = options.profile === undefined ? await newest(options) : { ...options, profile: options.profile };
  if (options.profile !== undefined) applyChoices(named);
  const { openExperiment } = await import("../experiment/experiment.js");
  return openExperiment({
    profile: named.profile,
    readings: parseReadings(named.reading ?? []),
    offline: named.offline,
    report: reporterFor(named),
    signal: stopSignal,
  });
}

/** The arguments that made the newest result set, which is said, made known as `applyChoices` does. Throws where these inputs would make another set. */
async function newest(options: ResultArguments): Promise<ExperimentArguments> {
  const { experimentIdentity } = await import("../experiment/identity.js");
  const { resultSetOf } = await import("../experiment/results/result-set.js");
  const { latestResultSet } = await import("../experiment/results/saved.js");
  const { name, identity } = await latestResultSet(reporterFor(options));
  const { trainSequences, testSequences, steps, bufferContexts, store, name: profile } = identity.profile;
  const reading = Object.entries(identity.readings).map(([id, value]) => `${id}=${value}`);
  const { precision } = identity;
  const sequences = [trainSequences, testSequences] as const;
  const named = { ...options, profile, reading, steps, sequences, buffer: bufferContexts, store, precision };
  applyChoices(named);
  const now = resultSetOf((await experimentIdentity(profile, parseReadings(reading))).resultSet);
  if (now.name === name) return named;
  throw new SncError(
    "input",
    `${name}, the newest result set: expected inputs and options that make ${now.name} now. Run: snc reproduce --profile ${profile}`,
  );
}
