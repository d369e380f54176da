import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { runInWords } from "../experiment/training/folders.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, placeNumber, printResult } from "./options.js";
import { type VariationArguments, variationArguments, variationBy } from "./variation-options.js";

interface SaeLensArguments extends ExperimentArguments, VariationArguments {
  run?: number;
  layer: number;
  seed: number;
  "without-competition": boolean;
  out: string;
}

export const saeLensCommand: CommandModule<GlobalOptions, SaeLensArguments> = {
  command: "sae-lens",
  describe: "write a trained autoencoder as a folder that SAELens loads, for the model's raw activations",
  builder: (yargs: Argv<GlobalOptions>) =>
    variationArguments(resultArguments(yargs))
      .option("run", { type: "number", requiresArg: true, describe: "0 to 9; from 7 on see below" })
      .describe({ set: "with --run: of its variation with these settings", method: "of another method, not of a run" })
      .option("layer", { type: "number", demandOption: true, requiresArg: true, describe: "block counted from 0" })
      .option("seed", { type: "number", default: 42, requiresArg: true, describe: "the training's seed" })
      .coerce({ run: placeNumber("--run"), layer: placeNumber("--layer"), seed: placeNumber("--seed") })
      .option("without-competition", {
        type: "boolean",
        default: false,
        describe: "of Runs 7 to 9 write encoder and decoder alone: SAELens cannot compute the competition between them",
      })
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "folder to write" })
      .example("snc export sae-lens --run 6 --layer 14 --out sae", "then in Python: SAE.load_from_disk('sae')")
      .example(
        "snc export sae-lens --method batch-top-k --k 32 --layer 14 --out sae",
        "as jumprelu, with its threshold",
      ) as never,
  async handler(options) {
    const { exportSaeLens } = await import("../interop/sae-lens-export.js");
    const { out: folder, ...named } = options;
    const { run, layer, seed, "without-competition": withoutCompetition } = options;
    const choice = (await variationBy({ ...options, run: run === undefined ? [] : [run] })) ?? run;
    if (choice === undefined)
      throw new SncError("usage", "--run: expected the run that is exported, or --method, found neither");
    const experiment = await openExperimentOf(named, { newest: true });
    const written = await exportSaeLens(experiment, { run: choice, layer, seed, folder, withoutCompetition });
    printResult(options, written, () =>
      [
        `${folder}: ${runInWords(written.run)}, layer ${layer}, seed ${seed}, ${written.d_in} → ${written.d_sae}, ${written.architecture}`,
        `feature activations are ours divided by ${written.scale.toPrecision(6)}: the input's scale is in the weights`,
        ...(written.disabledFeatures.length > 0
          ? [`${written.disabledFeatures.length} features that were switched off never fire`]
          : []),
        ...(written.competitionLeftOut ? ["without the competition: not the features this run was trained with"] : []),
      ].join("\n"),
    );
  },
};
