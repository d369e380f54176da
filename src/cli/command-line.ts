import path from "node:path";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { exitCodes, SncError } from "../base/errors.js";
import { packageFolder } from "../base/files.js";
import { systemFault } from "../base/system-errors.js";
import { listenForLostOutput, listenForStop } from "./stop.js";

/** Every command by its name, in the order of the main job; each is loaded where it is asked for, all to list them. */
const commands = {
  reproduce: async () => (await import("./reproduce.js")).reproduceCommand,
  inputs: async () => (await import("./inputs.js")).inputsCommand,
  activations: async () => (await import("./activations.js")).activationsCommand,
  train: async () => (await import("./train.js")).trainCommand,
  evaluate: async () => (await import("./evaluate.js")).evaluateCommand,
  frontier: async () => (await import("./frontier.js")).frontierCommand,
  "known-features": async () => (await import("./known-features.js")).knownFeaturesCommand,
  multiverse: async () => (await import("./multiverse.js")).multiverseCommand,
  run: async () => (await import("./run.js")).runCommand,
  status: async () => (await import("./status.js")).statusCommand,
  diff: async () => (await import("./diff.js")).diffCommand,
  features: async () => (await import("./features.js")).featuresCommand,
  figures: async () => (await import("./figures.js")).figuresCommand,
  claims: async () => (await import("./claims.js")).claimsCommand,
  report: async () => (await import("./report.js")).reportCommand,
  site: async () => (await import("./site.js")).siteCommand,
  export: async () => (await import("./export.js")).exportCommand,
  import: async () => (await import("./import.js")).importCommand,
  workflow: async () => (await import("./workflow.js")).workflowCommand,
  kernel: async () => (await import("./kernel.js")).kernelCommand,
  lab: async () => (await import("./lab.js")).labCommand,
  setup: async () => (await import("./setup.js")).setupCommand,
  doctor: async () => (await import("./doctor.js")).doctorCommand,
};

/** The command that the first argument names, or all of them. */
function askedCommands(): Promise<unknown[]> {
  const [asked] = hideBin(process.argv);
  const loaders: [string, () => Promise<unknown>][] = Object.entries(commands);
  const named = loaders.filter(([name]) => name === asked);
  return Promise.all((named.length > 0 ? named : loaders).map(([, load]) => load()));
}

/** Runs the command that the arguments name; any failure is told on standard error and gives the exit code. */
export async function runCommandLine(): Promise<void> {
  // What fails outside the command's own promise would else end with code 1, which says that a claim is not as expected.
  process.on("uncaughtException", (error) => {
    tell(error);
    process.exit();
  });
  listenForStop();
  listenForLostOutput(tell);
  await parseAndRun().catch((error: unknown) => {
    if (error !== lastTold) tell(error);
  });
}

let lastTold: unknown;

async function parseAndRun(): Promise<void> {
  const parser = yargs(hideBin(process.argv))
    .scriptName("snc")
    .usage(
      "$0 <command>\n\nReproduces “Selective Neural Competition”: sparse autoencoders on a language model's activations.",
    )
    .option("format", {
      choices: ["text", "json", "ndjson"] as const,
      default: "text",
      describe: "form of the result on standard output",
    })
    .option("color", { type: "boolean", describe: "colour the output (default: on terminals)" })
    .option("quiet", { type: "boolean", default: false, describe: "no progress on standard error" })
    .option("verbose", { type: "boolean", default: false, describe: "show the stack of an error" })
    .demandCommand(1, "Which command? See: snc --help")
    .parserConfiguration({ "populate--": true }) // what follows `--` is for the program that a command starts
    .strict()
    .recommendCommands()
    .version(require(path.join(packageFolder, "package.json")).version)
    .epilogue(
      "The whole experiment: snc reproduce. What is set up: snc doctor; what is not: snc setup. Manual: README.md",
    )
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof SncError ? error : new SncError("usage", `${error?.message ?? message}\nSee: snc --help`);
    });
  for (const command of await askedCommands()) parser.command(command as never);
  await parser.parseAsync();
}

/** Tells a failure on standard error and sets its exit code; of one that the user can act on, the stack only with `--verbose`. */
function tell(error: unknown): void {
  lastTold = error;
  const known = systemFault(error);
  process.exitCode = known?.exitCode ?? exitCodes.internal;
  if (known?.failure === "brokenPipe") return; // whoever closed it knows
  const verbose = process.argv.includes("--verbose");
  if (known) process.stderr.write(`${verbose ? describeStack(known) : known.message}\n`);
  else process.stderr.write(`internal error, please report it: ${(error as Error)?.stack ?? error}\n`);
}

const describeStack = ({ stack, cause }: SncError): string =>
  cause instanceof Error ? `${stack}\ncaused by ${cause.stack}` : String(stack);
