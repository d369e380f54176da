import path from "node:path";
import { z } from "zod";
import { exists } from "../base/files.js";
import { requireSealed, writeSealed } from "../base/recorded.js";
import { type KnownMethod, knownMethodNames } from "./methods.js";
import type { KnownScores } from "./score.js";
import { type FeatureKind, featureKinds, type WorldSize } from "./world.js";

/** The scores of one training, or of a null, which has 0 steps. */
export interface KnownPoint extends Omit<KnownScores, "matched"> {
  method: KnownMethod;
  d_sae: number;
  steps: number;
  seed: number;
  /** null for the true directions, which reconstruct nothing here. */
  fractionVarianceExplained: number | null;
  /** Of what the scores were computed from. */
  key: string;
}

/** What is there of a study of known features. */
export interface KnownFeatures {
  world: { size: WorldSize; seed: number };
  /** Σ p_g. */
  trueL0: number;
  /** How many true features are of each kind, and their mean p_g. */
  kinds: Record<FeatureKind, { features: number; meanProbability: number }>;
  points: KnownPoint[];
}

const count = z.int().nonnegative();
const score = z.object({ recovered: z.number(), mcc: z.number().nullable(), f1: z.number().nullable() });
const ofKind = <T extends z.ZodType>(of: T) => z.record(z.enum(featureKinds), of);

const point: z.ZodType<KnownPoint> = score.extend({
  method: z.enum(knownMethodNames),
  ...{ d_sae: count, steps: count, seed: z.int(), l0: z.number(), featuresOn: count, key: z.string() },
  fractionVarianceExplained: z.number().nullable(),
  ...{ byKind: ofKind(score), merged: z.number(), split: z.number() },
});

const schema: z.ZodType<KnownFeatures> = z.object({
  world: z.object({
    size: z.object({ d_in: count, features: count, trainVectors: count, testVectors: count }),
    seed: z.int(),
  }),
  trueL0: z.number(),
  kinds: ofKind(z.object({ features: count, meanProbability: z.number() })),
  points: z.array(point),
});

const fileIn = (folder: string): string => path.join(folder, "known-features.json");
const made = { by: "snc known-features", next: "Run: snc known-features" };

/** Writes known-features.json into a result set. */
export const writeKnownFeatures = (folder: string, known: KnownFeatures): Promise<void> =>
  writeSealed(fileIn(folder), { ...known });

/** The study of a result set as it was last computed; undefined where it was not. */
export const readKnownFeatures = async (folder: string): Promise<KnownFeatures | undefined> =>
  (await exists(fileIn(folder))) ? requireSealed(fileIn(folder), schema, made) : undefined;
