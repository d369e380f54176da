import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError, throwIfStopped } from "../base/errors.js";
import type { Reporter } from "../base/progress.js";
import type { Registry } from "../claims/claim.js";
import type { Measurement } from "../claims/measure.js";
import type { Experiment } from "../experiment/experiment.js";
import { isOf, runFolder } from "../experiment/training/folders.js";
import { type ExperimentArguments, openExperimentOf, resultArguments } from "./experiment-options.js";
import { type GlobalOptions, printResult, reporterFor, sayUnequal, table } from "./options.js";
import { stopSignal } from "./stop.js";

interface FiguresArguments extends ExperimentArguments {
  variations?: string;
}

export const figuresCommand: CommandModule<GlobalOptions, FiguresArguments> = {
  command: "figures",
  describe: "draw every figure of the result set as SVG, PNG, a page of its own, and plotly's JSON",
  builder: (yargs: Argv<GlobalOptions>) =>
    resultArguments(yargs)
      .option("variations", {
        type: "string",
        describe: "draw variations beside the runs, all or those named (A,B), into figures-variations/",
      })
      .example("snc figures", "the figures of the newest result set, into its figures/")
      .example("snc figures --profile smoke --format json", "their files as JSON")
      .example("snc figures --variations gamma-1", "the runs, and beside Run 7 the variation gamma-1 of it"),
  async handler(options) {
    const experiment = await openExperimentOf(options, { newest: true });
    const { measurementOf } = await import("../claims/result-set.js");
    const { readRegistry } = await import("../claims/list.js");
    const measurement = await measurementOf(experiment);
    sayUnequal(options, measurement.tables, experiment.profile);
    const registry = await readRegistry();
    const report = reporterFor(options);
    const saved =
      options.variations === undefined
        ? await drawFigures(experiment, registry, measurement, report)
        : await drawFigures(
            experiment,
            registry,
            await withVariations(measurement, experiment, options.variations),
            report,
            "figures-variations",
          );
    const { refreshChecksums } = await import("../experiment/results/result-set.js");
    await refreshChecksums(experiment.resultSet.folder);
    printResult(options, saved, () => table([["figure", "file"], ...saved.map(({ id, svg }) => [id, svg])]));
  },
};

/** What was measured of the runs and of variations, all of them or those of these names. Throws where one is not there. */
async function withVariations(measurement: Measurement, { resultSet, profile }: Experiment, named: string) {
  const { readResultTables } = await import("../experiment/results/tables.js");
  const variations = await readResultTables(resultSet.folder, { kind: "variations" });
  const there = [...new Set(variations.map(({ record }) => runFolder(record.run)))].join(", ") || "none";
  const names = named.split(",").filter((name) => name !== "");
  const absent = names.find((name) => !variations.some(({ record }) => isOf(record.run, name)));
  if (absent !== undefined) throw new SncError("usage", `--variations: expected some of ${there}, found "${absent}"`);
  if (variations.length === 0)
    throw new SncError(
      "input",
      `${resultSet.folder}: expected variations, found none. Run: snc train --profile ${profile.name} --run 7 --set inhibit.gamma=1`,
    );
  const chosen = variations.filter(({ record }) => names.length === 0 || names.some((name) => isOf(record.run, name)));
  return { ...measurement, tables: [...measurement.tables, ...chosen] };
}

/** Draws every figure of what was measured as a folder of the result set, figures/; returns where each lies. */
export async function drawFigures(
  { profile, resultSet }: Experiment,
  { claims }: Registry,
  measurement: Measurement,
  report: Reporter,
  folder = "figures",
) {
  const { saveFigures } = await import("../figures/save.js");
  const { figuresOf } = await import("../report/figures.js");
  const { drawnFrontier } = await import("../frontier/drawn.js");
  const { readFrontier } = await import("../frontier/document.js");
  const { drawnCurves } = await import("../multiverse/drawn.js");
  const { readMultiverse } = await import("../multiverse/document.js");
  const isMain = folder === "figures";
  const frontier = isMain ? await readFrontier(resultSet.folder) : undefined;
  const multiverse = isMain ? await readMultiverse(resultSet.folder) : undefined;
  const figures = [
    ...figuresOf({ ...measurement, modelName: profile.modelName, claims }),
    ...(frontier ? [drawnFrontier(frontier)] : []),
    ...(multiverse ? drawnCurves(multiverse, claims) : []),
  ];
  const bar = report.bar("figures", figures.length);
  const saved = await saveFigures(figures, path.join(resultSet.folder, folder), () => {
    bar.advance();
    throwIfStopped(stopSignal);
  });
  bar.finish();
  return saved;
}
