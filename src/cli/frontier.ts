import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { titledTables } from "../base/markdown.js";
import type { Experiment } from "../experiment/experiment.js";
import type { Frontier } from "../frontier/document.js";
import { type FrontierMethod, frontierMethodNames, type LevelChoice, levelChoices } from "../frontier/levels.js";
import { answerOf, commonL0Table, equalL0Table, pointsTable } from "../frontier/tables.js";
import { type ExperimentArguments, experimentArguments, openExperimentOf } from "./experiment-options.js";
import {
  type GlobalOptions,
  nameList,
  numberList,
  printResult,
  reporterFor,
  titledText,
  wholeNumber,
} from "./options.js";
import { pageForTables } from "./page-for-tables.js";

interface FrontierArguments extends ExperimentArguments {
  layer?: number[];
  methods?: FrontierMethod[];
  levels: LevelChoice;
  seed?: number[];
  jobs?: number;
  table?: string;
}

export const frontierCommand: CommandModule<GlobalOptions, FrontierArguments> = {
  command: "frontier",
  describe:
    "who reconstructs best at equal sparsity: train methods and runs at six levels of sparsity each, compare them at equal L0",
  builder: (yargs: Argv<GlobalOptions>) =>
    experimentArguments(yargs)
      .option("layer", { type: "string", describe: "block counted from 0 (default: the profile's middle one)" })
      .option("methods", {
        type: "string",
        requiresArg: true,
        describe: `which to train, of ${frontierMethodNames.join(",")} (default: all)`,
      })
      .option("levels", {
        choices: levelChoices,
        default: "all" as const,
        describe: "six levels each, a few (both ends and the paper's own), or none: show what is there",
      })
      .option("seed", { type: "string", alias: "seeds", describe: "seeds (default: the profile's)" })
      .option("jobs", { type: "number", describe: "trainings at a time (default: as many as cores and memory allow)" })
      .option("table", {
        type: "string",
        requiresArg: true,
        describe: "put the tables into this Markdown page, between the marks that it has, and the figure beside it",
      })
      .coerce({
        jobs: wholeNumber("--jobs"),
        layer: numberList("--layer"),
        seed: numberList("--seed"),
        methods: nameList("--methods", frontierMethodNames),
      })
      .example("snc frontier --profile smoke --levels few", "toy scale, to see the figure")
      .example("snc frontier", "SmolLM2-135M, layer 14, three seeds; stopped with Ctrl-C and called again, it goes on")
      .example("snc frontier --methods relu,run-9", "two curves; what was trained before is shown beside them")
      .example(
        "snc frontier --levels none --table docs/frontier.md",
        "no training; the tables of what is there, in a page",
      )
      .epilogue(
        "Writes frontier.json and figures/frontier-layer-N into the result set; snc report shows both. What each method is, " +
          "and how curves are compared: docs/frontier.md",
      ),
  async handler(options) {
    if (options.layer && options.layer.length !== 1)
      throw new SncError("usage", `--layer: expected one layer, found ${options.layer.join(", ")}`);
    const page =
      options.table === undefined
        ? undefined
        : await pageForTables(options.table, "snc frontier --table docs/frontier.md"); // before anything is trained
    const experiment = await openExperimentOf(options);
    const { frontier, figure } = await frontierOf(experiment, options);
    await page?.write(study(frontier, experiment), await readFile(figure, "utf8"));
    printResult(options, { ...frontier, figure }, () => shown(frontier));
    reporterFor(options).line(`figure: ${figure}`);
  },
};

/** Trains what is missing, writes frontier.json and the figure, and returns what is there and where the figure lies. */
async function frontierOf(experiment: Experiment, options: FrontierArguments) {
  const { layer, methods, levels, seed: seeds, jobs } = options;
  const { computeFrontier } = await import("../frontier/compute.js");
  const { drawnFrontier } = await import("../frontier/drawn.js");
  const { saveFigure } = await import("../figures/save.js");
  const { refreshChecksums } = await import("../experiment/results/result-set.js");
  const { folder } = experiment.resultSet;
  const report = reporterFor(options);
  const frontier = await computeFrontier(experiment, { layer: layer?.[0], methods, levels, seeds, jobs, report });
  const { id, figure } = drawnFrontier(frontier);
  const { svg } = await saveFigure(figure, path.join(folder, "figures"), id);
  await refreshChecksums(folder);
  return { frontier, figure: svg };
}

const titles = {
  points: "Every level",
  equal: "Variance explained at equal L0, and the rank there",
  common: "All that is measured, at the L0 that the most curves reach",
};

/** The tables as text. */
const shown = (frontier: Frontier): string =>
  [
    titledText([
      [titles.points, pointsTable(frontier)],
      [titles.equal, equalL0Table(frontier)],
      [titles.common, commonL0Table(frontier)],
    ]),
    answerOf(frontier),
  ].join("\n\n");

/** The tables as Markdown, with what they were computed on. */
function study(frontier: Frontier, { backend, profile }: Experiment): string {
  const { layer, points, d_sae, steps } = frontier;
  const seeds = [...new Set(points.map(({ seed }) => seed))].join(", ");
  return [
    `Profile \`${profile.name}\`, layer ${layer}, ${d_sae} features, ${steps} steps, seeds ${seeds}, ${backend.name} ${backend.version} on ` +
      `${backend.device}. ${answerOf(frontier)}.`,
    titledTables([
      [titles.equal, equalL0Table(frontier)],
      [titles.common, commonL0Table(frontier)],
      [titles.points, pointsTable(frontier)],
    ]),
  ].join("\n\n");
}
