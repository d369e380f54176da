import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, placeNumber, printResult } from "./options.js";
import { type VariationArguments, variationArguments, variationBy } from "./variation-options.js";

interface NeuronpediaArguments extends ExperimentArguments, VariationArguments {
  run?: number;
  layer: number;
  seed: number;
  tokens: "test" | "all";
  "model-id"?: string;
  "sae-set": string;
  out: string;
}

export const neuronpediaCommand: CommandModule<GlobalOptions, NeuronpediaArguments> = {
  command: "neuronpedia",
  describe: "write a trained autoencoder's features as the batch-*.json of SAEDashboard, which Neuronpedia imports",
  builder: (yargs: Argv<GlobalOptions>) =>
    variationArguments(resultArguments(yargs))
      .option("run", { type: "number", requiresArg: true, describe: "0 to 9" })
      .describe({ set: "with --run: of its variation with these settings", method: "of another method, not of a run" })
      .option("layer", { type: "number", demandOption: true, requiresArg: true, describe: "block counted from 0" })
      .option("seed", { type: "number", default: 42, requiresArg: true, describe: "the training's seed" })
      .coerce({ run: placeNumber("--run"), layer: placeNumber("--layer"), seed: placeNumber("--seed") })
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
    const { run, layer, seed, tokens, "model-id": modelId, "sae-set": saeSet } = options;
    const choice = (await variationBy({ ...options, run: run === undefined ? [] : [run] })) ?? run;
    if (choice === undefined)
      throw new SncError("usage", "--run: expected the run that is exported, or --method, found neither");
    const experiment = await openExperimentOf(named, { newest: true });
    const written = await exportNeuronpedia(experiment, { run: choice, layer, seed, tokens, folder, modelId, saeSet });
    printResult(options, written, () =>
      [
        `${folder}: ${written.files.length} files, ${written.features} features on ${written.tokens} tokens`,
        `for ${written.modelId}, layer ${written.layer}, set ${written.saeSet}; activations are in the units of h`,
      ].join("\n"),
    );
  },
};
