import { existsSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { SncError } from "../base/errors.js";
import { packageFolder, readJson } from "../base/files.js";
import { type Verdict, verdictNames } from "./verdict.js";

/** What is known of one claim under the alternative readings. */
export interface Turns {
  /** The verdict under the default readings, by the same controls. */
  byDefault: Verdict;
  /** How many alternatives all that the claim needs was trained under. */
  studied: number;
  /** The alternatives under which the verdict is another, by what it is. */
  turned: Partial<Record<Verdict, string[]>>;
}

/** The verdicts of a profile's claims under each alternative reading of the paper, one changed at a time. */
export interface ReadingsStudy {
  /** Of the result sets that were compared. */
  scope: string;
  /** How many alternatives there are. */
  alternatives: number;
  claims: Record<string, Turns>;
}

const verdict = z.enum(verdictNames);
/** The shape of `Turns`. */
export const turnsShape = {
  byDefault: verdict,
  studied: z.int(),
  turned: z.partialRecord(verdict, z.array(z.string())),
};

const schema: z.ZodType<ReadingsStudy> = z.strictObject({
  scope: z.string(),
  alternatives: z.int(),
  claims: z.record(z.string(), z.strictObject(turnsShape)),
});

/** Where the study of a profile is recorded. */
export const readingsStudyFile = (profile: string): string =>
  path.join(packageFolder, "data-manifests", "readings", `${profile}.json`);

/** The study of a profile; undefined where none was made. */
export async function readReadingsStudy(profile: string): Promise<ReadingsStudy | undefined> {
  const file = readingsStudyFile(profile);
  if (!existsSync(file)) return undefined;
  const parsed = schema.safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}\nRestore the file: git checkout ${file}`);
}

/** "holds under 4 of 41 alternatives: …", for each verdict that is not the default's. */
export function turnsText({ studied, turned }: Turns, alternatives: number): string {
  if (studied === 0) return "under no alternative reading is all that it needs trained";
  const of = studied === alternatives ? String(alternatives) : `${studied} studied of ${alternatives}`;
  const parts = (Object.entries(turned) as [Verdict, string[]][]).map(
    ([verdict, under]) => `${phraseOf(verdict)} under ${under.length} of ${of} alternatives: ${under.join(", ")}`,
  );
  return parts.length === 0 ? `the same under ${of} alternatives` : parts.join("; ");
}

const phraseOf = (verdict: Verdict): string =>
  verdict === "holds" || verdict === "differs" ? verdict : `is ${verdict}`;
