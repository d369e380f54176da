import path from "node:path";
import { z } from "zod";
import { canonicalJson, exists, sha256 } from "../base/files.js";
import { groupBy } from "../base/group-by.js";
import { type Reporter, silent } from "../base/progress.js";
import { requireSealed, writeSealed } from "../base/recorded.js";
import { sourceHash } from "../base/source-hash.js";
import type { Experiment } from "../experiment/experiment.js";
import { runFolder } from "../experiment/training/folders.js";
import type { TrainingRecord } from "../experiment/training/record.js";
import { readDictionary } from "./read-dictionary.js";
import { type SeedDictionary, seedStability } from "./stability.js";
import type { EvaluatedTraining } from "./stage.js";

/** How alike the features are that two or more seeds of one run found on one layer: means over the pairs of seeds. */
export interface RunStability {
  layer: number;
  /** The run's folder: run-9, or of a variation its name and hash. */
  run: string;
  seeds: number[];
  /** Mean cosine of features matched one to one, and the share of the pairs at 0.7 or more. */
  mean: number | null;
  share: number | null;
  /** The same of as many random directions, and of those that the seeds started from, where the untrained are there. */
  nullRandom: number | null;
  nullInitial: number | null;
}

const entry = z.object({
  key: z.string(),
  layer: z.int(),
  run: z.string(),
  seeds: z.array(z.int()),
  mean: z.number().nullable(),
  share: z.number().nullable(),
  nullRandom: z.number().nullable(),
  nullInitial: z.number().nullable(),
});
const schema = z.object({ runs: z.array(entry) });
const fileIn = (folder: string): string => path.join(folder, "stability.json");
const readStored = async (file: string): Promise<z.infer<typeof entry>[]> =>
  (await exists(file)) ? (await requireSealed(file, schema, made)).runs : [];
const withoutKey = ({ key: _, ...stability }: z.infer<typeof entry>): RunStability => stability;

/** What stability.json of a result set says; none where there is none. */
export const readStability = async (folder: string): Promise<RunStability[]> =>
  (await readStored(fileIn(folder))).map(withoutKey);

const made = { by: "snc evaluate", next: "Delete it and run: snc evaluate" };

/**
 * The stability of every run of which two seeds or more are evaluated. What is unchanged is read from stability.json of the
 * result set; the rest is computed and written there.
 */
export async function stabilityOfRuns(
  { resultSet }: Pick<Experiment, "resultSet">,
  evaluated: readonly EvaluatedTraining[],
  { report = silent }: { report?: Reporter } = {},
): Promise<RunStability[]> {
  const file = fileIn(resultSet.folder);
  const known = await readStored(file);
  const untrained = evaluated.filter(({ isUntrained }) => isUntrained);
  const seeds = evaluated
    .filter(({ isUntrained }) => !isUntrained)
    .map(
      (of): Seed => ({ of, start: untrained.find(({ training }) => isAtPlace(training.record, of.training.record)) }),
    );
  const byRun = groupBy(seeds, ({ of }) => `${of.training.record.layer} ${runFolder(of.training.record.run)}`);
  const several = [...byRun.values()].filter((group) => group.length > 1);
  const sources = sourceHash("evaluate/stability");
  const bar = report.bar("comparing seeds", several.length, "runs");
  const found: z.infer<typeof entry>[] = [];
  for (const group of several) {
    const keys = group.map(({ of, start }) => [of.evaluation.record.key, start?.evaluation.record.key ?? null]);
    const key = sha256(canonicalJson([keys, sources])).slice(0, 16);
    const there = [...found, ...known].find((of) => of.key === key); // of a run with the same steps as well
    const { layer, run } = group[0].of.training.record;
    found.push({ ...(there ?? { key, ...(await measured(group)) }), layer, run: runFolder(run) });
    bar.advance();
  }
  bar.finish();
  const isAnew = (of: RunStability): boolean => found.some(({ layer, run }) => layer === of.layer && run === of.run);
  await writeSealed(file, { runs: [...known.filter((of) => !isAnew(of)), ...found] });
  return found.map(withoutKey);
}

/** A training, and the untrained one of its layer and seed where it is there. */
interface Seed {
  of: EvaluatedTraining;
  start: EvaluatedTraining | undefined;
}

const isAtPlace = (a: TrainingRecord, b: TrainingRecord): boolean => a.layer === b.layer && a.seed === b.seed;

async function measured(group: readonly Seed[]): Promise<RunStability> {
  const dictionaries: SeedDictionary[] = [];
  for (const { of, start } of group) {
    const dictionary = await readDictionary(of.training.folder);
    const initial = start && (await readDictionary(start.training.folder)).W_dec;
    dictionaries.push({ seed: of.training.record.seed, dictionary, initial });
  }
  const { mean, share, random, initial } = seedStability(dictionaries);
  const { layer, run } = group[0].of.training.record;
  return {
    ...{ layer, run: runFolder(run), seeds: dictionaries.map(({ seed }) => seed) },
    ...{ mean, share, nullRandom: random.mean, nullInitial: initial?.mean ?? null },
  };
}
