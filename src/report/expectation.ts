import path from "node:path";
import { packageFolder } from "../base/files.js";
import type { CheckedClaim } from "../claims/check.js";
import { expectationsFile, whyNotCompared } from "../claims/comparable.js";
import { deviations, type Found, readExpectations } from "../claims/expected.js";
import type { SavedResultSet } from "../experiment/results/saved.js";
import { readResultTables } from "../experiment/results/tables.js";
import { savedFigureProblem } from "../figures/saved.js";

/** How a result set compares with what is recorded for its profile. */
export interface Expectation {
  /** The recorded expectations, relative to the repository. */
  file: string;
  /** Why nothing is compared; empty where it is. */
  notCompared: string;
  /** A sentence for each thing that is not as expected. */
  differences: string[];
}

/** Compares verdicts and numbers of a result set with `data-manifests/expected/<profile>.json`. */
export async function verdictExpectation(
  set: Pick<SavedResultSet, "identity" | "trainings">,
  found: Found,
): Promise<Expectation> {
  const recorded = expectationsFile(set.identity.profile.name);
  const file = path.relative(packageFolder, recorded);
  const reason = whyNotCompared({ ...set.identity, trainings: set.trainings });
  if (reason !== undefined) return { file, notCompared: `Not compared: ${reason}.`, differences: [] };
  return { file, notCompared: "", differences: deviations(found, await readExpectations(recorded), true) };
}

/** Compares a result set with `data-manifests/expected/<profile>.json`, its figures as well. */
export async function expectationOf(set: SavedResultSet, checked: readonly CheckedClaim[]): Promise<Expectation> {
  const expectation = await verdictExpectation(set, { checked, tables: await readResultTables(set.folder) });
  if (expectation.notCompared !== "") return expectation;
  const expected = await readExpectations(expectationsFile(set.identity.profile.name));
  const figures = path.join(set.folder, "figures");
  const blank = await Promise.all(expected.figures.map((id) => savedFigureProblem(figures, id)));
  const problems = blank.flatMap((problem) => (problem === undefined ? [] : [path.relative(set.folder, problem)]));
  return { ...expectation, differences: [...expectation.differences, ...problems] };
}

/** Whether all is as expected, as Markdown. */
export function expectationMarkdown({ file, notCompared, differences }: Expectation): string {
  if (notCompared !== "") return notCompared;
  if (differences.length === 0) return `All is as \`${file}\` expects.`;
  return [`Not as \`${file}\` expects:\n`, ...differences.map((difference) => `- ${difference}`)].join("\n");
}
