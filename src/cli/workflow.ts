import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { shellWord } from "../base/command.js";
import { SncError } from "../base/errors.js";
import { cacheFolder, packageFolder, writeFileAtomic, writeJson } from "../base/files.js";
import type { WorkflowPlace } from "../interop/snakefile.js";
import { type ReadingId, readingChoices } from "../readings.js";
import { type ExperimentArguments, experimentArguments, layersOption, sizesBy } from "./experiment-options.js";
import { commandGroup, type GlobalOptions, numberList, printResult, wholeNumber } from "./options.js";

interface SnakemakeArguments extends ExperimentArguments {
  layers?: number[];
  runs?: number[];
  seeds?: number;
  alternatives?: ReadingId[];
  multiverse: boolean;
  count?: number;
  out: string;
}

const snakemakeCommand: CommandModule<GlobalOptions, SnakemakeArguments> = {
  command: "snakemake",
  describe: "write a Snakefile: each training a job, here or on a cluster; the results are those of snc reproduce",
  builder: (yargs: Argv<GlobalOptions>) =>
    experimentArguments(yargs)
      .option("layers", layersOption)
      .option("runs", { type: "string", describe: "runs 0 to 9 (default: the profile's)" })
      .option("seeds", { type: "number", describe: "how many seeds, from 42 on (default: the profile's)" })
      .coerce({ runs: numberList("--runs"), seeds: wholeNumber("--seeds") })
      .option("alternatives", {
        choices: Object.keys(readingChoices) as ReadingId[],
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "a result set for every other choice of this reading too, as often as needed",
      })
      .option("multiverse", {
        type: "boolean",
        default: false,
        describe: "the universes of snc multiverse in place of runs: those that share vectors and start are one job",
      })
      .option("count", { type: "number", describe: "with --multiverse: universes (default: 200, at smoke 12)" })
      .coerce({ count: wholeNumber("--count") })
      .option("out", { type: "string", default: "Snakefile", requiresArg: true, describe: "file to write" })
      .example("snc workflow snakemake && snakemake -j2", "the default profile, two trainings at a time")
      .example("snc workflow snakemake --alternatives inhibition", "also under every other reading of R11")
      .example("snc workflow snakemake --multiverse", "200 universes of readings, on many machines") as never,
  async handler(options) {
    if (options.multiverse) return writeUniverses(options);
    const { planWorkflow } = await import("../interop/workflow-plan.js");
    const { experimentFileOf, snakefile } = await import("../interop/snakefile.js");
    const { run } = await import("../runs.js");
    const { runs, layers, seeds, alternatives = [], out } = options;
    const { spec } = await sizesBy(options);
    const plan = await planWorkflow({ spec, runs, layers, seeds, alternatives });
    for (const number of plan.runs) run(number); // a wrong number is said before a job meets it
    const place = await placeOf(options);
    const text = snakefile(plan, place);
    for (const set of plan.sets) await writeJson(experimentFileOf(place.results, set.name), set.spec);
    await writeFileAtomic(out, text);
    const perPlace = plan.sets.reduce((sum, { variations }) => sum + plan.runs.length + variations.length, 0);
    const trainings = perPlace * plan.layers.length * plan.seeds.length;
    const sets = plan.sets.map(({ name, readings }) => ({ name, readings }));
    printResult(options, { file: path.resolve(out), trainings, sets }, () =>
      [
        `${out}: ${trainings} ${trainings === 1 ? "training" : "trainings"} in ${sets.length} result ${sets.length === 1 ? "set" : "sets"}`,
        ...sets.map(({ name, readings }) => `  ${name} ${readings.join(", ")}`.trimEnd()),
        runText(out),
      ].join("\n"),
    );
  },
};

const runText = (out: string): string => `Run: snakemake -s ${/^[\w./-]+$/.test(out) ? out : shellWord(out)} -j2`;

/** How and where jobs run. Throws where another file than a Snakefile of ours lies, or the results' folder cannot be named in one. */
async function placeOf({ out, offline }: SnakemakeArguments): Promise<WorkflowPlace> {
  const { snakefileMark } = await import("../interop/snakefile.js");
  const { resultsFolder } = await import("../experiment/results/result-set.js");
  const { sourceHash } = await import("../base/source-hash.js");
  await refuseOther(out, snakefileMark);
  const results = resultsFolder();
  if (/[{}]/.test(results))
    throw new SncError(
      "environment",
      `${results}: expected a folder without braces, which snakemake takes for wildcards. Name another: SNC_RESULTS`,
    );
  const { version } = require(path.join(packageFolder, "package.json"));
  const ofUser = Object.entries(process.env).filter(([name]) => name.startsWith("SNC_") && name !== "SNC_RESULTS");
  return {
    command: [process.execPath, path.join(packageFolder, "dist", "cli", "main.js")],
    results,
    environment: { ...(Object.fromEntries(ofUser) as Record<string, string>), SNC_CACHE: cacheFolder() },
    offline,
    code: `${version} ${sourceHash("cli/main")}`,
  };
}

/** The jobs of a multiverse, which has readings, runs, layer and seeds of its own. */
async function writeUniverses(options: SnakemakeArguments): Promise<void> {
  const given = ["experiment", "runs", "layers", "seeds", "alternatives", "reading", "activations"] as const;
  const other = given.find((name) => options[name] !== undefined);
  if (other) throw new SncError("usage", `--multiverse: expected no --${other}: its plan says which there are`);
  const { profile = "default", out } = options;
  if (profile !== "smoke" && profile !== "default")
    throw new SncError("usage", `--multiverse: expected --profile smoke or default, found ${profile}`);
  const { planMultiverse, togetherIn } = await import("../multiverse/compute.js");
  const { captureReadingsOf } = await import("../interop/workflow-plan.js");
  const { experimentReadings } = await import("../multiverse/runs.js");
  const { universesSnakefile } = await import("../interop/universes-snakefile.js");
  const place = await placeOf(options);
  const { multiverse, folder } = await planMultiverse({ experiment: profile, count: options.count });
  const { count, seed, layer, universes } = multiverse;
  const together = togetherIn(multiverse).map((of) => ({
    ids: of.map(({ id }) => id),
    captureReadings: captureReadingsOf(experimentReadings(of[0])),
  }));
  const plan = { profile, count, seed, layer, set: path.basename(folder), together } as const;
  await writeFileAtomic(out, universesSnakefile(plan, place));
  const written = { file: path.resolve(out), universes: universes.length, jobs: together.length };
  printResult(
    options,
    written,
    () => `${out}: ${universes.length} universes in ${together.length} jobs\n${runText(out)}`,
  );
}

/** Throws where another file than one with this mark lies, which is the user's own; a folder or device is told when written. */
async function refuseOther(file: string, mark: string): Promise<void> {
  if (!(await stat(file).catch(() => undefined))?.isFile()) return;
  if ((await readFile(file, "utf8")).startsWith(mark)) return;
  throw new SncError("usage", `${file}: expected no file, or one written here, found another. Name a file by --out`);
}

export const workflowCommand = commandGroup(
  "workflow",
  "write the plan of trainings for an engine that runs it on many machines",
  "Which engine?",
  [snakemakeCommand],
);
