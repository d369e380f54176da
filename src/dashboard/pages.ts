import path from "node:path";
import { z } from "zod";
import { canonicalJson, exists, sha256 } from "../base/files.js";
import { requireSealed, writeSealed } from "../base/recorded.js";
import { sourceHash } from "../base/source-hash.js";
import type { Experiment } from "../experiment/experiment.js";
import { contentOf } from "./content.js";
import { pageTraining } from "./page-data.js";
import { type TrainingFeatures, trainingFeatures } from "./training.js";
import { writeComparison, writePage } from "./write.js";

/** A feature in a line: how often it fires, on which tokens most, what it makes likelier, and from where most of its firing is. */
interface FeatureInShort {
  feature: number;
  frequency: number;
  tokens: string[];
  raised: string[];
  source: string;
  sourceShare: number;
}

/** What a result set shows of a training's features: a few of them, and the page of all. */
export interface FeaturesInShort {
  title: string;
  /** Relative to the result set. */
  page: string;
  features: FeatureInShort[];
}

/** features.json of a result set. */
export interface FeaturePages {
  key: string;
  trainings: FeaturesInShort[];
  /** The page of the last two side by side, relative to the result set; null where there is one training. */
  comparison: string | null;
}

const schema: z.ZodType<FeaturePages> = z.object({
  key: z.string(),
  trainings: z.array(
    z.object({
      title: z.string(),
      page: z.string(),
      features: z.array(
        z.object({
          feature: z.int(),
          frequency: z.number(),
          tokens: z.array(z.string()),
          raised: z.array(z.string()),
          source: z.string(),
          sourceShare: z.number(),
        }),
      ),
    }),
  ),
  comparison: z.string().nullable(),
});

const fileIn = (folder: string): string => path.join(folder, "features.json");
const made = { by: "snc reproduce", next: "Delete it and run: snc reproduce" };

/** What a result set shows of features; undefined where no pages were written. */
export const readFeaturePages = async (folder: string): Promise<FeaturePages | undefined> =>
  (await exists(fileIn(folder))) ? requireSealed(fileIn(folder), schema, made) : undefined;

/**
 * Writes the pages of finished trainings of one layer and seed into the result set, one of the first and the last side by side, and
 * features.json with a few features of each. What is there and unchanged stays.
 */
export async function writeFeaturePages(
  experiment: Experiment,
  { runs, layer, seed }: { runs: readonly number[]; layer: number; seed: number },
): Promise<FeaturePages> {
  const { folder } = experiment.resultSet;
  const trainings = await Promise.all(runs.map((run) => experiment.find(run, layer, seed)));
  const identity = [trainings.map((training) => training?.record.key ?? null), sourceHash("dashboard/pages")];
  const key = sha256(canonicalJson(identity)).slice(0, 16);
  const before = await readFeaturePages(folder);
  if (before?.key === key && (await areThere(folder, before))) return before;
  const looked: TrainingFeatures[] = [];
  for (const run of runs) looked.push(await trainingFeatures(experiment, { run, layer, seed }));
  const trainingsInShort: FeaturesInShort[] = [];
  for (const of of looked) {
    const { file } = await writePage(experiment, of);
    const page = path.relative(folder, file);
    trainingsInShort.push({ title: of.dashboard.title, page, features: spread(pageTraining(await contentOf(of)), 6) });
  }
  const [first, last] = [looked[0], looked.at(-1)!];
  const comparison =
    looked.length < 2 ? null : path.relative(folder, (await writeComparison(experiment, first, last)).file);
  const pages = { key, trainings: trainingsInShort, comparison };
  await writeSealed(fileIn(folder), pages);
  return pages;
}

async function areThere(folder: string, { trainings, comparison }: FeaturePages): Promise<boolean> {
  const pages = [...trainings.map(({ page }) => page), ...(comparison === null ? [] : [comparison])];
  return (await Promise.all(pages.map((page) => exists(path.join(folder, page))))).every(Boolean);
}

/** So many features that fire, evenly spaced in the order of how often: not the prettiest. */
function spread({ features, sources, words }: ReturnType<typeof pageTraining>, count: number): FeatureInShort[] {
  const byFrequency = features.filter(({ frequency }) => frequency > 0).sort((a, b) => b.frequency - a.frequency);
  const chosen = Array.from({ length: Math.min(count, byFrequency.length) }, (_, i) =>
    Math.floor((i * (byFrequency.length - 1)) / Math.max(1, count - 1)),
  );
  return chosen.map((at) => {
    const { feature, frequency, label, raised, sourceShares } = byFrequency[at];
    const sourceShare = Math.max(...sourceShares);
    return {
      ...{ feature, frequency, tokens: label.map(inShort), sourceShare },
      raised: raised.slice(0, 5).map(([word]) => inShort(words[word])),
      source: sources[sourceShares.indexOf(sourceShare)],
    };
  });
}

/** A token as a table has room for it: some are a line of signs. */
const inShort = (text: string): string => {
  const signs = [...text];
  return signs.length <= 16 ? text : `${signs.slice(0, 15).join("")}…`;
};
