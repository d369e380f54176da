import type { Argv, CommandModule } from "yargs";
import type { WrittenPage } from "../dashboard/write.js";
import { openChosen, type TrainingArguments, trainingArguments } from "./chosen-training.js";
import { openExperimentOf } from "./experiment-options.js";
import { type GlobalOptions, placeNumber, printResult } from "./options.js";

interface FeaturesArguments extends TrainingArguments {
  autoencoder?: string;
  "against-run"?: number;
  tokens: "test" | "all";
}

export const featuresCommand: CommandModule<GlobalOptions, FeaturesArguments> = {
  command: "features",
  describe: "write a page of a training's features: where each fires, on which tokens, and what it does to the next",
  builder: (yargs: Argv<GlobalOptions>) =>
    trainingArguments(yargs)
      .option("autoencoder", {
        type: "string",
        requiresArg: true,
        conflicts: ["run", "method", "variation", "set", "against-run"],
        describe: "of an autoencoder in this file or folder, as snc import or saveAutoencoder wrote it",
      })
      .option("against-run", {
        type: "number",
        requiresArg: true,
        describe: "two trainings side by side: what became of this run's features",
      })
      .coerce({ "against-run": placeNumber("--against-run") })
      .option("tokens", {
        choices: ["test", "all"],
        default: "test",
        describe: "look at features on the test tokens, or on those of training as well",
      })
      .option("out", {
        type: "string",
        requiresArg: true,
        describe: "file to write (default: features/… in the result set)",
      })
      .example("snc features --run 9 --layer 14", "of the newest result set")
      .example(
        "snc features --run 9 --against-run 0 --layer 14",
        "which features of Run 0 survived, and which were split",
      )
      .example(
        "snc features --autoencoder imported --layer 14 --profile default",
        "after snc import sae-lens",
      ) as never,
  async handler(options) {
    const { out: file, ...named } = options;
    const written = await writtenPage(named, file);
    printResult(options, written, () =>
      [
        `${written.file}: ${written.title}`,
        `${written.features} features on ${written.tokens} tokens; open it in a browser, it needs nothing else`,
      ].join("\n"),
    );
  },
};

async function writtenPage(options: FeaturesArguments, file?: string): Promise<WrittenPage> {
  const { writeAutoencoderPage, writeComparisonPage, writeFeaturePage } = await import("../dashboard/write.js");
  const { layer, seed, tokens, autoencoder, "against-run": against } = options;
  if (autoencoder !== undefined) {
    const experiment = await openExperimentOf(options, { newest: true });
    return writeAutoencoderPage(experiment, { autoencoder, layer, tokens, file });
  }
  const missing =
    "--run: expected the run whose features are shown, or --method, --variation or --autoencoder, found none";
  const { experiment, run } = await openChosen(options, missing);
  const request = { run, layer, seed, tokens, file };
  return against === undefined
    ? writeFeaturePage(experiment, request)
    : writeComparisonPage(experiment, { ...request, against });
}
