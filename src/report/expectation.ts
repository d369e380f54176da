import path from "node:path";
import type { CheckedClaim } from "../claims/check.js";
import { deviations, readExpectations } from "../claims/expected.js";
import { savedFigureProblem } from "../figures/saved.js";
import { exists, packageFolder } from "../files.js";
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
  const file = `data-manifests/expected/${set.identity.profile.name}.json`;
  const recorded = path.join(packageFolder, file);
  const reasons: [boolean, string][] = [
    [!(await exists(recorded)), "Nothing is recorded for this profile."],
    [Object.keys(set.identity.readings).length > 0, "Not compared: another reading than the default was taken."],
    [!hasOwnTrainings(set), "Not compared: the trainings are not exactly those of the profile."],
  ];
  const reason = reasons.find(([applies]) => applies)?.[1];
  if (reason !== undefined) return { file, notCompared: reason, differences: [] };
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

/** Expectations are of all trainings of a profile and no other. */
function hasOwnTrainings({ identity: { profile }, trainings }: SavedResultSet): boolean {
  const places = trainings.map(({ layer, run, seed }) => `${layer} ${run.number} ${seed}`);
  const { layers, runs, seeds } = profile;
  const own = layers.flatMap((layer) => runs.flatMap((run) => seeds.map((seed) => `${layer} ${run} ${seed}`)));
  return places.length === own.length && own.every((place) => places.includes(place));
}
