import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { throwIfStopped } from "../errors.js";
import { packageFolder } from "../files.js";
import { type ExperimentArguments, experimentArguments, openExperimentOf } from "./experiment-options.js";
import { executeNotebooks } from "./notebooks.js";
import { atLeastOne, type GlobalOptions, numberList, printResult, reporterFor } from "./options.js";
import { stopSignal } from "./stop.js";
import { trainingRow, trainingTable } from "./train.js";

interface ReproduceArguments extends ExperimentArguments {
  layers?: number[];
  runs?: number[];
  seeds?: number;
}

export const reproduceCommand: CommandModule<GlobalOptions, ReproduceArguments> = {
  command: "reproduce",
  describe: "the whole experiment: inputs, activations, training, notebooks; what is unchanged is skipped",
  builder: (yargs: Argv<GlobalOptions>) =>
    experimentArguments(yargs)
      .option("layers", { type: "string", describe: "blocks counted from 0 (default: the profile's)" })
      .option("runs", { type: "string", describe: "runs 0 to 9 (default: the profile's)" })
      .option("seeds", { type: "number", describe: "how many seeds, from 42 on (default: the profile's)" })
      .coerce({ layers: numberList("--layers"), runs: numberList("--runs"), seeds: atLeastOne("--seeds") })
      .example("snc reproduce --profile smoke", "everything in two minutes, at toy scale")
      .example("snc reproduce", "SmolLM2-135M at three depths, three seeds")
      .example("snc reproduce --reading importance=meanAbs", "the same under another reading of the paper"),
  async handler(options) {
    const report = reporterFor(options);
    const experiment = await openExperimentOf(options);
    const { resultSet, backend, profile } = experiment;
    report.line(`backend: ${backend.name} ${backend.version} on ${backend.device}; results: ${resultSet.folder}`);
    for (const passedOver of backend.passedOver) report.line(`backend passed over: ${passedOver}`);
    const { layers = profile.layers, runs, seeds } = options;
    const trainings = await experiment.trainAll({
      layers,
      runs,
      seeds: seeds === undefined ? undefined : Array.from({ length: seeds }, (_, i) => profile.seeds[0] + i),
    });
    const notebooks = path.join(packageFolder, "notebooks");
    const { outcomes, code } = await executeNotebooks({
      ...options,
      files: (await readdir(notebooks))
        .filter((file) => file.endsWith(".ipynb"))
        .sort()
        .map((file) => path.join(notebooks, file)),
      out: path.join(resultSet.folder, "notebooks"),
      logs: path.join(resultSet.folder, "logs"),
      parameters: {
        profile: profile.name,
        layer: layers[Math.floor(layers.length / 2)],
        seed: profile.seeds[0],
        readings: { ...experiment.changedReadings },
      },
      keepGoing: true,
    });
    throwIfStopped(stopSignal);
    const { writeChecksums } = await import("../results.js");
    await writeChecksums(resultSet.folder);
    const result = { resultSet, trainings: trainings.map(trainingRow), notebooks: outcomes };
    printResult(options, result, () => trainingTable(trainings));
    report.line(`results: ${resultSet.folder}`);
    process.exitCode = code;
  },
};
