import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { exitCodes, SncError } from "../base/errors.js";
import type { GivenParameters, Parameters } from "../notebook/run/parameters.js";
import { notebookContext, resultSetFor } from "./notebook-context.js";
import { previewPlan, previewTable } from "./notebook-preview.js";
import { executeNotebooks, planOf } from "./notebooks.js";
import { type GlobalOptions, jobsOption, printResult } from "./options.js";

interface RunArguments extends GlobalOptions {
  files: string[];
  exclude?: string[];
  "record-timing": boolean;
  out: string;
  param?: string[];
  experiment?: string;
  "params-file"?: string;
  "cell-timeout": number;
  "notebook-timeout": number;
  "startup-timeout": number;
  "settle-timeout": number;
  strict: boolean;
  "total-timeout": number;
  "keep-going": boolean;
  jobs: number;
  force: boolean;
  "dry-run": boolean;
  junit?: string;
}

const positive =
  (name: string) =>
  (value: number): number => {
    if (Number.isFinite(value) && value > 0) return value;
    throw new SncError("usage", `--${name}: expected seconds above 0`);
  };

/** `snc run FILE…`: executes what has changed of some notebooks, each in a kernel of its own. */
export const runCommand: CommandModule<GlobalOptions, RunArguments> = {
  command: "run <files..>",
  describe: "Execute notebooks and write executed copies; what is unchanged is skipped",
  builder: (yargs: Argv<GlobalOptions>): Argv<RunArguments> =>
    yargs
      .positional("files", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "Notebooks, folders of notebooks, or patterns",
      })
      .option("exclude", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "Leave out notebooks of this name or pattern, as often as needed; they are reported as skipped",
      })
      .option("record-timing", {
        type: "boolean",
        default: false,
        describe: "Record in the copies when each cell ran; equal runs then give other files",
      })
      .option("out", {
        type: "string",
        default: "results/notebooks",
        describe: "Folder for the executed copies and logs",
      })
      .option("param", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "Set a parameter: name=value",
      })
      .option("experiment", {
        type: "string",
        requiresArg: true,
        describe: "Set the parameter profile to this result set (its name or folder) or file with a specification",
      })
      .option("params-file", { type: "string", requiresArg: true, describe: "JSON file with parameters" })
      .option("cell-timeout", {
        type: "number",
        default: 600,
        describe: "Seconds a cell may run",
        coerce: positive("cell-timeout"),
      })
      .option("notebook-timeout", {
        type: "number",
        default: 3600,
        describe: "Seconds a notebook may run",
        coerce: positive("notebook-timeout"),
      })
      .option("startup-timeout", {
        type: "number",
        default: 60,
        describe: "Seconds a kernel may take to start",
        coerce: positive("startup-timeout"),
      })
      .option("settle-timeout", {
        type: "number",
        default: 60,
        describe: "Seconds that what cells left behind may take to end after the last cell",
        coerce: positive("settle-timeout"),
      })
      .option("strict", {
        type: "boolean",
        default: false,
        describe: "Fail a notebook that leaves something pending, instead of warning",
      })
      .option("total-timeout", {
        type: "number",
        default: 14_400,
        describe: "Seconds all notebooks together may run; each gets at most what is left",
        coerce: positive("total-timeout"),
      })
      .option("keep-going", {
        type: "boolean",
        default: false,
        describe: "Execute the other notebooks after a failure",
      })
      .option("jobs", jobsOption)
      .option("force", { type: "boolean", default: false, describe: "Execute also what has not changed" })
      .option("dry-run", {
        type: "boolean",
        default: false,
        describe: "Say what would be executed, why, and how long it took before",
      })
      .option("junit", { type: "string", requiresArg: true, describe: "File for a JUnit report" })
      .example("snc run notebooks/*.ipynb --jobs 2 --keep-going", "all notebooks, two side by side")
      .example(
        "snc run . --exclude 'draft-*.ipynb' --junit junit.xml",
        "every notebook in this folder and below, but drafts",
      )
      .example("snc run notebooks/*.ipynb --dry-run", "what would be executed, and why"),
  async handler(options) {
    const { plainParameters } = await import("../notebook/run/parameters.js");
    const parameters = await readParameters(options);
    const request = {
      ...options,
      folder: options.out,
      logs: path.join(options.out, "logs"),
      parametersOf: () => parameters,
      context: notebookContext(() => resultSetFor(plainParameters(parameters))),
    };
    const { notebookFiles } = await import("./notebook-files.js");
    const { files, excluded } = await notebookFiles(options.files, options.exclude ?? []);
    const plan = await planOf({ ...request, files });
    if (options.dryRun) {
      const previews = await previewPlan(plan, request.context, options.force);
      printResult(options, previews, () => previewTable(previews));
      return;
    }
    const left = excluded.map((notebook) => ({ notebook, reason: "--exclude" }));
    const { outcomes, code } = await executeNotebooks(plan, { ...request, files, excluded: left });
    if (options.format === "json") process.stdout.write(`${JSON.stringify({ notebooks: outcomes }, null, 2)}\n`);
    if (code !== exitCodes.ok) process.exitCode = code; // else that of lost output stays
  },
};

async function readParameters({
  param = [],
  paramsFile,
  experiment,
}: ArgumentsCamelCase<RunArguments>): Promise<GivenParameters> {
  if (param.length === 0 && paramsFile === undefined && experiment === undefined) return {};
  const { parseParameter } = await import("../notebook/run/parameters.js");
  const fromFile = paramsFile === undefined ? {} : await readParametersFile(paramsFile);
  const named: Parameters = experiment === undefined ? {} : { profile: await nameInKernels(experiment) };
  return { ...fromFile, ...named, ...Object.fromEntries(param.map(parseParameter)) };
}

async function readParametersFile(file: string): Promise<Parameters> {
  const { parseExactly } = await import("../notebook/run/declared.js");
  const text = await readFile(file, "utf8").catch((error: Error) => {
    throw new SncError("input", `${file}: expected parameters in JSON: ${error.message}`, { cause: error });
  });
  const found = parseExactly(text, `in ${file}`);
  if (typeof found === "object" && found !== null && !Array.isArray(found)) return found;
  throw new SncError("input", `${file}: expected a JSON object of parameters, as in {"seed": 43}`);
}

/** How a kernel, whose folder is another, finds the experiment that a text names here. */
async function nameInKernels(text: string): Promise<string> {
  const { specNamed } = await import("../experiment/named.js");
  const { nameElsewhere } = await import("../experiment/results/result-set.js");
  const { spec, set } = await specNamed(text);
  if (set) return nameElsewhere(set);
  return spec.profile === text ? text : path.resolve(text);
}
