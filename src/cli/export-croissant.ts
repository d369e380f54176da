import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import { type ActivationsArguments, activationsArguments, activationsOf } from "./activations.js";
import { type GlobalOptions, printResult } from "./options.js";

interface CroissantArguments extends ActivationsArguments {
  out?: string;
}

export const croissantCommand: CommandModule<GlobalOptions, CroissantArguments> = {
  command: "croissant",
  describe: "describe the activation set as Croissant, captured first if it is not there",
  builder: (yargs: Argv<GlobalOptions>) =>
    activationsArguments(yargs)
      .option("out", {
        type: "string",
        requiresArg: true,
        describe: "file (default: croissant.json beside the vectors)",
      })
      .example("snc export croissant --profile smoke", "of the layers of a profile") as never,
  async handler(options) {
    const { readManifest } = await import("../data/texts/manifest.js");
    const { activationsFile, croissantOf } = await import("../interop/croissant.js");
    const { writeJson } = await import("../base/files.js");
    const captured = await activationsOf(options);
    const file = path.resolve(options.out ?? path.join(captured.folder, "croissant.json"));
    const files = [];
    for (const { layer, file: vectors } of captured.layers) {
      if (vectors === undefined)
        throw new SncError(
          "usage",
          `${options.experiment ?? `--profile ${options.profile}`}: expected a profile that keeps a file for each layer`,
        );
      files.push(await activationsFile(layer, vectors));
    }
    await writeJson(file, croissantOf(files, await readManifest(), path.dirname(file)));
    printResult(options, { file }, () => file);
  },
};
