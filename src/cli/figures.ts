import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { throwIfStopped } from "../base/errors.js";
import type { Reporter } from "../base/progress.js";
import type { Registry } from "../claims/claim.js";
import type { Measurement } from "../claims/measure.js";
import type { Experiment } from "../experiment/experiment.js";
import { refreshChecksums } from "../experiment/results/result-set.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, printResult, reporterFor, sayUnequal, table } from "./options.js";
import { stopSignal } from "./stop.js";

export const figuresCommand: CommandModule<GlobalOptions, ExperimentArguments> = {
  command: "figures",
  describe: "draw every figure of the result set as SVG, PNG, a page of its own, and plotly's JSON",
  builder: (yargs: Argv<GlobalOptions>) =>
    resultArguments(yargs)
      .example("snc figures", "the figures of the newest result set, into its figures/")
      .example("snc figures --profile smoke --format json", "their files as JSON"),
  async handler(options) {
    const experiment = await openExperimentOf(options, { newest: true });
    const { measurementOf } = await import("../claims/result-set.js");
    const { readRegistry } = await import("../claims/list.js");
    const measurement = await measurementOf(experiment);
    sayUnequal(options, measurement.tables, experiment.profile);
    const saved = await drawFigures(experiment, await readRegistry(), measurement, reporterFor(options));
    await refreshChecksums(experiment.resultSet.folder);
    printResult(options, saved, () => table([["figure", "file"], ...saved.map(({ id, svg }) => [id, svg])]));
  },
};

/** Draws every figure of what was measured as the result set's figures/; returns where each lies. */
export async function drawFigures(
  { profile, resultSet }: Experiment,
  { claims }: Registry,
  measurement: Measurement,
  report: Reporter,
) {
  const { saveFigures } = await import("../figures/save.js");
  const { figuresOf } = await import("../report/figures.js");
  const figures = figuresOf({ ...measurement, modelName: profile.modelName, claims });
  const bar = report.bar("figures", figures.length);
  const saved = await saveFigures(figures, path.join(resultSet.folder, "figures"), () => {
    bar.advance();
    throwIfStopped(stopSignal);
  });
  bar.finish();
  return saved;
}
