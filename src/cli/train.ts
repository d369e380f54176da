import type { Argv, CommandModule } from "yargs";
import type { Training } from "../training.js";
import { type ExperimentArguments, experimentArguments, openExperimentOf } from "./experiment-options.js";
import { type GlobalOptions, numberList, printResult, table, wholeNumber } from "./options.js";

interface TrainArguments extends ExperimentArguments {
  run?: number[];
  layer?: number[];
  seed?: number[];
  force: boolean;
  jobs?: number;
}

export const trainCommand: CommandModule<GlobalOptions, TrainArguments> = {
  command: "train",
  describe: "train sparse autoencoders on the activations; finished trainings are loaded, broken-off ones go on",
  builder: (yargs: Argv<GlobalOptions>) =>
    experimentArguments(yargs)
      .option("run", { type: "string", describe: "runs 0 to 9, for example 0-3,9 (default: the profile's)" })
      .option("layer", { type: "string", describe: "blocks counted from 0, for example 6,14,22" })
      .option("seed", { type: "string", describe: "seeds, for example 42,43,44" })
      .option("jobs", { type: "number", describe: "trainings at a time (default: as many as cores and memory allow)" })
      .coerce({
        jobs: wholeNumber("--jobs"),
        run: numberList("--run"),
        layer: numberList("--layer"),
        seed: numberList("--seed"),
      })
      .option("force", { type: "boolean", default: false, describe: "train again although nothing has changed" })
      .example("snc train --profile smoke", "Runs 0 to 9 on layer 6 in a minute")
      .example("snc train --run 0-9 --layer 14 --seed 42", "every run of the paper at the middle layer"),
  async handler(options) {
    const experiment = await openExperimentOf(options);
    const trainings = await experiment.trainAll({
      runs: options.run,
      layers: options.layer,
      seeds: options.seed,
      force: options.force,
      jobs: options.jobs,
    });
    printResult(options, trainings.map(trainingRow), () => trainingTable(trainings));
  },
};

/** What a command prints of a training for machines. */
export const trainingRow = ({ folder, record, isNew }: Training) => ({ folder, isNew, ...record });

/** The last metrics of trainings, for people. */
export const trainingTable = (trainings: Training[]): string =>
  table([
    ["run", "layer", "seed", "", "loss", "FVE", "L0", "mean |cos|", "utilization"],
    ...trainings.map(({ record: { run, layer, seed, seconds, final }, isNew }) => [
      `${run.number} ${run.name}`,
      String(layer),
      String(seed),
      isNew ? `${seconds.toFixed(1)} s` : "unchanged",
      ...[
        final.loss,
        final.fractionVarianceExplained,
        final.l0,
        final.meanActivationCosine,
        final.utilizationImportance,
      ].map((value) => value?.toPrecision(4) ?? "–"),
    ]),
  ]);
