import path from "node:path";
import { z } from "zod";
import { exists } from "../base/files.js";
import type { Share } from "../base/interval.js";
import { requireSealed } from "../base/recorded.js";
import { shareText } from "./numbers.js";

const share: z.ZodType<Share> = z.object({
  ...{ count: z.int(), of: z.int() },
  interval: z.object({ low: z.number(), high: z.number() }),
});
const schema = z.looseObject({ shares: z.record(z.string(), share) });

/** In how many combinations of readings each claim is satisfied, by its id: of a result set of which `snc multiverse` was asked. */
export async function readShares(folder: string): Promise<Record<string, Share>> {
  const file = path.join(folder, "multiverse.json");
  if (!(await exists(file))) return {};
  const made = { by: "snc multiverse run", next: "Delete it and run: snc multiverse run" };
  return (await requireSealed(file, schema, made)).shares;
}

/** The shape of a share in claims.json. */
export const shareSchema = share;

/** "satisfied in 12 of 140 (9 %, 5–15 %) combinations of readings", by the point estimate of one seed. */
export const inReadingsText = (universes: Share): string =>
  `the point estimate satisfies it in ${shareText(universes)} combinations of readings`;
