import type { Argv, CommandModule } from "yargs";
import { type Profile, profiles } from "../profiles.js";
import { parseReadings, readings } from "../readings.js";
import { type GlobalOptions, numberList, printResult, reporterFor, table } from "./options.js";
import { stopSignal } from "./stop.js";

interface ActivationsOptions extends GlobalOptions {
  profile: Profile["name"];
  layers?: number[];
  reading?: string[];
  offline: boolean;
}

export const activationsCommand: CommandModule<GlobalOptions, ActivationsOptions> = {
  command: "activations",
  describe: "run the language model over the texts and write the activations of each layer",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .option("profile", {
        choices: Object.keys(profiles) as Profile["name"][],
        default: "default" as const,
        describe: "size of the experiment: its model, layers and number of sequences",
      })
      .option("layers", {
        type: "string",
        describe: "blocks, counted from 0 (default: the profile's)",
        coerce: numberList("--layers"),
      })
      .option("reading", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "another site or firstPosition, id=value (docs/readings.md)",
      })
      .option("offline", { type: "boolean", default: false, describe: "start neither npm nor pip" })
      .example("snc activations --profile smoke", "layer 6, a few seconds")
      .example("snc activations --layers 6,14", "two of the default profile's layers") as Argv<ActivationsOptions>,
  async handler(options) {
    const { ensureActivations } = await import("../data/activations.js");
    const { profile } = await import("../profiles.js");
    const { site, firstPosition } = readings(parseReadings(options.reading ?? []));
    const result = await ensureActivations(profile(options.profile), {
      layers: options.layers,
      readings: { site, firstPosition },
      offline: options.offline,
      report: reporterFor(options),
      signal: stopSignal,
    });
    printResult(options, result, () =>
      table([["layer", "state", "file"], ...result.layers.map((l) => [String(l.layer), l.state, l.file])]),
    );
  },
};
