import type { Argv, CommandModule } from "yargs";
import { runInWords } from "../experiment/training/folders.js";
import { nothingToExport, openChosen, type TrainingArguments, trainingArguments } from "./chosen-training.js";
import { type GlobalOptions, printResult } from "./options.js";

interface SaeLensArguments extends TrainingArguments {
  "without-competition": boolean;
  out: string;
}

export const saeLensCommand: CommandModule<GlobalOptions, SaeLensArguments> = {
  command: "sae-lens",
  describe: "write a trained autoencoder as a folder that SAELens loads, for the model's raw activations",
  builder: (yargs: Argv<GlobalOptions>) =>
    trainingArguments(yargs, "0 to 9; from 7 on see below")
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
    const { layer, seed, "without-competition": withoutCompetition } = options;
    const { experiment, run } = await openChosen(named, nothingToExport);
    const written = await exportSaeLens(experiment, { run, layer, seed, folder, withoutCompetition });
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
