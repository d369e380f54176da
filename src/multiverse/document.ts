import { rm } from "node:fs/promises";
import { z } from "zod";
import { exists } from "../base/files.js";
import type { Share } from "../base/interval.js";
import { type Reporter, silent } from "../base/progress.js";
import { requireSealed, writeSealed } from "../base/recorded.js";
import type { PointEstimate } from "../claims/check.js";
import { shareSchema, studyIn, studySources } from "../claims/universes.js";
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
  shares: z.record(z.string(), shareSchema),
  decided: z.record(z.string(), sensitivity),
});

/** Writes a study into a result set's folder. */
export const writeMultiverse = (folder: string, multiverse: Multiverse): Promise<void> =>
  writeSealed(studyIn(folder).file, multiverse);

/**
 * The study in a result set's folder; undefined where none was made, or by another version of this package. That is reported; the main
 * job removes such a file, which its notebook would show. Trainings stay.
 */
export async function readMultiverse(
  folder: string,
  { report = silent, remove = false }: { report?: Reporter; remove?: boolean } = {},
): Promise<Multiverse | undefined> {
  const { file, made } = studyIn(folder);
  if (!(await exists(file))) return undefined;
  const study = await requireSealed(file, schema, made);
  if (study.sources === (await studySources())) return study;
  if (remove) await rm(file);
  const what = remove ? "removed; its trainings stay" : "not used";
  report.line(`multiverse.json: of another version of this package, ${what}. Run: snc multiverse run`);
  return undefined;
}
