import path from "node:path";
import { z } from "zod";
import { SncError } from "../base/errors.js";
import { exists, readJson } from "../base/files.js";
import { jumpRelu, keepAll, topK } from "../mechanisms/index.js";
import type { SaeWeights } from "../sae/params.js";
import type { ForeignAutoencoder } from "./foreign.js";
import { withoutGate } from "./gated.js";
import { biasOfCentredEncoder } from "./raw-input.js";
import { readTensors, transposed, weightsFrom } from "./read-tensors.js";
import { withUnitRows } from "./sae-weights.js";

/** The names that dictionary_learning gives in a folder; its weights are pickled, ours read them as safetensors. */
export const dictionaryConfigName = "config.json";
const [pickledName, weightsName] = ["ae.pt", "ae.safetensors"];

/** torch's Linear: matrices lie the other way round. */
const linear = ["encoder.weight", "encoder.bias", "decoder.weight"] as const;
const plain = ["W_enc", "b_enc", "W_dec"] as const;
const gated = ["encoder.weight", "mag_bias", "decoder.weight"] as const;

/** How a class of dictionary_learning 0.1.0 computes features. */
interface DictionaryClass {
  /** The names of W_enc, b_enc and W_dec, and of b_dec. */
  matrices: typeof linear | typeof plain | typeof gated;
  b_dec: string;
  /** Whether the encoder takes x − b_dec, or x itself. */
  centred: boolean;
  /** Whether it is loaded with decoder directions of unit length. */
  normalized?: boolean;
  keep: "all" | "k" | "threshold" | "gate";
  /** Tensors that say nothing about features. */
  unread?: readonly string[];
}

/** The tensors that features are kept by, beside weights and biases. */
const besides = { all: [], k: [], threshold: ["threshold"], gate: ["r_mag", "gate_bias"] } as const;

const classes: Readonly<Record<string, DictionaryClass>> = {
  AutoEncoder: { matrices: linear, b_dec: "bias", centred: true, normalized: true, keep: "all" },
  AutoEncoderNew: { matrices: linear, b_dec: "decoder.bias", centred: false, keep: "all" },
  AutoEncoderTopK: { matrices: linear, b_dec: "b_dec", centred: true, keep: "k", unread: ["k", "threshold"] },
  BatchTopKSAE: { matrices: linear, b_dec: "b_dec", centred: true, keep: "threshold", unread: ["k"] },
  MatryoshkaBatchTopKSAE: {
    ...{ matrices: plain, b_dec: "b_dec", centred: true, keep: "threshold", unread: ["k", "group_sizes"] },
  },
  GatedAutoEncoder: { matrices: gated, b_dec: "decoder_bias", centred: true, keep: "gate" },
  JumpReluAutoEncoder: { matrices: plain, b_dec: "b_dec", centred: false, keep: "threshold" },
};

const schema = z.looseObject({
  trainer: z.looseObject({
    dict_class: z.string(),
    activation_dim: z.int().positive().nullish(),
    dict_size: z.int().positive().nullish(),
    k: z.int().positive().nullish(),
    layer: z.union([z.int(), z.string()]).nullish(),
    submodule_name: z.string().nullish(),
    lm_name: z.string().nullish(),
  }),
});

/**
 * Reads a folder of dictionary_learning: `config.json` as it saves it, and the tensors of its `ae.pt` as `ae.safetensors`. Throws an
 * input error that says how to convert them where only `ae.pt` is there, and for a class that is not known here.
 */
export async function readDictionaryLearning(folder: string): Promise<ForeignAutoencoder> {
  const trainer = await trainerOf(path.join(folder, dictionaryConfigName));
  const { dict_class: kind, activation_dim, dict_size, k, layer, submodule_name, lm_name } = trainer;
  const file = path.join(folder, weightsName);
  await requireConverted(folder, file);
  const { centred, normalized, keep } = classes[kind];
  const read = await readWeights(file, classes[kind]);
  for (const [name, expected, found] of [
    ["activation_dim", activation_dim, read.d_in],
    ["dict_size", dict_size, read.d_sae],
  ] as const)
    if (expected != null && expected !== found)
      throw new SncError("input", `${file}: expected ${name} = ${expected}, found ${found}`);
  const uncentred = normalized ? withUnitRows(read) : read;
  return {
    weights: centred ? uncentred : { ...uncentred, b_enc: biasOfCentredEncoder(uncentred) },
    keep: keep === "k" ? topK({ k: k! }) : read.theta ? jumpRelu() : keepAll,
    ...{ from: "dictionary_learning", kind, model: lm_name ?? undefined },
    hook: submodule_name ?? (layer == null ? undefined : `layer ${layer}`),
  };
}

async function readWeights(file: string, { matrices, b_dec, keep, unread }: DictionaryClass): Promise<SaeWeights> {
  const names = [...matrices, b_dec, ...besides[keep]];
  const [first, b_enc, last, bias, ...more] = await readTensors(file, { names, unread });
  const [W_enc, W_dec] = matrices === plain ? [first, last] : [transposed(first), transposed(last)];
  const [theta] = more;
  if (keep !== "gate") return weightsFrom(file, { W_enc, b_enc, W_dec, b_dec: bias, theta });
  const [r_mag, b_gate] = more;
  return weightsFrom(file, { ...withoutGate({ W_enc, r_mag, b_gate, b_mag: b_enc }), W_dec, b_dec: bias });
}

/** What config.json says of the training. */
async function trainerOf(file: string) {
  const content = await readJson(file).catch((error: Error) => {
    throw new SncError("input", `${file}: expected the config.json of dictionary_learning, found: ${error.message}`, {
      cause: error,
    });
  });
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}`);
  const { trainer } = parsed.data;
  const { dict_class: kind } = trainer;
  if (!Object.hasOwn(classes, kind))
    throw new SncError("input", `${file}: expected dict_class ${Object.keys(classes).join(", ")}, found "${kind}"`);
  if (classes[kind].keep === "k" && trainer.k == null)
    throw new SncError("input", `${file}: expected k, how many features of a token ${kind} keeps, found none`);
  return trainer;
}

/** The command that makes the one file of the other; torch keeps some matrices turned, which safetensors does not write. */
const conversion = (pickled: string, file: string): string =>
  `python -c 'import torch; from safetensors.torch import save_file; ` +
  `save_file({n: t.contiguous() for n, t in torch.load(${JSON.stringify(pickled)}, weights_only=True).items()}, ` +
  `${JSON.stringify(file)})'`;

/** Throws an input error that says how to convert where the weights are pickled: reading those can run code. */
async function requireConverted(folder: string, file: string): Promise<void> {
  if (await exists(file)) return;
  const pickled = path.join(folder, pickledName);
  const found = (await exists(pickled))
    ? `${pickledName} alone, a pickle, which is not read because it can run code`
    : "no such file";
  throw new SncError(
    "input",
    `${file}: expected the weights of dictionary_learning as safetensors, found ${found}. Convert ${pickledName}: ` +
      conversion(pickled, file),
  );
}
