import type { Argv } from "yargs";
import { precisions } from "../backend/precision.js";
import { profiles } from "../profiles.js";
import { parseReadings } from "../readings.js";
import { type GlobalOptions, reporterFor } from "./options.js";
import { stopSignal } from "./stop.js";

/** The options of every command that works on an experiment. */
export interface ExperimentArguments extends GlobalOptions {
  profile: string;
  reading?: string[];
  offline: boolean;
  precision?: string;
  out?: string;
}

export const experimentArguments = (yargs: Argv<GlobalOptions>): Argv<ExperimentArguments> =>
  yargs
    .option("profile", {
      choices: Object.keys(profiles),
      default: "default",
      describe: "size: smoke takes about two minutes, default is SmolLM2-135M at three depths, paper is Gemma-2-2B",
    })
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
    .option("precision", {
      choices: precisions,
      describe: "what factors of the autoencoder's matrix products are rounded to; the paper trains in bfloat16",
    })
    .option("out", { type: "string", describe: "folder of the result sets (default: results/)", requiresArg: true });

/** Opens the experiment that the arguments name, with progress on standard error and Ctrl-C heard. */
export async function openExperimentOf(options: ExperimentArguments) {
  if (options.out !== undefined) process.env.SNC_RESULTS = options.out; // notebooks, in processes of their own, see it too
  if (options.precision !== undefined) process.env.SNC_PRECISION = options.precision; // as above, and trainings too
  const { openExperiment } = await import("../experiment.js");
  return openExperiment({
    profile: options.profile,
    readings: parseReadings(options.reading ?? []),
    offline: options.offline,
    report: reporterFor(options),
    signal: stopSignal,
  });
}
