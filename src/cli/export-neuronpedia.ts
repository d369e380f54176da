import type { Argv, CommandModule } from "yargs";
import { nothingToExport, openChosen, type TrainingArguments, trainingArguments } from "./chosen-training.js";
import { type GlobalOptions, printResult } from "./options.js";

interface NeuronpediaArguments extends TrainingArguments {
  tokens: "test" | "all";
  "model-id"?: string;
  "sae-set": string;
  out: string;
}

export const neuronpediaCommand: CommandModule<GlobalOptions, NeuronpediaArguments> = {
  command: "neuronpedia",
  describe: "write a trained autoencoder's features as the batch-*.json of SAEDashboard, which Neuronpedia imports",
  builder: (yargs: Argv<GlobalOptions>) =>
    trainingArguments(yargs)
      .option("tokens", {
        choices: ["test", "all"],
        default: "test",
        describe: "on which sequences features are looked at",
      })
      .option("model-id", {
        type: "string",
        requiresArg: true,
        describe: "Neuronpedia's id of the model (default: its name)",
      })
      .option("sae-set", {
        type: "string",
        default: "snc-res",
        requiresArg: true,
        describe: "name of the set of autoencoders",
      })
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "folder to write" })
      .example("snc export neuronpedia --run 9 --layer 14 --out dashboards", "of the newest result set") as never,
  async handler(options) {
    const { exportNeuronpedia } = await import("../interop/neuronpedia-export.js");
    const { out: folder, ...named } = options;
    const { layer, seed, tokens, "model-id": modelId, "sae-set": saeSet } = options;
    const { experiment, run } = await openChosen(named, nothingToExport);
    const written = await exportNeuronpedia(experiment, { run, layer, seed, tokens, folder, modelId, saeSet });
    printResult(options, written, () =>
      [
        `${folder}: ${written.files.length} files, ${written.features} features on ${written.tokens} tokens`,
        `for ${written.modelId}, layer ${written.layer}, set ${written.saeSet}; activations are in the units of h`,
      ].join("\n"),
    );
  },
};
