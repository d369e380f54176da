import { readTrainedWeights } from "../experiment/training/read-weights.js";
import type { Dictionary } from "./dictionary.js";

/** The feature directions of the training in a folder. */
export async function readDictionary(folder: string): Promise<Dictionary> {
  const { d_in, alive, weights } = await readTrainedWeights(folder);
  return { d_in, W_dec: weights.W_dec, alive };
}
