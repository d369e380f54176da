import path from "node:path";
import type { CheckedClaim } from "../claims/check.js";
import { expectationsFile, whyNotCompared } from "../claims/comparable.js";
import { deviations, readExpectations } from "../claims/expected.js";
import { savedFigureProblem } from "../figures/saved.js";
import { packageFolder } from "../files.js";
import type { SavedResultSet } from "../result-set-files.js";
import { readResultTables } from "../result-tables.js";

/** How a result set compares with what is recorded for its profile. */
export interface Expectation {
  /** The recorded expectations, relative to the repository. */
  file: string;
  /** Why nothing is compared; empty where it is. */
  notCompared: string;
  /** A sentence for each thing that is not as expected. */
  differences: string[];
}

/** Compares a result set with `data-manifests/expected/<profile>.json`. */
export async function expectationOf(set: SavedResultSet, checked: readonly CheckedClaim[]): Promise<Expectation> {
  const recorded = expectationsFile(set.identity.profile.name);
  const file = path.relative(packageFolder, recorded);
  const reason = whyNotCompared({ ...set.identity, trainings: set.trainings });
  if (reason !== undefined) return { file, notCompared: `Not compared: ${reason}.`, differences: [] };
  const expected = await readExpectations(recorded);
  const figures = path.join(set.folder, "figures");
  const blank = await Promise.all(expected.figures.map((id) => savedFigureProblem(figures, id)));
  const tables = await readResultTables(set.folder);
  return {
    file,
    notCompared: "",
    differences: [
      ...deviations({ checked, tables }, expected, true),
      ...blank.flatMap((problem) => (problem === undefined ? [] : [path.relative(set.folder, problem)])),
    ],
  };
}
