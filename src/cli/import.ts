import path from "node:path";
import type { Argv, CommandModule } from "yargs";
import { commandGroup, type GlobalOptions, printResult } from "./options.js";

interface ImportArguments extends GlobalOptions {
  folder: string;
  out: string;
}

const saeLensCommand: CommandModule<GlobalOptions, ImportArguments> = {
  command: "sae-lens <folder>",
  describe: "read an autoencoder that SAELens saved and write its weights.safetensors",
  builder: (yargs: Argv<GlobalOptions>) =>
    yargs
      .positional("folder", {
        type: "string",
        demandOption: true,
        describe: "with cfg.json and sae_weights.safetensors",
      })
      .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "folder to write into" })
      .example("snc import sae-lens sae --out imported", "imported/weights.safetensors") as never,
  async handler({ folder, out, ...options }) {
    const { writeFileAtomic } = await import("../base/files.js");
    const { readSaeLens } = await import("../interop/sae-lens.js");
    const { decoderNorms, encodeSaeWeights } = await import("../interop/sae-weights.js");
    const { weights, config } = await readSaeLens(folder);
    const { d_in, d_sae } = weights;
    const { modelName: model = "not said", hookName: hook = "not said", version = "before 6" } = config;
    const file = path.join(out, "weights.safetensors");
    const norms = decoderNorms(weights);
    await writeFileAtomic(
      file,
      encodeSaeWeights(weights, { model, hook, inputScale: "raw", from: `SAELens ${version}` }),
    );
    printResult(options, { file, d_in, d_sae, model, hook, version, decoderNorms: norms }, () =>
      [
        `${file}: ${d_in} → ${d_sae}, ${model}, ${hook}, from SAELens ${version}; it takes raw activations`,
        norms.unit
          ? "rows of W_dec have unit length, as here"
          : `rows of W_dec are ${norms.smallest.toPrecision(4)} to ${norms.largest.toPrecision(4)} long; here training keeps them at 1`,
      ].join("\n"),
    );
  },
};

export const importCommand = commandGroup("import", "read what other tools computed", "Which form?", [saeLensCommand]);
