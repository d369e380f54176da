import type { Argv, CommandModule } from "yargs";
import { type Profile, profiles } from "../profiles.js";
import { parseReadings, readings } from "../readings.js";
import { applyChoices, type SizeArguments, sizeArguments } from "./experiment-options.js";
import { type GlobalOptions, numberList, printResult, reporterFor, table } from "./options.js";
import { stopSignal } from "./stop.js";

/** Which activations: of a profile's size, of which layers, under which readings of what is captured. */
export interface ActivationsArguments extends SizeArguments {
  profile: Profile["name"];
  layers?: number[];
  reading?: string[];
  offline: boolean;
}

export const activationsArguments = (yargs: Argv<GlobalOptions>): Argv<ActivationsArguments> =>
  sizeArguments(yargs)
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
    .option("offline", {
      type: "boolean",
      default: false,
      describe: "start neither npm nor pip",
    }) as unknown as Argv<ActivationsArguments>;

export const activationsCommand: CommandModule<GlobalOptions, ActivationsArguments> = {
  command: "activations",
  describe: "run the language model over the texts and write the activations of each layer",
  builder: (yargs: Argv<GlobalOptions>) =>
    activationsArguments(yargs)
      .example("snc activations --profile smoke", "layer 6, a few seconds")
      .example("snc activations --layers 6,14", "two of the default profile's layers"),
  async handler(options) {
    applyChoices(options);
    const { openActivations } = await import("../data/activations/source.js");
    const { chosenSize } = await import("../profiles.js");
    const profile = chosenSize(profiles[options.profile]);
    const { layers, offline } = options;
    const { site, firstPosition } = readings(parseReadings(options.reading ?? []));
    const capture = { site, firstPosition };
    const request = { layers, readings: capture, offline, report: reporterFor(options), signal: stopSignal };
    const { key, folder, layers: rows } = await openActivations(profile, request);
    printResult(options, { key, folder, layers: rows }, () =>
      table([
        ["layer", "state", "file"],
        ...rows.map(({ layer, state, file, folder }) => [String(layer), state, file ?? folder ?? ""]),
      ]),
    );
  },
};
