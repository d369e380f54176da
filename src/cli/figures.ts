import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { throwIfStopped } from "../base/errors.js";
import type { Reporter } from "../base/progress.js";
import type { Registry } from "../claims/claim.js";
import type { Measurement } from "../claims/measure.js";
import type { Experiment } from "../experiment/experiment.js";
import { refreshChecksums } from "../experiment/results/result-set.js";
import { openExperimentOf, type ResultArguments, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, printResult, reporterFor, table } from "./options.js";
import { stopSignal } from "./stop.js";

export const figuresCommand: CommandModule<GlobalOptions, ResultArguments> = {
  command: "figures",
  describe: "draw every figure of the result set as SVG, PNG, a page of its own, and plotly's JSON",
  builder: (yargs: Argv<GlobalOptions>) =>
    resultArguments(yargs)
      .example("snc figures", "the figures of the newest result set, into its figures/")
      .example("snc figures --profile smoke --format json", "their files as JSON"),
  async handler(options) {
    const experiment = await openExperimentOf(options);
    const { measurementOf } = await import("../claims/result-set.js");
    const { readRegistry } = await import("../claims/list.js");
    const saved = await drawFigures(
      experiment,
      await readRegistry(),
      await measurementOf(experiment),
      reporterFor(options),
    );
    await refreshChecksums(experiment.resultSet.folder);
    printResult(options, saved, () => table([["figure", "file"], ...saved.map(({ id, svg }) => [id, svg])]));
  },
};

/** Draws every figure of what was measured into the result set's figures/; returns where each lies. */
export async function drawFigures(
  { profile: { modelName }, resultSet }: Experiment,
  { claims }: Registry,
  measurement: Measurement,
  report: Reporter,
) {
  const { saveFigure } = await import("../figures/save.js");
  const { figuresOf } = await import("../report/figures.js");
  const figures = figuresOf({ ...measurement, modelName, claims });
  const folder = path.join(resultSet.folder, "figures");
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
