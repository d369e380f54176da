import type { Argv, CommandModule } from "yargs";
import { type GlobalOptions, printResult, reporterFor, setOf } from "./options.js";
import { stopSignal } from "./stop.js";

interface SiteArguments extends GlobalOptions {
  set?: string;
  out?: string;
}

export const siteCommand: CommandModule<GlobalOptions, SiteArguments> = {
  command: "site [set]",
  describe: "write a result set as a folder of pages: report, executed notebooks, features, docs, reference, search",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("set", {
        type: "string",
        describe: "its name in results/, or a folder (default: the newest)",
      })
      .option("out", {
        type: "string",
        requiresArg: true,
        describe: "folder of the site, replaced whole (default: site/ in the result set)",
      })
      .example("snc site", "of the newest result set; open site/index.html in it with a browser")
      .example("snc site default-6bcdc745 --out public", "of a named one, for a server of static files")
      .epilogue(
        "The pages need no server and no network. They show what snc reproduce, or snc claims, figures, run and features, have written.",
      ),
  async handler(options) {
    const { folder } = await setOf(options);
    const { writeSite } = await import("../site/write.js");
    const written = await writeSite(folder, { out: options.out, report: reporterFor(options), signal: stopSignal });
    printResult(options, written, () => `${written.folder}: ${written.pages} pages; open index.html in a browser`);
  },
};
