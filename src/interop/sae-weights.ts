import { SncError } from "../base/errors.js";
import { openSafetensors } from "../model/safetensors.js";
import { encodeSafetensors } from "../model/write-safetensors.js";
import { type PerWeight, perWeight, type SaeWeights, shapesOf, weightNames } from "../sae/params.js";

/** A factor by feature that SAELens once saved along, though it was 1. */
const factorOfOne = "scaling_factor";

/**
 * The four weights of a safetensors file (F32, F16 or BF16). Throws an input error unless they fit each other, every
 * number is finite, and nothing else is there that would count.
 */
export async function readSaeWeights(file: string): Promise<SaeWeights> {
  const fail = (expected: string, found: string): never => {
    throw new SncError("input", `${file}: expected ${expected}, found ${found}`);
  };
  const opened = await openSafetensors(file).catch((error: Error) => {
    // The reader's next command is for inputs that can be fetched again; this file is the user's own.
    throw new SncError("input", error.message.replace(/\. (Delete|Run:) .*$/s, ""), { cause: error });
  });
  try {
    const names = [...opened.tensors.keys()];
    const lacking = weightNames.filter((name) => !names.includes(name));
    const others = names.filter((name) => ![...weightNames, factorOfOne].includes(name));
    if (others.includes("alive"))
      fail(
        `tensors ${weightNames.join(", ")} alone`,
        "those of a trained autoencoder, whose features depend on more. Use: loadAutoencoder(file)",
      );
    if (lacking.length > 0 || others.length > 0) fail(`tensors ${weightNames.join(", ")}`, names.join(", ") || "none");
    const [d_in, d_sae] = opened.info("W_enc").shape;
    const shapes = shapesOf({ d_in, d_sae });
    for (const name of weightNames) {
      const shape = shapes[name];
      const found = opened.info(name).shape;
      if (String(found) !== String(shape)) fail(`${name} of shape [${shape}], to fit W_enc`, `[${found}]`);
    }
    const values: PerWeight<Float32Array> = perWeight(() => new Float32Array(0));
    for (const name of weightNames) {
      values[name] = await opened.readFloat32(name);
      if (!values[name].every(Number.isFinite)) fail(`finite numbers in ${name}`, "others");
    }
    if (names.includes(factorOfOne) && !(await opened.readFloat32(factorOfOne)).every((factor) => factor === 1))
      fail(`no ${factorOfOne} but 1`, "others");
    return { d_in, d_sae, ...values };
  } finally {
    await opened.close();
  }
}

/** The bytes of a safetensors file with these weights in float32. */
export const encodeSaeWeights = (weights: SaeWeights, metadata?: Record<string, string>): Uint8Array =>
  encodeSafetensors(
    { ...perWeight((name) => ({ shape: shapesOf(weights)[name], data: weights[name]! }), weights) },
    metadata,
  );

/** The shortest and the longest row of W_dec, and whether all are of unit length to 1e-4. */
export function decoderNorms({ d_in, d_sae, W_dec }: SaeWeights) {
  let [smallest, largest] = [Number.POSITIVE_INFINITY, 0];
  for (let at = 0; at < d_sae * d_in; at += d_in) {
    let squares = 0;
    for (let i = 0; i < d_in; i++) squares += W_dec[at + i] ** 2;
    smallest = Math.min(smallest, Math.sqrt(squares));
    largest = Math.max(largest, Math.sqrt(squares));
  }
  return { smallest, largest, unit: Math.abs(smallest - 1) < 1e-4 && Math.abs(largest - 1) < 1e-4 };
}
