import type { Argv, CommandModule } from "yargs";
import { titledTables } from "../base/markdown.js";
import type { RunStability } from "../evaluate/seeds.js";
import type { EvaluatedTraining } from "../evaluate/stage.js";
import { evaluationTable, stabilityTable, varianceTable } from "../evaluate/tables.js";
import type { Experiment } from "../experiment/experiment.js";
import { type ExperimentArguments, experimentArguments, openExperimentOf } from "./experiment-options.js";
import { type GlobalOptions, numberList, printResult, reporterFor, titledText } from "./options.js";
import { pageForTables } from "./page-for-tables.js";
import { stopSignal } from "./stop.js";
import { type VariationArguments, variationArguments, variationBy } from "./variation-options.js";

interface EvaluateArguments extends ExperimentArguments, VariationArguments {
  run?: number[];
  layer?: number[];
  seed?: number[];
  force: boolean;
  table?: string;
}

export const evaluateCommand: CommandModule<GlobalOptions, EvaluateArguments> = {
  command: "evaluate",
  describe:
    "what features are worth: does the model still predict, how near are neighbours, how well do few features probe",
  builder: (yargs: Argv<GlobalOptions>) =>
    variationArguments(experimentArguments(yargs))
      .option("run", { type: "string", describe: "runs 0 to 9, for example 0-3,9 (default: the profile's)" })
      .option("layer", { type: "string", alias: "layers", describe: "blocks counted from 0, for example 6,14,22" })
      .option("seed", { type: "string", describe: "seeds, for example 42,43,44" })
      .coerce({ run: numberList("--run"), layer: numberList("--layer"), seed: numberList("--seed") })
      .option("force", { type: "boolean", default: false, describe: "evaluate again although nothing has changed" })
      .option("table", {
        type: "string",
        requiresArg: true,
        describe: "put the tables into this Markdown page, between the marks that it has",
      })
      .example("snc evaluate", "every training of the default profile")
      .example("snc evaluate --run 0,9 --layer 14 --seed 42", "two trainings")
      .epilogue(
        "Writes evaluation.arrow beside each training. What is measured, and beside which nulls: docs/evaluation.md",
      ),
  async handler(options) {
    const command = "snc evaluate --table docs/evaluation.md";
    const page = options.table === undefined ? undefined : await pageForTables(options.table, command);
    const variation = await variationBy(options);
    const experiment = await openExperimentOf(options, variation && { also: { variations: [variation] } });
    const { evaluateTrainings } = await import("../evaluate/stage.js");
    const { run, layer: layers, seed: seeds, force } = options;
    const evaluated = await evaluateTrainings(experiment, {
      ...{ layers, seeds, force },
      runs: variation ? [variation] : run,
      report: reporterFor(options),
      signal: stopSignal,
    });
    const { stabilityOfRuns } = await import("../evaluate/seeds.js");
    const stability = await stabilityOfRuns(experiment, evaluated, { report: reporterFor(options) });
    await page?.write(study(evaluated, stability, experiment));
    printResult(options, { trainings: evaluated.map(row), stability }, () => evaluationText(evaluated, stability));
  },
};

/** What the command prints of an evaluation for machines. */
const row = ({ training: { folder, record }, isUntrained, isNew, evaluation }: EvaluatedTraining) => ({
  ...{ folder, run: record.run, layer: record.layer, seed: record.seed, isUntrained, isNew },
  ...evaluation.record,
  ...evaluation.values,
});

/** The tables, and of each layer what the untouched model predicts. */
function tablesOf(evaluated: readonly EvaluatedTraining[], stability: readonly RunStability[]) {
  const losses = new Map(
    evaluated.map(({ training, evaluation }) => [training.record.layer, evaluation.values.ceNone]),
  );
  const untouched = [...losses].flatMap(([layer, ce]) =>
    ce === null ? [] : `Layer ${layer}: the untouched model's perplexity is ${Math.exp(ce).toPrecision(5)}.`,
  );
  const tables: [string, string[][]][] = [
    ["What features are worth; nulls in brackets", evaluationTable(evaluated)],
    ["Variance explained, by each definition in use", varianceTable(evaluated)],
    ...(stability.length > 0
      ? [["Features of one seed found again by another", stabilityTable(stability)] as [string, string[][]]]
      : []),
  ];
  return { tables, untouched };
}

function evaluationText(evaluated: readonly EvaluatedTraining[], stability: readonly RunStability[]): string {
  const { tables, untouched } = tablesOf(evaluated, stability);
  return [titledText(tables), ...untouched].join("\n\n");
}

/** The same as Markdown, with what it was computed on. */
function study(
  evaluated: readonly EvaluatedTraining[],
  stability: readonly RunStability[],
  { profile, backend }: Experiment,
): string {
  const { tables, untouched } = tablesOf(evaluated, stability);
  const on = `Profile \`${profile.name}\`, ${backend.name} ${backend.version} on ${backend.device}. ${untouched.join(" ")}`;
  return [on, titledTables(tables)].join("\n\n");
}
