import path from "node:path";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { exitCodes, SncError } from "../base/errors.js";
import { packageFolder } from "../base/files.js";
import { systemFault } from "../base/system-errors.js";
import { activationsCommand } from "./activations.js";
import { claimsCommand } from "./claims.js";
import { diffCommand } from "./diff.js";
import { doctorCommand } from "./doctor.js";
import { evaluateCommand } from "./evaluate.js";
import { exportCommand } from "./export.js";
import { featuresCommand } from "./features.js";
import { figuresCommand } from "./figures.js";
import { frontierCommand } from "./frontier.js";
import { importCommand } from "./import.js";
import { inputsCommand } from "./inputs.js";
import { kernelCommand } from "./kernel.js";
import { knownFeaturesCommand } from "./known-features.js";
import { labCommand } from "./lab.js";
import { multiverseCommand } from "./multiverse.js";
import { reportCommand } from "./report.js";
import { reproduceCommand } from "./reproduce.js";
import { runCommand } from "./run.js";
import { setupCommand } from "./setup.js";
import { siteCommand } from "./site.js";
import { statusCommand } from "./status.js";
import { listenForLostOutput, listenForStop } from "./stop.js";
import { trainCommand } from "./train.js";
import { workflowCommand } from "./workflow.js";

/** Every command, in the order of the main job. */
const commands = [
  reproduceCommand,
  inputsCommand,
  activationsCommand,
  trainCommand,
  evaluateCommand,
  frontierCommand,
  knownFeaturesCommand,
  multiverseCommand,
  runCommand,
  statusCommand,
  diffCommand,
  featuresCommand,
  figuresCommand,
  claimsCommand,
  reportCommand,
  siteCommand,
  exportCommand,
  importCommand,
  workflowCommand,
  kernelCommand,
  labCommand,
  setupCommand,
  doctorCommand,
];

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
  for (const command of commands) parser.command(command as never);
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
