import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { resolveGiven } from "../experiment/named.js";
import { refreshChecksums } from "../experiment/results/result-set.js";
import { profiles } from "../profiles.js";
import { parseReadings } from "../readings.js";
import { applyOut } from "./experiment-options.js";
import { type GlobalOptions, printResult, setOf } from "./options.js";

interface ReportArguments extends GlobalOptions {
  set?: string;
  profile?: string;
  reading?: string[];
  out?: string;
}

export const reportCommand: CommandModule<GlobalOptions, ReportArguments> = {
  command: "report [set]",
  describe: "write report.html into a result set: verdicts, figures, methods and environment on one page",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("set", {
        type: "string",
        describe: "its name in results/, or a folder (default: the newest)",
      })
      .option("profile", { choices: Object.keys(profiles), describe: "the result set of this profile" })
      .option("reading", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        implies: "profile",
        describe: "of this profile under another reading of the paper, id=value, as often as needed",
      })
      .option("out", { type: "string", describe: "folder of the result sets (default: results/)", requiresArg: true })
      .conflicts("set", "profile")
      .example("snc report", "the newest result set")
      .example("snc report --profile smoke", "that of the smoke profile")
      .example("snc report ../other/results/latest", "one of another checkout")
      .epilogue("The page needs no network and no other file. It shows what snc claims and snc figures have written."),
  async handler(options) {
    applyOut(options);
    const { writeReport } = await import("../report/html.js");
    const file = await writeReport(await chosenSet(options));
    await refreshChecksums(path.dirname(file));
    printResult(options, { report: file }, () => file);
  },
};

async function chosenSet({ set, profile, reading, quiet }: ReportArguments): Promise<string> {
  if (profile === undefined) return (await setOf({ set, quiet })).folder;
  return (await resolveGiven({ profile, readings: parseReadings(reading ?? []) })).resultSet.folder;
}
