import type { Argv, CommandModule } from "yargs";
import { SncError } from "../base/errors.js";
import type { ForeignAutoencoder } from "../interop/foreign.js";
import { vectorsOf } from "./activations.js";
import { type OwnArguments, ownArguments, type SpecArguments, specArguments } from "./experiment-options.js";
import { commandGroup, type GlobalOptions, placeNumber, printResult } from "./options.js";

/** What is imported, where to, and on which vectors it is measured, if on any. */
interface ImportArguments extends SpecArguments, Omit<OwnArguments, "layers"> {
  folder: string;
  out: string;
  layer?: number;
  offline: boolean;
}

/** Another package's form: what its folder has, and how it is read. */
interface Form {
  command: string;
  describe: string;
  folder: string;
  examples: readonly (readonly [command: string, what: string])[];
  read(folder: string): Promise<ForeignAutoencoder>;
}

const importArguments = (yargs: Argv<GlobalOptions>, { folder, examples }: Form): Argv<ImportArguments> => {
  const described = ownArguments(specArguments(yargs))
    .positional("folder", { type: "string", demandOption: true, describe: folder })
    .option("out", { type: "string", demandOption: true, requiresArg: true, describe: "folder to write into" })
    .option("layer", {
      type: "number",
      requiresArg: true,
      describe: "measure it on the test part of this layer's activations, captured if they are not there",
      coerce: placeNumber("--layer"),
    })
    .option("offline", { type: "boolean", default: false, describe: "start neither npm nor pip" });
  for (const [command, what] of examples) described.example(command, what);
  return described as unknown as Argv<ImportArguments>;
};

const commandOf = (form: Form): CommandModule<GlobalOptions, ImportArguments> => ({
  command: form.command,
  describe: form.describe,
  builder: (yargs: Argv<GlobalOptions>) => importArguments(yargs, form),
  async handler(options) {
    const { saveForeign } = await import("../interop/foreign.js");
    const { decoderNorms } = await import("../interop/sae-weights.js");
    const foreign = await form.read(options.folder);
    const { weights, keep, from, kind, model = "not said", hook = "not said" } = foreign;
    const { d_in, d_sae } = weights;
    const norms = decoderNorms(weights);
    const measured = await measuredOn(foreign, options);
    const file = await saveForeign(options.out, foreign);
    const kept = { rule: keep.ruleName, ...(keep.ruleName === "topK" && keep.options) };
    const result = { file, d_in, d_sae, model, hook, from, kind, keep: kept, decoderNorms: norms, measured };
    printResult(options, result, () =>
      [
        `${file}: ${d_in} → ${d_sae}, ${model}, ${hook}, from ${from} (${kind}); it takes raw activations`,
        norms.unit
          ? "rows of W_dec have unit length, as here"
          : `rows of W_dec are ${norms.smallest.toPrecision(4)} to ${norms.largest.toPrecision(4)} long; here training keeps them at 1`,
        ...(measured ? [measuredText(measured)] : []),
      ].join("\n"),
    );
  },
});

/** What metrics.arrow says of a training, of the imported autoencoder on the same test vectors; null where none are named. */
async function measuredOn(foreign: ForeignAutoencoder, options: ImportArguments) {
  const { layer, activations } = options;
  if (layer === undefined && activations === undefined) {
    const named = (["profile", "experiment"] as const).find((option) => options[option] !== undefined);
    if (named) throw new SncError("usage", `--${named}: expected --layer beside it: which activations to measure on`);
    return null;
  }
  const { foreignReady } = await import("../interop/foreign.js");
  const { test, d_in, scaling } = await vectorsOf(options, layer ?? 0);
  if (d_in !== foreign.weights.d_in)
    throw new SncError(
      "usage",
      `--layer ${layer ?? 0}: expected activations of width ${foreign.weights.d_in}, which the autoencoder takes, found ${d_in}. ` +
        "Name its own model's with --profile, or files of them with --activations",
    );
  const sae = await foreignReady(foreign, scaling);
  try {
    return { layer: layer ?? 0, vectors: test.length / d_in, ...sae.evaluate(test) };
  } finally {
    sae.dispose();
  }
}

type Measured = NonNullable<Awaited<ReturnType<typeof measuredOn>>>;
const measuredText = ({ layer, vectors, fractionVarianceExplained, l0, reconstructionError }: Measured): string =>
  `on ${vectors} test vectors of layer ${layer}: variance explained ${fractionVarianceExplained.toFixed(4)}, L0 ${l0.toFixed(1)}, ` +
  `reconstruction error ${reconstructionError.toFixed(4)}`;

const forms: readonly Form[] = [
  {
    command: "sae-lens <folder>",
    describe: "read an autoencoder that SAELens saved and write its weights.safetensors, for loadAutoencoder",
    folder: "with cfg.json and sae_weights.safetensors",
    examples: [
      ["snc import sae-lens sae --out imported", "imported/weights.safetensors"],
      ["snc import sae-lens sae --out imported --profile default --layer 14", "measured beside this package's own"],
    ],
    read: async (folder) => (await import("../interop/sae-lens.js")).readSaeLens(folder),
  },
  {
    command: "dictionary-learning <folder>",
    describe: "read an autoencoder of dictionary_learning and write its weights.safetensors, for loadAutoencoder",
    folder: "with config.json and ae.safetensors, the tensors of ae.pt",
    examples: [
      ["snc import dictionary-learning trainer_0 --out imported", "imported/weights.safetensors"],
      ["snc import dictionary-learning trainer_0 --out imported --activations x.npy", "measured on vectors in a file"],
    ],
    read: async (folder) => (await import("../interop/dictionary-learning.js")).readDictionaryLearning(folder),
  },
];

export const importCommand = commandGroup(
  "import",
  "read what other tools computed",
  "Which form?",
  forms.map(commandOf),
);
