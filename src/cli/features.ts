import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import type { WrittenPage } from "../dashboard/write.js";
import type { Experiment } from "../experiment/experiment.js";
import type { RunChoice } from "../experiment/run-choice.js";
import { runNamed } from "../experiment/spec.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, placeNumber, printResult } from "./options.js";
import { type VariationArguments, variationArguments, variationBy } from "./variation-options.js";

interface FeaturesArguments extends ExperimentArguments, VariationArguments {
  run?: number;
  layer: number;
  seed: number;
  autoencoder?: string;
  "against-run"?: number;
  tokens: "test" | "all";
}

export const featuresCommand: CommandModule<GlobalOptions, FeaturesArguments> = {
  command: "features",
  describe: "write a page of a training's features: where each fires, on which tokens, and what it does to the next",
  builder: (yargs: Argv<GlobalOptions>) =>
    variationArguments(resultArguments(yargs))
      .option("run", { type: "number", requiresArg: true, describe: "0 to 9" })
      .describe({
        set: "with --run: of its variation with these settings",
        method: "of another method, not of a run",
        variation: "of one of the specification's variations, by its name",
      })
      .option("layer", { type: "number", demandOption: true, requiresArg: true, describe: "block counted from 0" })
      .option("seed", { type: "number", default: 42, requiresArg: true, describe: "the training's seed" })
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
      .coerce({
        run: placeNumber("--run"),
        layer: placeNumber("--layer"),
        seed: placeNumber("--seed"),
        "against-run": placeNumber("--against-run"),
      })
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
    if (options.autoencoder === undefined) await refuseNothing(options);
    const experiment = await openExperimentOf(named, { newest: true });
    const written = await writePage(experiment, options, file);
    printResult(options, written, () =>
      [
        `${written.file}: ${written.title}`,
        `${written.features} features on ${written.tokens} tokens; open it in a browser, it needs nothing else`,
      ].join("\n"),
    );
  },
};

/** Says what is missing before anything is opened. */
async function refuseNothing(options: FeaturesArguments): Promise<void> {
  const { run, variation } = options;
  const made = await variationBy({ ...options, run: run === undefined ? [] : [run] });
  if ((made ?? run ?? variation) === undefined)
    throw new SncError(
      "usage",
      "--run: expected the run whose features are shown, or --method, --variation or --autoencoder, found none",
    );
}

async function writePage(experiment: Experiment, options: FeaturesArguments, file?: string): Promise<WrittenPage> {
  const { writeAutoencoderPage, writeComparisonPage, writeFeaturePage } = await import("../dashboard/write.js");
  const { layer, seed, tokens, autoencoder, "against-run": against } = options;
  if (autoencoder !== undefined) return writeAutoencoderPage(experiment, { autoencoder, layer, tokens, file });
  const request = { run: await chosenRun(experiment, options), layer, seed, tokens, file };
  return against === undefined
    ? writeFeaturePage(experiment, request)
    : writeComparisonPage(experiment, { ...request, against });
}

/** The run, variation or method that the options name; a variation by its name is one of the experiment's. */
async function chosenRun(experiment: Experiment, options: FeaturesArguments): Promise<RunChoice> {
  const { run, variation: name } = options;
  if (name === undefined) return ((await variationBy({ ...options, run: run === undefined ? [] : [run] })) ?? run)!;
  const { variations = [] } = experiment.specification;
  const found = variations.find((of) => runNamed(of).name === name);
  if (found) return found;
  const there = variations.map((of) => runNamed(of).name).join(", ") || "none";
  throw new SncError("usage", `--variation: expected one of the experiment's variations (${there}), found "${name}"`);
}
