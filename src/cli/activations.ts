import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { type OwnArguments, type SpecArguments, sizesBy, specArguments } from "./experiment-options.js";
import { type GlobalOptions, numberList, printResult, reporterFor, table } from "./options.js";
import { stopSignal } from "./stop.js";

/** Which activations: of a profile's size, of which layers, under which readings of what is captured. */
export interface ActivationsArguments extends SpecArguments {
  layers?: number[];
  offline: boolean;
}

export const activationsArguments = (yargs: Argv<GlobalOptions>): Argv<ActivationsArguments> =>
  specArguments(yargs)
    .option("layers", {
      type: "string",
      describe: "blocks, counted from 0 (default: the profile's)",
      coerce: numberList("--layers"),
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
    const { key, folder, layers: rows } = await activationsOf(options);
    printResult(options, { key, folder, layers: rows }, () =>
      table([
        ["layer", "state", "file"],
        ...rows.map(({ layer, state, file, folder }) => [String(layer), state, file ?? folder ?? ""]),
      ]),
    );
  },
};

/** One layer's activations as trainings take them (R14), of a model on texts or of files. */
export async function vectorsOf(
  options: Omit<ActivationsArguments, "layers"> & Omit<OwnArguments, "layers">,
  layer: number,
) {
  const { spec, profile, readings } = await sizesBy({ ...options, layers: options.activations && [layer] });
  if (!spec.activations) return (await activationsOf({ ...options, layers: [layer] })).load(layer, readings.inputScale);
  const { chooseBackend } = await import("../backend/choose.js");
  const { openOwnActivations } = await import("../data/activations/own.js");
  await chooseBackend(spec.precision);
  const { batchSize } = profile;
  const { firstPosition, inputScale } = readings;
  const own = await openOwnActivations(spec.activations, {
    ...{ batchSize, firstPosition, report: reporterFor(options), signal: stopSignal },
  });
  return own.load(layer, inputScale);
}

/** The activations that the options name, captured where they are not there; own ones are refused: they are files already. */
export async function activationsOf(options: ActivationsArguments) {
  const { chooseBackend } = await import("../backend/choose.js");
  const { openActivations } = await import("../data/activations/source.js");
  const { spec, profile, readings } = await sizesBy(options);
  if (spec.activations)
    throw new SncError(
      "usage",
      `--experiment ${options.experiment}: expected a model on texts, found activations of your own, which are there`,
    );
  await chooseBackend(spec.precision);
  const { site, firstPosition } = readings;
  const { layers, offline } = options;
  const capture = { site, firstPosition };
  return openActivations(profile, {
    layers,
    readings: capture,
    offline,
    report: reporterFor(options),
    signal: stopSignal,
  });
}
