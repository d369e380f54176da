import type { Argv } from "yargs";
import { SncError } from "../base/errors.js";
import type { Experiment } from "../experiment/experiment.js";
import type { MethodSpec, VariationSpec } from "../experiment/spec.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, placeNumber } from "./options.js";
import { type VariationArguments, variationArguments, variationBy, variationNamed } from "./variation-options.js";

/** The options that name one training of a result set. */
export interface TrainingArguments extends ExperimentArguments, VariationArguments {
  run?: number;
  layer: number;
  seed: number;
}

/** `runs`: what is said of `--run`. */
export const trainingArguments = (yargs: Argv<GlobalOptions>, runs = "0 to 9"): Argv<TrainingArguments> =>
  variationArguments(resultArguments(yargs))
    .option("run", { type: "number", requiresArg: true, describe: runs })
    .describe({
      set: "with --run: of its variation with these settings",
      method: "of another method, not of a run",
      variation: "of one of the specification's variations, by its name",
    })
    .option("layer", { type: "number", demandOption: true, requiresArg: true, describe: "block counted from 0" })
    .option("seed", { type: "number", default: 42, requiresArg: true, describe: "the training's seed" })
    .coerce({
      run: placeNumber("--run"),
      layer: placeNumber("--layer"),
      seed: placeNumber("--seed"),
    }) as unknown as Argv<TrainingArguments>;

/** What an export says where nothing names the training. */
export const nothingToExport = "--run: expected the run that is exported, or --method or --variation, found none";

/**
 * The experiment of these options, by default that of the newest result set, and the run, variation or method that they name. Throws
 * `missing` as a usage error, before anything is opened, where they name none.
 */
export async function openChosen(
  { run, variation, ...options }: TrainingArguments,
  missing: string,
): Promise<{ experiment: Experiment; run: number | VariationSpec | MethodSpec }> {
  const described = await variationBy({ ...options, run: run === undefined ? [] : [run] });
  const choice = described ?? run;
  if (choice === undefined && variation === undefined) throw new SncError("usage", missing);
  const experiment = await openExperimentOf(options, { newest: true });
  return { experiment, run: choice ?? variationNamed(variation!, experiment.specification) };
}
