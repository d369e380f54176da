/** `snc run`, `kernel` and `lab` as a program of their own, so that tests can send it signals. */
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { kernelCommand } from "../../src/cli/kernel.js";
import { labCommand } from "../../src/cli/lab.js";
import { runCommand } from "../../src/cli/run.js";
import { listenForStop } from "../../src/cli/stop.js";
import { exitCodes, SncError } from "../../src/errors.js";

listenForStop();
const parser = yargs(hideBin(process.argv))
  .option("format", { choices: ["text", "json", "ndjson"] as const, default: "text" })
  .option("quiet", { type: "boolean", default: false })
  .strict()
  .exitProcess(false)
  .fail((message, error) => {
    throw error instanceof SncError ? error : new SncError("usage", error?.message ?? message);
  });
for (const command of [runCommand, kernelCommand, labCommand]) parser.command(command as never);
(async () => parser.parseAsync())().catch((error: Error) => {
  process.stderr.write(`${error instanceof SncError ? error.message : error.stack}\n`);
  process.exitCode = error instanceof SncError ? error.exitCode : exitCodes.internal;
});
