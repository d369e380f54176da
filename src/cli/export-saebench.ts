import type { Argv, CommandModule } from "yargs";
import { nothingToExport, openChosen, type TrainingArguments, trainingArguments } from "./chosen-training.js";
import { type GlobalOptions, printResult } from "./options.js";

interface SaeBenchArguments extends TrainingArguments {
  out: string;
}

export const saeBenchCommand: CommandModule<GlobalOptions, SaeBenchArguments> = {
  command: "saebench",
  describe: "write a trained autoencoder's evaluation as the JSON of SAEBench's core evaluation",
  builder: (yargs: Argv<GlobalOptions>) =>
    trainingArguments(yargs)
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "JSON file to write" })
      .example("snc export saebench --run 9 --layer 14 --out core.json", "after snc evaluate") as never,
  async handler(options) {
    const { exportSaeBench } = await import("../interop/saebench-export.js");
    const { out: file, ...named } = options;
    const { layer, seed } = options;
    const { experiment, run } = await openChosen(named, nothingToExport);
    const { eval_result_metrics: metrics } = await exportSaeBench(experiment, { run, layer, seed, file });
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
