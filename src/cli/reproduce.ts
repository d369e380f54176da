import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { exitCodes, throwIfStopped } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import type { Reporter } from "../base/progress.js";
import type { CheckedClaim } from "../claims/check.js";
import type { Experiment } from "../experiment/experiment.js";
import type { NotebookEntry } from "../notebook/plan/manifest.js";
import type { PlanOutcome } from "../notebook/plan/outcome.js";
import type { Parameters } from "../notebook/run/parameters.js";
import { middleLayer } from "../profiles.js";
import { writeVerdicts } from "./claims.js";
import { type CostArguments, costArguments, dryRun, needsOf, refuseShortages } from "./cost.js";
import { differenceFromExpected } from "./expected.js";
import {
  type ExperimentArguments,
  experimentArguments,
  layersOption,
  openExperimentOf,
  sizesBy,
} from "./experiment-options.js";
import { writeCrate } from "./export-ro-crate.js";
import { drawFigures } from "./figures.js";
import { notebookContext } from "./notebook-context.js";
import { executeNotebooks, packageNotebooks, planOf, withWhatTheyNeed } from "./notebooks.js";
import { type GlobalOptions, jobsOption, numberList, printResult, reporterFor, table, wholeNumber } from "./options.js";
import { stopSignal } from "./stop.js";
import { trainingRow, trainingTable } from "./train.js";

interface ReproduceArguments extends ExperimentArguments, CostArguments {
  layers?: number[];
  runs?: number[];
  seeds?: number;
  jobs?: number;
}

export const reproduceCommand: CommandModule<GlobalOptions, ReproduceArguments> = {
  command: "reproduce",
  describe:
    "the whole experiment: inputs, activations, training, notebooks, figures, claims, report; what is unchanged is skipped",
  builder: (yargs: Argv<GlobalOptions>) =>
    costArguments(experimentArguments(yargs))
      .option("layers", layersOption)
      .option("runs", { type: "string", describe: "runs 0 to 9 (default: the profile's)" })
      .option("seeds", { type: "number", describe: "how many seeds, from 42 on (default: the profile's)" })
      .coerce({ runs: numberList("--runs"), seeds: wholeNumber("--seeds") })
      .option("jobs", { ...jobsOption, default: undefined, defaultDescription: "one a core" })
      .example("snc reproduce --profile smoke", "everything at toy scale")
      .example("snc reproduce", "SmolLM2-135M at three depths, three seeds")
      .example("snc reproduce --profile paper --dry-run", "what the paper's own scale costs on this machine")
      .example("snc reproduce --reading importance=meanAbs", "the same under another reading of the paper"),
  async handler(options) {
    const chosen = { layers: options.layers, runs: options.runs, seeds: await seedsOf(options) };
    if (options["dry-run"]) return dryRun(options, chosen);
    const report = reporterFor(options);
    const all = await packageNotebooks(); // a wrong manifest is said before anything is computed
    const experiment = await openExperimentOf(options, { quietly: true });
    await takeLatest(experiment, report);
    if (experiment.profile.inputs === "local") refuseShortages(await needsOf(options, chosen), options);
    const { resultSet, backend, profile } = experiment;
    report.line(`backend: ${backend.name} ${backend.version} on ${backend.device}; results: ${resultSet.folder}`);
    for (const passedOver of backend.passedOver) report.line(`backend passed over: ${passedOver}`);
    const { layers = profile.layers, runs = profile.runs, seeds = profile.seeds } = chosen;
    const { variations = [] } = experiment.specification;
    const trainings = await experiment.trainAll({ layers, runs: [...runs, ...variations], seeds });
    const { computeUntrained, measurementOf } = await import("../claims/result-set.js");
    await computeUntrained(experiment, { layers, runs, seeds });
    // Those that a notebook compares with, and evaluations: trained by it, they would be new to every notebook executed before it.
    const compared = runs.filter((run, i) => run === 0 || i === runs.length - 1);
    await experiment.trainAll({ layers, runs: compared, seeds, untrained: true });
    if (profile.bufferContexts === undefined) await lookAtFeatures(experiment, { layers, runs, seeds }, report);
    const { refreshFrontier } = await import("../frontier/compute.js");
    const isPart = [options.layers, options.runs, options.seeds].some((asked) => asked !== undefined);
    await refreshFrontier(experiment, { levels: (!isPart && profile.frontier) || "none", report });
    const { readMultiverse } = await import("../multiverse/document.js");
    await readMultiverse(resultSet.folder, { report, remove: true });
    const given: Parameters = {
      profile: await nameOf(experiment),
      levels: "none", // of the frontier: a notebook shows what is there
      universes: "none", // of the multiverse, likewise
      layer: middleLayer(layers),
      seed: profile.seeds[0],
      readings: { ...experiment.changedReadings },
      layers,
      runs,
      seeds,
    };
    const { workersFor } = await import("../experiment/training/pool.js");
    const context = notebookContext(async () => resultSet);
    const { files, excluded } = await withWhatTheyNeed(all, context);
    const request = {
      ...options,
      jobs: options.jobs ?? workersFor(files.length),
      files,
      excluded,
      folder: resultSet.folder,
      out: path.join(resultSet.folder, "notebooks"),
      logs: path.join(resultSet.folder, "logs"),
      parametersOf: (entry?: NotebookEntry) => pick(given, entry?.parameters ?? []),
      context,
      keepGoing: true,
      junit: path.join(resultSet.folder, "junit.xml"),
    };
    const { outcomes, code } = await executeNotebooks(await planOf(request), request);
    throwIfStopped(stopSignal);
    const { readRegistry } = await import("../claims/list.js");
    const { discoveryText, verdictCounts, verdictTable } = await import("../claims/report.js");
    const [registry, measurement] = [await readRegistry(), await measurementOf(experiment)];
    await drawFigures(experiment, registry, measurement, report);
    const checked = await writeVerdicts(resultSet.folder, registry, measurement);
    const { writeReport } = await import("../report/html.js");
    const page = await writeReport(resultSet.folder);
    await reportClaims(resultSet.folder, request.junit, outcomes, checked);
    await writeCrate(resultSet.folder);
    const { writeChecksums } = await import("../experiment/results/result-set.js");
    await writeChecksums(resultSet.folder);
    const result = { resultSet, trainings: trainings.map(trainingRow), notebooks: outcomes };
    printResult(options, result, () => `${trainingTable(trainings)}\n\n${table(verdictTable(checked))}`);
    report.line(verdictCounts(checked));
    report.line(discoveryText(checked));
    report.line(`results: ${resultSet.folder}`);
    report.line(`report: ${page}`);
    process.exitCode = code;
    const difference = await differenceFromExpected(experiment, { checked, tables: measurement.tables }, report);
    if (difference && code === exitCodes.ok) throw difference;
    if (difference) report.line(difference.message); // the exit code stays that of what failed before
  },
};

/**
 * Measures what features are worth, and writes the pages of the first and the last run on the middle layer; these only where it is
 * known which texts vectors belong to.
 */
async function lookAtFeatures(
  experiment: Experiment,
  { layers, runs, seeds }: { layers: readonly number[]; runs: readonly number[]; seeds: readonly number[] },
  report: Reporter,
): Promise<void> {
  const { evaluateTrainings } = await import("../evaluate/stage.js");
  const { stabilityOfRuns } = await import("../evaluate/seeds.js");
  const { variations = [] } = experiment.specification;
  const all = [...runs, ...variations];
  const evaluated = await evaluateTrainings(experiment, { layers, runs: all, seeds, report, signal: stopSignal });
  await stabilityOfRuns(experiment, evaluated, { report });
  if (experiment.profile.inputs === "own") return;
  const { writeFeaturePages } = await import("../dashboard/pages.js");
  const ends = runs.filter((_, i) => i === 0 || i === runs.length - 1);
  await writeFeaturePages(experiment, { runs: ends, layer: middleLayer(layers), seed: seeds[0] });
}

/** Adds the claims to what CI reads: junit.xml, and the summary of the job. */
async function reportClaims(
  folder: string,
  junit: string,
  outcomes: readonly PlanOutcome[],
  checked: readonly CheckedClaim[],
): Promise<void> {
  const { readResultSet } = await import("../experiment/results/saved.js");
  const { expectationOf } = await import("../report/expectation.js");
  const { junitReport } = await import("../report/junit.js");
  const { reportClaimsToGitHub } = await import("../report/github.js");
  const claims = { checked, expectation: await expectationOf(await readResultSet(folder), checked) };
  await writeFileAtomic(junit, junitReport(outcomes, claims));
  await reportClaimsToGitHub(claims);
}

/** So many seeds, from the first of the experiment's on. */
async function seedsOf(options: ReproduceArguments): Promise<number[] | undefined> {
  if (options.seeds === undefined) return undefined;
  const { profile } = await sizesBy(options);
  return Array.from({ length: options.seeds }, (_, i) => profile.seeds[0] + i);
}

/** Lets results/latest point to what is reproduced, and says so where it leaves a finished set. */
async function takeLatest({ resultSet }: Experiment, report: Reporter): Promise<void> {
  const { latestSet, pointLatest, resultsFolder } = await import("../experiment/results/result-set.js");
  const before = await latestSet();
  if (before?.name === resultSet.name || path.dirname(resultSet.folder) !== resultsFolder()) return;
  await pointLatest(resultSet);
  if (before?.isFinished) report.line(`results/latest: ${resultSet.name} in place of ${before.name}`);
}

/** How notebooks name an experiment: by its profile where that says all of it, else by its result set. */
async function nameOf({ specification, resultSet }: Experiment): Promise<string> {
  const { essentialSpec } = await import("../experiment/resolve.js");
  const { nameElsewhere } = await import("../experiment/results/result-set.js");
  const {
    profile,
    readings: _,
    layers: _l,
    runs: _r,
    seeds: _s,
    variations: _v,
    ...beyond
  } = essentialSpec(specification);
  if (Object.keys(beyond).length === 0) return String(profile);
  return nameElsewhere(resultSet);
}

/** The values of these names alone; a notebook takes only the parameters it declares. */
const pick = (values: Parameters, names: readonly string[]): Parameters =>
  Object.fromEntries(names.filter((name) => name in values).map((name) => [name, values[name]]));
