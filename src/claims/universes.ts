import path from "node:path";
import { z } from "zod";
import { canonicalJson, exists, sha256 } from "../base/files.js";
import type { Share } from "../base/interval.js";
import { requireSealed } from "../base/recorded.js";
import { sourceHash } from "../base/source-hash.js";
import { trainingSources } from "../experiment/training/sources.js";
import { readRegistry } from "./list.js";
import { shareText } from "./numbers.js";

/** The shape of a share, in claims.json and multiverse.json. */
export const shareSchema: z.ZodType<Share> = z.object({
  ...{ count: z.int(), of: z.int() },
  interval: z.object({ low: z.number(), high: z.number() }),
});
const schema = z.looseObject({ sources: z.string(), shares: z.record(z.string(), shareSchema) });

/** Where the study of a result set lies, and how it is made. */
export const studyIn = (folder: string) => ({
  file: path.join(folder, "multiverse.json"),
  made: { by: "snc multiverse run", next: "Delete it and run: snc multiverse run" },
});

/** A hash of what a study's answers depend on: the code that trains and asks, and what is asked. One with another is not used. */
export async function studySources(): Promise<string> {
  const code = [trainingSources(), sourceHash("multiverse/answers", "multiverse/runs")];
  const { claims } = await readRegistry();
  return sha256(canonicalJson({ code, claims })).slice(0, 16);
}

/**
 * In how many combinations of readings each claim is satisfied, by its id, as `snc multiverse` found it for a result set; nothing where
 * it was not asked, or by another version of this package.
 */
export async function readShares(folder: string): Promise<Record<string, Share>> {
  const { file, made } = studyIn(folder);
  if (!(await exists(file))) return {};
  const { sources, shares } = await requireSealed(file, schema, made);
  return sources === (await studySources()) ? shares : {};
}

/** "satisfied in 12 of 140 (9 %, 5–15 %) combinations of readings", by the point estimate of one seed. */
export const inReadingsText = (universes: Share): string =>
  `the point estimate satisfies it in ${shareText(universes)} combinations of readings`;
