import { createHash } from "node:crypto";
import { canonicalJson } from "../base/files.js";
import type { TrainedWeights } from "../experiment/training/weights.js";

/** What an autoencoder's features depend on, as 16 hex digits: the same for runs that took the same steps. */
export function contentOf({ weights, alive, radius, coactivation, competition }: TrainedWeights): string {
  const hash = createHash("sha256");
  for (const values of [...Object.values(weights), alive, radius, coactivation])
    if (values) hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return hash.update(canonicalJson(competition)).digest("hex").slice(0, 16);
}
