import { existsSync } from "node:fs";
import path from "node:path";
import { packageFolder } from "../base/files.js";
import { type Profile, profiles } from "../profiles.js";

/** What a result set was made with, and the trainings in it. */
export interface Made {
  profile: { name: string } & Partial<Record<keyof Profile, unknown>>;
  /** Readings that differ from the default, by id. */
  readings: Readonly<Record<string, unknown>>;
  /** Of the products of training. */
  precision?: string;
  trainings: readonly { layer: number; run: { number: number }; seed: number; d_in: number; d_sae: number }[];
}

/** Where the verdicts and numbers of a profile are recorded. */
export const expectationsFile = (profile: string): string =>
  path.join(packageFolder, "data-manifests", "expected", `${profile}.json`);

/** What makes a profile's size, beside which trainings there are. */
const size = [
  "trainSequences",
  "testSequences",
  "contextLength",
  "steps",
  "batchSize",
  "warmupSteps",
  "interval",
] as const;

/**
 * Why results are not compared with what is recorded of their profile: that is of exactly its trainings, at its size, in
 * float32 under the default readings. Undefined where they are compared.
 */
export function whyNotCompared({ profile, readings, precision = "float32", trainings }: Made): string | undefined {
  if (!existsSync(expectationsFile(profile.name))) return "nothing is recorded of this profile";
  if (Object.keys(readings).length > 0) return "another reading than the default was taken";
  if (precision !== "float32") return `products were computed in ${precision}`;
  const own = profiles[profile.name as Profile["name"]];
  if (profile.inputs !== own.inputs) return "the activations are not the profile's";
  if (size.some((name) => profile[name] !== own[name])) return "the size is not the profile's";
  if (trainings.some(({ d_in, d_sae }) => d_sae !== d_in)) return "the number of features is not the profile's";
  const places = trainings.map(({ layer, run, seed }) => `${layer} ${run.number} ${seed}`);
  const expected = own.layers.flatMap((layer) =>
    own.runs.flatMap((run) => own.seeds.map((seed) => `${layer} ${run} ${seed}`)),
  );
  const isOwn = places.length === expected.length && expected.every((place) => places.includes(place));
  return isOwn ? undefined : "the trainings are not exactly the profile's";
}
