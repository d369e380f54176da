#!/usr/bin/env node
import path from "node:path";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { exitCodes, SncError } from "../base/errors.js";
import { packageFolder } from "../base/files.js";
import { activationsCommand } from "./activations.js";
import { claimsCommand } from "./claims.js";
import { diffCommand } from "./diff.js";
import { doctorCommand } from "./doctor.js";
import { exportCommand } from "./export.js";
import { figuresCommand } from "./figures.js";
import { importCommand } from "./import.js";
import { inputsCommand } from "./inputs.js";
import { kernelCommand } from "./kernel.js";
import { labCommand } from "./lab.js";
import { reportCommand } from "./report.js";
import { reproduceCommand } from "./reproduce.js";
import { runCommand } from "./run.js";
import { statusCommand } from "./status.js";
import { listenForStop } from "./stop.js";
import { trainCommand } from "./train.js";
import { workflowCommand } from "./workflow.js";

/** Every command, in the order of the main job. */
const commands = [
  reproduceCommand,
  inputsCommand,
  activationsCommand,
  trainCommand,
  runCommand,
  statusCommand,
  diffCommand,
  figuresCommand,
  claimsCommand,
  reportCommand,
  exportCommand,
  importCommand,
  workflowCommand,
  kernelCommand,
  labCommand,
  doctorCommand,
];

async function main(): Promise<void> {
  listenForStop();
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
    .epilogue("The whole experiment: snc reproduce. What is set up: snc doctor. Manual: README.md")
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof SncError ? error : new SncError("usage", `${error?.message ?? message}\nSee: snc --help`);
    });
  for (const command of commands) parser.command(command as never);
  await parser.parseAsync();
}

main().catch((error: unknown) => {
  const verbose = process.argv.includes("--verbose");
  if (error instanceof SncError) process.stderr.write(`${verbose ? error.stack : error.message}\n`);
  else process.stderr.write(`internal error, please report it: ${(error as Error)?.stack ?? error}\n`);
  process.exitCode = error instanceof SncError ? error.exitCode : exitCodes.internal;
});
