import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { throwIfStopped } from "../errors.js";
import type { Experiment } from "../experiment.js";
import type { Reporter } from "../progress.js";
import { type ExperimentArguments, experimentArguments, openExperimentOf } from "./experiment-options.js";
import { type GlobalOptions, printResult, reporterFor, table } from "./options.js";
import { stopSignal } from "./stop.js";

export const figuresCommand: CommandModule<GlobalOptions, ExperimentArguments> = {
  command: "figures",
  describe: "draw every figure of the result set as SVG, PNG, a page of its own, and plotly's JSON",
  builder: (yargs: Argv<GlobalOptions>) =>
    experimentArguments(yargs)
      .example("snc figures", "the figures of the default profile, into its result set's figures/")
      .example("snc figures --profile smoke --format json", "their files as JSON"),
  async handler(options) {
    const saved = await drawFigures(await openExperimentOf(options), reporterFor(options));
    printResult(options, saved, () => table([["figure", "file"], ...saved.map(({ id, svg }) => [id, svg])]));
  },
};

/** Draws every figure of an experiment's result set into its figures/; returns where each lies. */
export async function drawFigures(experiment: Experiment, report: Reporter) {
  const { measurementOf } = await import("../claims/result-set.js");
  const { readRegistry } = await import("../claims/list.js");
  const { saveFigure } = await import("../figures/save.js");
  const { figuresOf } = await import("../report/figures.js");
  const { claims } = await readRegistry();
  const { modelName } = experiment.profile;
  const figures = figuresOf({ ...(await measurementOf(experiment)), modelName, claims });
  const folder = path.join(experiment.resultSet.folder, "figures");
  const bar = report.bar("figures", figures.length);
  const saved: { id: string; svg: string; png: string; html: string; json: string }[] = [];
  for (const { id, figure } of figures) {
    throwIfStopped(stopSignal);
    saved.push({ id, ...(await saveFigure(figure, folder, id)) });
    bar.advance();
  }
  bar.finish();
  return saved;
}
