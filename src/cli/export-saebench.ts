import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, placeNumber, printResult } from "./options.js";
import { type VariationArguments, variationArguments, variationBy } from "./variation-options.js";

interface SaeBenchArguments extends ExperimentArguments, VariationArguments {
  run?: number;
  layer: number;
  seed: number;
  out: string;
}

export const saeBenchCommand: CommandModule<GlobalOptions, SaeBenchArguments> = {
  command: "saebench",
  describe: "write a trained autoencoder's evaluation as the JSON of SAEBench's core evaluation",
  builder: (yargs: Argv<GlobalOptions>) =>
    variationArguments(resultArguments(yargs))
      .option("run", { type: "number", requiresArg: true, describe: "0 to 9" })
      .describe({ set: "with --run: of its variation with these settings", method: "of another method, not of a run" })
      .option("layer", { type: "number", demandOption: true, requiresArg: true, describe: "block counted from 0" })
      .option("seed", { type: "number", default: 42, requiresArg: true, describe: "the training's seed" })
      .coerce({ run: placeNumber("--run"), layer: placeNumber("--layer"), seed: placeNumber("--seed") })
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "JSON file to write" })
      .example("snc export saebench --run 9 --layer 14 --out core.json", "after snc evaluate") as never,
  async handler(options) {
    const { exportSaeBench } = await import("../interop/saebench-export.js");
    const { out: file, ...named } = options;
    const { run, layer, seed } = options;
    const choice = (await variationBy({ ...options, run: run === undefined ? [] : [run] })) ?? run;
    if (choice === undefined)
      throw new SncError("usage", "--run: expected the run that is exported, or --method, found neither");
    const experiment = await openExperimentOf(named, { newest: true });
    const { eval_result_metrics: metrics } = await exportSaeBench(experiment, { run: choice, layer, seed, file });
    printResult(options, { file, metrics }, () =>
      [
        `${file}: ${Object.keys(metrics).length} categories of metrics`,
        `CE score ${metrics.model_performance_preservation.ce_loss_score.toPrecision(4)}, ` +
          `variance explained ${metrics.reconstruction_quality.explained_variance.toPrecision(4)}, ` +
          `L0 ${metrics.sparsity.l0.toPrecision(4)}`,
      ].join("\n"),
    );
  },
};
