import { rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { exists } from "../base/files.js";
import type { Share } from "../base/interval.js";
import { requireSealed, writeSealed } from "../base/recorded.js";
import type { PointEstimate } from "../claims/check.js";
import { stratumNames } from "./choices.js";
import type { Universe } from "./plan.js";
import type { Sensitivity } from "./sensitivity.js";

/** A universe with one seed, computed: what it says of each claim, by id; and what its mechanisms did. */
export interface ComputedUniverse {
  id: string;
  seed: number;
  /** Runs that diverged, and at what: what asks for them is not satisfied. */
  diverged: Record<string, string>;
  answers: Record<string, PointEstimate>;
  /** Answers that are other ones where the report shows another column (R18, R19), by that reading and its choice. */
  measures: Record<string, Record<string, PointEstimate>>;
  /** Of each run, mechanisms that did nothing: a sentence each. */
  idle: Record<string, string[]>;
}

/** A study as multiverse.json holds it. */
export interface Multiverse {
  layer: number;
  scope: string;
  count: number;
  seed: number;
  /** A hash of what answers depend on beside the trainings' settings: those of another version of this package are not kept. */
  sources: string;
  universes: Universe[];
  computed: ComputedUniverse[];
  /** In how many of the pooled readings each claim is satisfied, by its id. */
  shares: Record<string, Share>;
  /** What decides each central claim's value over the pooled readings, by its id. */
  decided: Record<string, Sensitivity>;
}

const answers = z.record(
  z.string(),
  z.strictObject({ value: z.number().nullable(), isSo: z.boolean(), runs: z.array(z.number()).optional() }),
);

const share = z.strictObject({
  ...{ count: z.int(), of: z.int() },
  interval: z.strictObject({ low: z.number(), high: z.number() }),
});
const sensitivity = z.strictObject({
  names: z.array(z.strictObject({ name: z.string(), first: z.number(), total: z.number() })),
  foreseen: z.number(),
});

const schema: z.ZodType<Multiverse> = z.strictObject({
  layer: z.int(),
  scope: z.string(),
  count: z.int(),
  seed: z.int(),
  sources: z.string(),
  universes: z.array(
    z.strictObject({
      id: z.string(),
      stratum: z.enum(stratumNames),
      choices: z.record(z.string(), z.string()),
      seeds: z.array(z.int()),
    }),
  ),
  computed: z.array(
    z.strictObject({
      id: z.string(),
      seed: z.int(),
      diverged: z.record(z.string(), z.string()),
      answers,
      measures: z.record(z.string(), answers),
      idle: z.record(z.string(), z.array(z.string())),
    }),
  ),
  shares: z.record(z.string(), share),
  decided: z.record(z.string(), sensitivity),
});

const fileIn = (folder: string): string => path.join(folder, "multiverse.json");

/** Writes a study into a result set's folder. */
export const writeMultiverse = (folder: string, multiverse: Multiverse): Promise<void> =>
  writeSealed(fileIn(folder), multiverse);

/** Removes the study of a result set; its trainings stay. */
export const removeMultiverse = (folder: string): Promise<void> => rm(fileIn(folder), { force: true });

/** The study in a result set's folder; undefined where none was made. Throws an input error where it was changed. */
export const readMultiverse = async (folder: string): Promise<Multiverse | undefined> =>
  (await exists(fileIn(folder)))
    ? requireSealed(fileIn(folder), schema, { by: "snc multiverse run", next: "Delete it and run: snc multiverse run" })
    : undefined;
