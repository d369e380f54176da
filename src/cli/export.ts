import type { Argv, CommandModule } from "yargs";
import { croissantCommand } from "./export-croissant.js";
import { roCrateCommand } from "./export-ro-crate.js";
import { saeLensCommand } from "./export-sae-lens.js";
import type { GlobalOptions } from "./options.js";

/** What can be exported, each in a file of its own: export-….ts. */
const forms = [croissantCommand, roCrateCommand, saeLensCommand];

export const exportCommand: CommandModule<GlobalOptions, GlobalOptions> = {
  command: "export",
  describe: "describe or write what was computed in other tools' forms",
  builder(yargs: Argv<GlobalOptions>) {
    for (const form of forms) yargs.command(form as never);
    return yargs.demandCommand(1, "Which form? See: snc export --help");
  },
  handler() {}, // one of the forms is demanded
};
